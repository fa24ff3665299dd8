/**
 * D17: the first error of the disk ends the instance. Nothing is retried, nothing further is
 * written, and everybody who waits hears of it. What is left on the disk: test/crash.
 */

import { describe, expect, it } from 'vitest';

import type { PersistentStorage } from '../../src/core/storage/index.js';
import type { Call } from '../support/disk-faults.js';
import { entry, StorageBench } from '../support/storage-bench.js';

type Log = PersistentStorage<Uint8Array>;

async function preparedDisk(): Promise<StorageBench> {
  const bench = new StorageBench();
  await (await bench.create()).close();
  return bench;
}

describe('after a failed flush', () => {
  async function failedLog(fault: (call: Call) => string | undefined): Promise<{
    bench: StorageBench;
    log: Log;
    error: unknown;
  }> {
    const bench = await preparedDisk();
    const log = await bench.open();
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    bench.fileSystem.fault = fault;
    log.submit([{ kind: 'appendOnPrefix', fromIdx: 0, entries: [entry(0)] }]);
    const error: unknown = await log.flush().catch((reason: unknown) => reason);
    bench.fileSystem.fault = () => undefined;
    return { bench, log, error };
  }

  it.each([
    ['a write', 'write', 'EIO'],
    ['a full disk', 'write', 'ENOSPC'],
    ['an fdatasync', 'sync', 'EIO'],
  ])('%s: every later call fails with the first error', async (_, kind, code) => {
    const { log, error } = await failedLog((call) => (call.kind === kind ? code : undefined));
    expect(error).toMatchObject({ code: 'OMNIKV_IO', exit: 74 });
    expect(String(error)).toContain(code);
    expect(log.failure).toBe(error);
    expect(log.durablePosition).toBe(0);
    expect(() => log.submit([{ kind: 'setDecidedIdx', idx: 0 }])).toThrow(error);
    await expect(log.flush()).rejects.toBe(error);
    const outcome = await new Promise((resolve) => {
      log.startFlush(resolve);
    });
    expect(outcome).toEqual({ kind: 'failed', error });
    await expect(log.close()).rejects.toBe(error);
  });

  it('mutant 13: nothing further is written, no Mark and no retry', async () => {
    const { bench, log } = await failedLog(({ kind }) => (kind === 'sync' ? 'EIO' : undefined));
    const before = bench.fileSystem.changes.length;
    bench.scheduler.fire(50);
    await expect(log.close()).rejects.toBeDefined();
    const later = bench.fileSystem.changes.slice(before).map(({ op }) => op);
    expect(later).toEqual([]);
    expect(bench.guard.heldCount).toBe(0);
  });

  it('nothing further is written to the spare segment either', async () => {
    const bench = await preparedDisk();
    bench.fileSystem.completion = 'manual';
    const log = await bench.open();
    expect(bench.fileSystem.waitingCount).toBe(1);
    bench.fileSystem.fault = ({ path }) => (path.endsWith('.seg') ? 'EIO' : undefined);
    log.submit([{ kind: 'appendOnPrefix', fromIdx: 0, entries: [entry(0)] }]);
    await expect(log.flush()).rejects.toMatchObject({ code: 'OMNIKV_IO' });
    bench.fileSystem.fault = () => undefined;
    bench.fileSystem.complete();
    const before = bench.fileSystem.changes.length;
    bench.fileSystem.completeAll();
    await expect(log.close()).rejects.toMatchObject({ code: 'OMNIKV_IO' });
    expect(bench.fileSystem.changes.length).toBe(before);
  });

  it('every flush that waits hears of it', async () => {
    const bench = await preparedDisk();
    const log = await bench.open();
    bench.fileSystem.fault = ({ kind, path }) =>
      kind === 'sync' && path.endsWith('.seg') ? 'EIO' : undefined;
    const flushes = [0, 1, 2].map((i) => {
      log.submit([{ kind: 'appendOnPrefix', fromIdx: i, entries: [entry(i)] }]);
      return log.flush();
    });
    const results = await Promise.allSettled(flushes);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('an error while the spare segment is made is one of the log (EIO)', async () => {
    const bench = await preparedDisk();
    bench.fileSystem.fault = ({ kind, path }) =>
      kind === 'sync' && path.endsWith('next.tmp') ? 'EIO' : undefined;
    const log = await bench.open();
    while (log.failure === undefined) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(() => log.submit([{ kind: 'setDecidedIdx', idx: 0 }])).toThrow(/EIO/);
  });

  it('a closed log takes nothing more', async () => {
    const bench = await preparedDisk();
    const log = await bench.open();
    await log.close();
    await log.close();
    expect(() => log.submit([{ kind: 'setDecidedIdx', idx: 0 }])).toThrow(
      expect.objectContaining({ code: 'OMNIKV_SHUTTING_DOWN' }),
    );
  });
});
