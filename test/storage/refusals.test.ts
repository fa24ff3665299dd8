/**
 * What a refused log says of itself, and records that are refused though every checksum holds.
 */

import { beforeEach, describe, expect, it } from 'vitest';

import { MARK_DELAY_MS } from '../../src/core/limits.js';
import { stateDraft } from '../../src/core/storage/batch-codec.js';
import { recordSeed } from '../../src/core/storage/identity.js';
import { LogReplay, isSameState } from '../../src/core/storage/log-replay.js';
import { scanSegment } from '../../src/core/storage/log-scan.js';
import {
  markDraft,
  readRecordHeader,
  RECORD_TYPES,
  writeRecord,
  writeRecordHeader,
  type RecordDraft,
  type RecordHeader,
  type StoredRecordHeader,
} from '../../src/core/storage/record.js';
import {
  parseSegmentFileName,
  segmentFileName,
  SEGMENT_HEADER_BYTES,
} from '../../src/core/storage/segment-header.js';
import { EMPTY_STATE } from '../../src/core/storage/stored-state.js';
import { crc32 } from '../../src/core/wire/checksum.js';
import { entry, StorageBench, texts } from '../support/storage-bench.js';

const FIRST = `/data/log/${segmentFileName(1, 0)}`;

let seed: number;

interface FoundRecord extends StoredRecordHeader {
  readonly offset: number;
}

function records(bytes: Uint8Array): FoundRecord[] {
  const found: FoundRecord[] = [];
  let offset = SEGMENT_HEADER_BYTES;
  for (;;) {
    const header = readRecordHeader(bytes, offset, seed);
    if (header === undefined) return found;
    found.push({ ...header, offset });
    offset += (header.sizeBytes + 7) & ~7;
  }
}

async function crashedLog(count: number, sizeBytes = 60): Promise<StorageBench> {
  const bench = new StorageBench();
  const log = await bench.create();
  seed = recordSeed(log.identity);
  for (let i = 0; i < count; i++) {
    log.submit([{ kind: 'appendOnPrefix', fromIdx: i, entries: [entry(i, sizeBytes)] }]);
    await log.flush();
  }
  return StorageBench.after(bench.fileSystem.copy());
}

/** The batch of entry `i`, and the bytes of the only segment. */
function batch(bench: StorageBench, i: number): { bytes: Uint8Array; record: FoundRecord } {
  const bytes = bench.fileSystem.bytesOf(FIRST);
  const record = records(bytes).filter(({ type }) => type === RECORD_TYPES.batch)[i];
  if (record === undefined) throw new Error('no such batch');
  return { bytes, record };
}

/** A header that is right but for its meaning. */
function forge(bench: StorageBench, i: number, change: Partial<RecordHeader>): void {
  const { bytes, record } = batch(bench, i);
  writeRecordHeader(bytes, record.offset, { ...record, ...change }, seed);
}

describe('a refusal names the record and what is wrong with it', () => {
  let crashed: StorageBench;
  beforeEach(async () => {
    crashed = await crashedLog(4);
  });

  it('zeroes', async () => {
    const { bytes, record } = batch(crashed, 1);
    bytes.fill(0, record.offset, record.offset + record.sizeBytes);
    await expect(crashed.open()).rejects.toThrow(
      `at offset ${record.offset}: zeroes where record ${record.lsn} was`,
    );
  });

  it('a damaged header', async () => {
    const { bytes, record } = batch(crashed, 1);
    bytes[record.offset + 8] = 0xee;
    await expect(crashed.open()).rejects.toThrow(`record ${record.lsn} is damaged`);
  });

  it('a record out of order', async () => {
    const { record } = batch(crashed, 3);
    forge(crashed, 3, { lsn: record.lsn + 5 });
    await expect(crashed.open()).rejects.toThrow(
      `record ${record.lsn + 5} does not follow record ${record.lsn - 1}`,
    );
  });

  it('what was cut of a torn tail is logged with its place and the last record that is kept', async () => {
    const { bytes, record } = batch(crashed, 3);
    bytes[record.offset + 50] = 0xee;
    await (await crashed.open()).close();
    const { offset, sizeBytes, lsn } = record;
    const copy = `${FIRST}.${offset.toString(16)}.torn`;
    expect(crashed.warnings).toEqual([
      {
        event: 'storage.tornTailCut',
        fields: { file: FIRST, offset, sizeBytes, copy, lastLsn: lsn - 1 },
      },
    ]);
  });

  it('a torn tail is cut where nobody listens to the log', async () => {
    const { bytes, record } = batch(crashed, 3);
    bytes[record.offset + 50] = 0xee;
    const ports = { ...crashed.options.ports, logger: undefined };
    const quiet = new StorageBench({ fileSystem: crashed.fileSystem });
    Object.assign(quiet.options, { ports });
    const log = await quiet.open();
    expect(log.state().acceptedIdx).toBe(3);
  });
});

