/**
 * `log show` and `log verify` read what recovery reads, say what it would say, and touch nothing.
 */

import { beforeEach, describe, expect, it } from 'vitest';

import { inspectLog, verifyLog } from '../../src/core/storage/index.js';
import { segmentFileName } from '../../src/core/storage/segment-header.js';
import { entry, StorageBench, texts } from '../support/storage-bench.js';

const ballot = { configurationId: 1, n: 4, priority: 0, pid: 1 };
const FIRST = `/data/log/${segmentFileName(1, 0)}`;

let bench: StorageBench;

beforeEach(async () => {
  bench = new StorageBench();
  const log = await bench.create();
  log.submit([
    { kind: 'setPromise', ballot },
    { kind: 'appendOnPrefix', fromIdx: 0, entries: [entry('a'), entry('b')] },
    { kind: 'setDecidedIdx', idx: 1 },
  ]);
  await log.flush();
  for (let i = 2; i < 9; i++) {
    log.submit([{ kind: 'appendOnPrefix', fromIdx: i, entries: [entry(i, 900)] }]);
    await log.flush();
  }
});

const inspect = () => [...inspectLog({ fileSystem: bench.fileSystem, path: '/data' })];
const verify = () => verifyLog({ fileSystem: bench.fileSystem, path: '/data' });

describe('inspectLog', () => {
  it('shows segments, records with operations and entries, and how each segment ends', () => {
    const items = inspect();
    expect(items[0]).toMatchObject({ kind: 'segment', file: FIRST, seq: 1, firstLsn: 1 });
    const batch = items.find((item) => item.kind === 'record' && item.record.kind === 'batch');
    if (batch?.kind !== 'record' || batch.record.kind !== 'batch') throw new Error('no batch');
    const [promise, append, decided] = batch.record.operations;
    expect(promise).toEqual({ kind: 'setPromise', ballot });
    expect(append).toMatchObject({ kind: 'appendOnPrefix', fromIdx: 0 });
    if (append?.kind === 'appendOnPrefix') expect(texts(append.entries)).toEqual(['a', 'b']);
    expect(decided).toEqual({ kind: 'setDecidedIdx', idx: 1 });
    expect(batch).toMatchObject({ firstIndex: 0, count: 2, state: { promise: ballot } });
    expect(items.filter((item) => item.kind === 'end').length).toBeGreaterThan(1);
  });
});

describe('verifyLog', () => {
  it('D31: works while the log is open, and changes nothing', () => {
    const before = bench.fileSystem.contents();
    expect(verify()).toMatchObject({
      verdict: 'clean',
      problems: [],
      entryCount: 9,
      isCleanlyClosed: false,
      state: { decidedIdx: 1, acceptedIdx: 9 },
    });
    expect(bench.fileSystem.contents()).toEqual(before);
  });

  it('a torn tail is no corruption: recovery will cut it', () => {
    const { fileSystem } = bench;
    const last = fileSystem
      .list('/data/log')
      .filter((name) => name.endsWith('.seg'))
      .toSorted()
      .at(-1);
    const bytes = fileSystem.bytesOf(`/data/log/${last ?? ''}`);
    const end = bytes.findLastIndex((byte) => byte !== 0);
    bytes[end - 3] = 0x55;
    const found = verify();
    expect(found).toMatchObject({ verdict: 'tornTail', entryCount: 8 });
    expect(found.problems).toHaveLength(1);
  });

  it('damage in the middle is corrupt, with file and offset', () => {
    const bytes = bench.fileSystem.bytesOf(FIRST);
    bytes[400] = (bytes[400] ?? 0) ^ 1;
    const found = verify();
    expect(found.verdict).toBe('corrupt');
    expect(found.problems).toHaveLength(1);
    expect(found.problems[0]?.file).toBe(FIRST);
    expect(found.problems[0]?.offset).toBeGreaterThan(80);
    expect(found.problems[0]?.offset).toBeLessThanOrEqual(400);
  });

  it('a segment of another directory is a problem, a missing directory an error', async () => {
    const other = new StorageBench({ identity: { clusterId: 'a'.repeat(32), pid: 1 } });
    await other.create();
    bench.fileSystem.setBytes(FIRST, other.fileSystem.readFile(FIRST));
    expect(verify()).toMatchObject({ verdict: 'corrupt' });
    expect(() => verifyLog({ fileSystem: bench.fileSystem, path: '/nothing' })).toThrow(
      expect.objectContaining({ code: 'OMNIKV_DATA_MISSING' }),
    );
  });
});
