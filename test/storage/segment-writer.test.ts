/**
 * What the writer does at the edges of a segment: with `sync: never`, with large writes, and where
 * a step of the switch fails.
 */

import { describe, expect, it } from 'vitest';

import type { FlushOutcome } from '../../src/core/omnipaxos/storage-port.js';
import type { PersistentStorage } from '../../src/core/storage/index.js';
import type { Change } from '../support/memory-tree.js';
import { entry, StorageBench } from '../support/storage-bench.js';

type Log = PersistentStorage<Uint8Array>;

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

function append(log: Log, fromIdx: number, sizeBytes: number): void {
  log.submit([{ kind: 'appendOnPrefix', fromIdx, entries: [entry(fromIdx, sizeBytes)] }]);
}

/** An open log whose spare segment is ready. */
async function settledLog(bench: StorageBench): Promise<Log> {
  const log = await bench.create();
  append(log, 0, 20);
  await log.flush();
  while (!bench.fileSystem.contents().has('/data/log/next.tmp')) await turn();
  for (let i = 0; i < 10; i++) await turn();
  return log;
}

/** The files that were written and not synced since; LOCK holds a text for people only. */
function unsyncedFiles(changes: readonly Change[]): Set<number> {
  const unsynced = new Set<number>();
  const locks = new Set<number>();
  for (const change of changes) {
    if (change.op === 'create' && change.name === 'LOCK') locks.add(change.id);
    if (change.op === 'write' && !locks.has(change.id)) unsynced.add(change.id);
    if (change.op === 'sync') unsynced.delete(change.id);
  }
  return unsynced;
}

describe('with sync never', () => {
  it('D16: a sealed segment is on the disk before the next one has a name', async () => {
    const bench = new StorageBench({ logOptions: { sync: 'never' } });
    const log = await settledLog(bench);
    append(log, 1, 3_300);
    await log.flush();
    const written = unsyncedFiles(bench.fileSystem.changes);
    expect(written.size).toBeGreaterThan(0);
    const from = bench.fileSystem.changes.length;
    append(log, 2, 1_000);
    await log.flush();
    const { changes } = bench.fileSystem;
    const renamed = changes.findIndex((change, at) => at >= from && change.op === 'rename');
    expect(renamed).toBeGreaterThan(from);
    const left = unsyncedFiles(changes.slice(0, renamed));
    for (const id of written) expect(left.has(id)).toBe(false);
    await log.close();
  });

  it('D20: a clean close leaves nothing unsynced', async () => {
    const bench = new StorageBench({ logOptions: { sync: 'never' } });
    const log = await settledLog(bench);
    append(log, 1, 100);
    await log.flush();
    expect(unsyncedFiles(bench.fileSystem.changes).size).toBeGreaterThan(0);
    await log.close();
    expect(unsyncedFiles(bench.fileSystem.changes).size).toBe(0);
  });
});

describe('a write', () => {
  it.each([
    [60_000, 1],
    [70_000, 0],
  ])('of %i bytes happens %i times before its call returns', async (sizeBytes, count) => {
    const bench = new StorageBench({ logOptions: { segmentBytes: 1024 * 1024 } });
    const log = await settledLog(bench);
    bench.fileSystem.completion = 'manual';
    const from = bench.fileSystem.changes.length;
    append(log, 1, sizeBytes);
    const seen: FlushOutcome[] = [];
    log.startFlush((outcome) => seen.push(outcome));
    expect(bench.fileSystem.changes.slice(from).filter(({ op }) => op === 'write')).toHaveLength(
      count,
    );
    bench.fileSystem.completeAll();
    expect(seen).toEqual([{ kind: 'durable', position: 2 }]);
    bench.fileSystem.completion = 'auto';
    await log.close();
  });
});

describe('D17: an error while the segment is switched ends the log', () => {
  it.each([
    ['the header is written', 'write'],
    ['the header is synced', 'sync'],
    ['it is renamed', 'rename'],
    ['the directory is synced', 'syncDirectory'],
    ['the old one is closed', 'close'],
  ])('while %s: the flush fails, nothing is acknowledged', async (_, kind) => {
    const bench = new StorageBench();
    const log = await settledLog(bench);
    append(log, 1, 3_300);
    await log.flush();
    for (let i = 0; i < 10; i++) await turn();
    let failedCount = 0;
    bench.fileSystem.fault = (call) => {
      if (call.kind !== kind || failedCount > 0) return undefined;
      failedCount += 1;
      return 'EIO';
    };
    append(log, 2, 1_000);
    const error: unknown = await log.flush().catch((reason: unknown) => reason);
    expect(failedCount).toBe(1);
    expect(error).toMatchObject({ code: 'OMNIKV_IO' });
    expect(log.durablePosition).toBe(2);
    expect(log.failure).toBe(error);
    expect(() => append(log, 3, 10)).toThrow(/EIO/);
    bench.fileSystem.fault = () => undefined;
    await expect(log.close()).rejects.toBe(error);
  });
});