describe('segments (D6)', () => {
  it('open in the order of their sequence, whatever order the directory lists them in', async () => {
    const crashed = await crashedLog(8, 900);
    const { fileSystem } = crashed;
    const list = fileSystem.list.bind(fileSystem);
    fileSystem.list = (path) => [...list(path)].toSorted().reverse();
    const log = await crashed.open();
    expect(texts(log.entries(0, 8))).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  it('one that is missing is named', async () => {
    const crashed = await crashedLog(12, 900);
    const second = crashed.fileSystem.list('/data/log').toSorted()[1] ?? '';
    crashed.fileSystem.remove(`/data/log/${second}`);
    await expect(crashed.open()).rejects.toThrow('segment 2 is missing');
  });

  it('one whose name has another first index than its header is refused', async () => {
    const crashed = await crashedLog(8, 900);
    const second = crashed.fileSystem.list('/data/log').toSorted()[1] ?? '';
    const firstIndex = parseSegmentFileName(second)?.firstIndex ?? 0;
    crashed.fileSystem.rename(
      `/data/log/${second}`,
      `/data/log/${segmentFileName(2, firstIndex + 1)}`,
    );
    await expect(crashed.open()).rejects.toMatchObject({ code: 'OMNIKV_CORRUPT_DATA' });
  });
});

describe('a record whose checksums hold is refused', () => {
  it('D4: with a flag that only a Mark may have', async () => {
    const crashed = await crashedLog(2);
    forge(crashed, 1, { flags: 1 });
    await expect(crashed.open()).rejects.toMatchObject({ code: 'OMNIKV_UNSUPPORTED_FORMAT' });
  });

  it('as corrupt, not as of a later version, where its body does not parse', async () => {
    const crashed = await crashedLog(2);
    const { bytes, record } = batch(crashed, 1);
    const body = bytes.subarray(record.offset + 48, record.offset + record.sizeBytes);
    body[0] = 2;
    forge(crashed, 1, { bodyCrc: crc32(body) });
    await expect(crashed.open()).rejects.toMatchObject({ code: 'OMNIKV_CORRUPT_DATA' });
  });

  function applied(draft: RecordDraft, offset: number): () => unknown {
    const bytes = new Uint8Array(1_024);
    const head = { nextLsn: 1, prevHeaderCrc: 0, syncedLsn: 0 };
    writeRecord(bytes, offset, draft, { head, seed: 7 });
    const header = readRecordHeader(bytes, offset, 7)!;
    return () => new LogReplay().apply(bytes, { offset, header }, 'segment');
  }

  it('D7: a State anywhere but at the start of a segment, and anything else there', () => {
    const start = SEGMENT_HEADER_BYTES;
    expect(applied(stateDraft(EMPTY_STATE), start)()).toMatchObject({ kind: 'state' });
    expect(applied(markDraft(0), start + 8)()).toMatchObject({ kind: 'mark' });
    expect(applied(stateDraft(EMPTY_STATE), start + 8)).toThrow(/type 1 in the wrong place/);
    expect(applied(markDraft(0), start)).toThrow(/type 3 in the wrong place/);
  });

  it('D4: a type of a later version is unsupported, at the start of a segment too', () => {
    const bytes = new Uint8Array(1_024);
    const offset = SEGMENT_HEADER_BYTES;
    const numbers = { lsn: 1, syncedLsn: 0, firstIndex: 0, count: 0, bodyCrc: 0, prevHeaderCrc: 0 };
    writeRecordHeader(bytes, offset, { sizeBytes: 48, type: 9, flags: 0, ...numbers }, 7);
    const header = readRecordHeader(bytes, offset, 7)!;
    expect(() => new LogReplay().apply(bytes, { offset, header }, 'segment')).toThrow(
      expect.objectContaining({ code: 'OMNIKV_UNSUPPORTED_FORMAT' }),
    );
  });

  it('D7: no field of two states may differ', () => {
    const other = { configurationId: 1, n: 1, priority: 0, pid: 1 };
    for (const change of [
      { promise: other },
      { acceptedRound: other },
      { decidedRound: other },
      { decidedIdx: 1 },
      { acceptedIdx: 1 },
      { compactedIdx: 1 },
    ]) {
      expect(isSameState({ ...EMPTY_STATE, ...change }, EMPTY_STATE)).toBe(false);
      expect(isSameState(EMPTY_STATE, { ...EMPTY_STATE, ...change })).toBe(false);
    }
    expect(isSameState({ ...EMPTY_STATE }, EMPTY_STATE)).toBe(true);
  });
});

describe('the end of the last segment (D21)', () => {
  /** Two Marks that fill the segment to its last byte; the first one is damaged. */
  function endOf(syncedLsn: number): string {
    const bytes = new Uint8Array(SEGMENT_HEADER_BYTES + 96);
    const seed = 7;
    let head = { nextLsn: 1, prevHeaderCrc: 0, syncedLsn: 0 };
    head = writeRecord(bytes, SEGMENT_HEADER_BYTES, markDraft(0), { head, seed });
    const second = { ...head, syncedLsn };
    writeRecord(bytes, SEGMENT_HEADER_BYTES + 48, markDraft(0), { head: second, seed });
    bytes[SEGMENT_HEADER_BYTES + 8] = 0xee;
    const position = { nextLsn: 1, prevHeaderCrc: 0 };
    return scanSegment({ bytes, seed, segment: 'last', position }, () => undefined).decision;
  }

  it('a record that ends with the segment proves the one before it', () => {
    expect(endOf(1)).toBe('corrupt');
  });

  it('is torn where nothing says that its first record was synced: it follows no clean Mark', () => {
    expect(endOf(0)).toBe('tornTail');
  });

  it('may be torn behind a Mark of an idle log: only a clean one says that nothing was written', async () => {
    const bench = new StorageBench();
    const log = await bench.create();
    seed = recordSeed(log.identity);
    for (let i = 0; i < 2; i++) {
      bench.scheduler.fire(MARK_DELAY_MS / 2);
      await log.flush();
      log.submit([{ kind: 'appendOnPrefix', fromIdx: i, entries: [entry(i, 60)] }]);
      await log.flush();
    }
    const crashed = StorageBench.after(bench.fileSystem.copy());
    const { bytes, record } = batch(crashed, 1);
    const before = records(bytes).findLast(({ lsn }) => lsn === record.lsn - 1);
    expect(before?.type).toBe(RECORD_TYPES.mark);
    bytes[record.offset + 50] = 0xee;
    const again = await crashed.open();
    expect(again.state().acceptedIdx).toBe(1);
  });
});
