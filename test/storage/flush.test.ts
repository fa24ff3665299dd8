/**
 * Group commit and what it may call durable, step by step on a disk that ends calls when told.
 */

import { describe, expect, it } from 'vitest';

import { MARK_DELAY_MS } from '../../src/core/limits.js';
import type { FlushOutcome } from '../../src/core/omnipaxos/storage-port.js';
import {
  inspectLog,
  type InspectedItem,
  type PersistentStorage,
} from '../../src/core/storage/index.js';
import type { Change } from '../support/memory-tree.js';
import { entry, StorageBench, texts, type BenchOptions } from '../support/storage-bench.js';

type Log = PersistentStorage<Uint8Array>;

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

function append(log: Log, fromIdx: number, sizeBytes = 20): number {
  const entries = [entry(fromIdx, sizeBytes)];
  return log.submit([{ kind: 'appendOnPrefix', fromIdx, entries }]);
}

/** An open log whose spare segment is ready; from now on the test ends every call. */
async function manualLog(options: BenchOptions = {}): Promise<{ bench: StorageBench; log: Log }> {
  const bench = new StorageBench(options);
  const log = await bench.create();
  append(log, 0);
  await log.flush();
  while (!bench.fileSystem.contents().has('/data/log/next.tmp')) await turn();
  for (let i = 0; i < 5; i++) await turn();
  bench.fileSystem.completion = 'manual';
  return { bench, log };
}

function outcomes(log: Log): FlushOutcome[] {
  const seen: FlushOutcome[] = [];
  log.startFlush((outcome) => seen.push(outcome));
  return seen;
}

function changesOf(bench: StorageBench, from: number): Change['op'][] {
  return bench.fileSystem.changes.slice(from).map((change) => change.op);
}

function recordsOf(bench: StorageBench): Extract<InspectedItem, { kind: 'record' }>[] {
  const { fileSystem } = bench;
  const items = [...inspectLog({ fileSystem, path: '/data' })];
  return items.filter((item) => item.kind === 'record');
}

/** What happens in 50 ms without a write: both halves of the delay of a Mark. */
function idle(bench: StorageBench): void {
  for (let half = 0; half < 2; half++) {
    bench.scheduler.fire(MARK_DELAY_MS / 2);
    bench.fileSystem.completeAll();
  }
}

describe('a flush', () => {
  it('is one write and one fdatasync for all that was submitted (D15)', async () => {
    const { bench, log } = await manualLog();
    const from = bench.fileSystem.changes.length;
    const positions = [1, 2, 3].map((i) => append(log, i));
    const seen = outcomes(log);
    expect(changesOf(bench, from)).toEqual(['write']);
    bench.fileSystem.completeAll();
    expect(changesOf(bench, from)).toEqual(['write', 'sync']);
    expect(seen).toEqual([{ kind: 'durable', position: positions.at(-1) }]);
    expect(recordsOf(bench).filter((item) => item.record.kind === 'batch')).toHaveLength(4);
  });

  it('mutant 42: what is submitted during an fdatasync is not durable by it', async () => {
    const { bench, log } = await manualLog();
    const first = append(log, 1);
    const seen = outcomes(log);
    const second = append(log, 2);
    const later = outcomes(log);
    expect(bench.fileSystem.waitingCount).toBe(1);
    bench.fileSystem.complete();
    expect(seen).toEqual([{ kind: 'durable', position: first }]);
    expect(log.durablePosition).toBe(first);
    expect(later).toEqual([]);
    bench.fileSystem.complete();
    expect(later).toEqual([{ kind: 'durable', position: second }]);
    expect(log.durablePosition).toBe(second);
  });

  it('D14: is never two writes in flight, however large they are', async () => {
    const { bench, log } = await manualLog();
    append(log, 1, 3_000);
    outcomes(log);
    for (let i = 2; i < 10; i++) {
      append(log, i, 500);
      outcomes(log);
      expect(bench.fileSystem.waitingCount).toBeLessThanOrEqual(2);
    }
    bench.fileSystem.completeAll();
    await turn();
    bench.fileSystem.completeAll();
    expect(log.durablePosition).toBe(10);
  });

  it('takes nothing that nobody asked to flush', async () => {
    const { bench, log } = await manualLog();
    const from = bench.fileSystem.changes.length;
    append(log, 1);
    await turn();
    expect(changesOf(bench, from)).toEqual([]);
    expect(log.durablePosition).toBe(1);
  });

  it('with sync never, writes and does not wait for the disk', async () => {
    const bench = new StorageBench({ logOptions: { sync: 'never' } });
    const log = await bench.create();
    const isLogSync = (change: Change): boolean => change.op === 'sync';
    for (let i = 0; i < 10; i++) await turn();
    append(log, 0);
    const before = bench.fileSystem.changes.filter(isLogSync).length;
    bench.fileSystem.completion = 'manual';
    await log.flush();
    expect(bench.fileSystem.changes.filter(isLogSync)).toHaveLength(before);
    expect(log.durablePosition).toBe(1);
  });
});

describe('D10: Marks', () => {
  it('at most 50 ms after the last write one Mark proves what was synced, and no second follows', async () => {
    const { bench, log } = await manualLog();
    append(log, 1);
    outcomes(log);
    bench.fileSystem.completeAll();
    idle(bench);
    expect(bench.scheduler.fire(MARK_DELAY_MS / 2)).toBe(0);
    const mark = recordsOf(bench).at(-1);
    const batch = recordsOf(bench).findLast(({ record }) => record.kind === 'batch');
    expect(mark?.record).toEqual({ kind: 'mark', isClean: false });
    expect(batch?.syncedLsn).toBeLessThan(batch?.lsn ?? 0);
    expect(mark?.syncedLsn).toBe(batch?.lsn);
  });

  it.each([1, 40, 300, 330, 380, 700])(
    'a Mark shares no sector with the record of %i bytes that it proves',
    async (sizeBytes) => {
      const { bench, log } = await manualLog();
      append(log, 1, sizeBytes);
      outcomes(log);
      bench.fileSystem.completeAll();
      idle(bench);
      const mark = recordsOf(bench).at(-1);
      const batch = recordsOf(bench).findLast(({ record }) => record.kind === 'batch');
      const lastByte = (batch?.offset ?? 0) + (batch?.sizeBytes ?? 0) - 1;
      expect(mark?.record.kind).toBe('mark');
      expect(Math.floor((mark?.offset ?? 0) / 512)).toBeGreaterThan(Math.floor(lastByte / 512));
    },
  );

  it('a write in time makes the Mark unnecessary', async () => {
    const { bench, log } = await manualLog();
    append(log, 1);
    outcomes(log);
    bench.fileSystem.completeAll();
    append(log, 2);
    outcomes(log);
    bench.scheduler.fire(MARK_DELAY_MS / 2);
    bench.fileSystem.completeAll();
    expect(recordsOf(bench).at(-1)?.record.kind).toBe('batch');
    idle(bench);
    expect(recordsOf(bench).at(-1)?.record.kind).toBe('mark');
  });

  it('under load one timer runs on, and the Mark comes in the half of its time that had no write', async () => {
    const { bench, log } = await manualLog();
    for (let i = 1; i <= 5; i++) {
      append(log, i);
      outcomes(log);
      bench.fileSystem.completeAll();
    }
    for (const kindAfter of ['batch', 'mark']) {
      expect(bench.scheduler.fire(MARK_DELAY_MS / 2)).toBe(1);
      bench.fileSystem.completeAll();
      expect(recordsOf(bench).at(-1)?.record.kind).toBe(kindAfter);
    }
  });

  it('a flush that is asked for during a Mark follows it', async () => {
    const { bench, log } = await manualLog();
    bench.scheduler.fire(MARK_DELAY_MS / 2);
    const position = append(log, 1);
    const seen = outcomes(log);
    expect(seen).toEqual([]);
    bench.fileSystem.completeAll();
    expect(seen).toEqual([{ kind: 'durable', position }]);
  });
});

describe('segments', () => {
  it('D16, mutant 44: header written, synced, renamed, directory synced, then the first record', async () => {
    const { bench, log } = await manualLog();
    append(log, 1, 3_300);
    outcomes(log);
    bench.fileSystem.completeAll();
    const from = bench.fileSystem.changes.length;
    append(log, 2, 1_000);
    const seen = outcomes(log);
    expect(changesOf(bench, from)).toEqual(['write']);
    bench.fileSystem.complete();
    expect(changesOf(bench, from)).toEqual(['write', 'sync', 'rename']);
    bench.fileSystem.complete();
    const order = changesOf(bench, from);
    expect(order.slice(0, 4)).toEqual(['write', 'sync', 'rename', 'syncDirectory']);
    expect(order.indexOf('write', 1)).toBeGreaterThan(3);
    expect(seen).toEqual([]);
    bench.fileSystem.completeAll();
    expect(seen).toEqual([{ kind: 'durable', position: 3 }]);
  });

  it('mutant 44: the switch waits until the last record of the segment is durable', async () => {
    const { bench, log } = await manualLog();
    append(log, 1, 2_500);
    outcomes(log);
    append(log, 2, 1_000);
    outcomes(log);
    const renames = (): number =>
      bench.fileSystem.changes.filter(({ op }) => op === 'rename').length;
    const before = renames();
    expect(bench.fileSystem.waitingCount).toBe(1);
    expect(renames()).toBe(before);
    bench.fileSystem.completeAll();
    expect(renames()).toBe(before + 1);
  });

  it('D7: every segment begins with the whole state', async () => {
    const bench = new StorageBench();
    const log = await bench.create();
    log.submit([{ kind: 'setPromise', ballot: { configurationId: 1, n: 9, priority: 0, pid: 1 } }]);
    for (let i = 0; i < 20; i++) append(log, i, 900);
    await log.flush();
    const { fileSystem } = bench;
    const items = [...inspectLog({ fileSystem, path: '/data' })];
    const firsts = items.flatMap((item, i) => (item.kind === 'segment' ? [items[i + 1]] : []));
    expect(firsts.length).toBeGreaterThan(3);
    for (const first of firsts) {
      if (first?.kind !== 'record') throw new Error('no record');
      expect(first.record).toEqual({ kind: 'state', state: first.state });
    }
  });

  it('a record that does not fit opens a segment as large as it needs', async () => {
    const bench = new StorageBench();
    const log = await bench.create();
    append(log, 0);
    append(log, 1, 300_000);
    append(log, 2, 10);
    await log.flush();
    expect(log.entries(1, 2)[0]).toHaveLength(300_000);
    const { fileSystem } = bench;
    const sizes = fileSystem
      .list('/data/log')
      .filter((name) => name.endsWith('.seg'))
      .map((name) => fileSystem.bytesOf(`/data/log/${name}`).length);
    expect(Math.max(...sizes)).toBeGreaterThan(300_000);
    expect(Math.max(...sizes)).toBeLessThan(301_000);
    await log.close();
    const again = await bench.open();
    expect(texts(again.entries(0, 3))).toEqual(['0', '1', '2']);
  });

  it('an entry too large for any record is refused before anything changes', async () => {
    const bench = new StorageBench();
    const log = await bench.create();
    expect(() => append(log, 0, 16 * 1024 * 1024)).toThrow(
      expect.objectContaining({ code: 'OMNIKV_INVALID_ENTRY' }),
    );
    expect(log.state().acceptedIdx).toBe(0);
    expect(append(log, 0)).toBe(1);
    await log.close();
  });

  it('old entries are read from the segments, cuts and all', async () => {
    for (const tailCacheBytes of [0, 1_500]) {
      const bench = new StorageBench({ tailCacheBytes });
      const log = await bench.create();
      for (let i = 0; i < 60; i++) {
        log.submit([
          { kind: 'appendOnPrefix', fromIdx: i, entries: [entry(`a${i}`, 90), entry(`b${i}`, 90)] },
        ]);
        if (i % 7 === 0) await log.flush();
      }
      await log.flush();
      const expected = [...Array.from({ length: 60 }, (_, i) => `a${i}`), 'b59'];
      expect(texts(log.entries(0, 61))).toEqual(expected);
      for (let i = 0; i < 61; i++) expect(texts(log.entries(i, i + 1))).toEqual([expected[i]]);
      await log.close();
    }
  });
});

describe('reading back', () => {
  it('never shows what a segment held before it was written', async () => {
    const bench = new StorageBench({ tailCacheBytes: 0 });
    const log = await bench.create();
    for (let i = 0; i < 5; i++) {
      append(log, i);
      await log.flush();
      expect(texts(log.entries(0, i + 1))).toEqual(Array.from({ length: i + 1 }, (_, k) => `${k}`));
    }
    await log.close();
  });

  it('shows entries while they wait, while they are written, and afterwards', async () => {
    const { bench, log } = await manualLog();
    append(log, 1);
    expect(texts(log.entries(0, 2))).toEqual(['0', '1']);
    outcomes(log);
    append(log, 1);
    expect(texts(log.entries(0, 2))).toEqual(['0', '1']);
    outcomes(log);
    bench.fileSystem.completeAll();
    expect(texts(log.entries(0, 2))).toEqual(['0', '1']);
  });
});

describe('D19: the disk reserve', () => {
  it('is asked of the disk at most once a second', async () => {
    const bench = new StorageBench();
    const log = await bench.create();
    let questions = 0;
    bench.fileSystem.fault = ({ kind }) => {
      if (kind === 'freeBytes') questions += 1;
      return undefined;
    };
    expect(log.hasDiskReserve()).toBe(true);
    bench.fileSystem.free = 2 * 4096 - 1;
    expect(log.hasDiskReserve()).toBe(true);
    expect(questions).toBe(1);
    bench.scheduler.fire(1_000);
    expect(log.hasDiskReserve()).toBe(false);
    expect(questions).toBe(2);
    bench.fileSystem.free = 2 * 4096;
    bench.scheduler.fire(1_000);
    expect(log.hasDiskReserve()).toBe(true);
    await log.close();
  });

  it('a full disk while the spare is made stops nothing; it is made when there is room', async () => {
    const bench = new StorageBench();
    bench.fileSystem.fault = ({ kind, path }) =>
      kind === 'write' && path.endsWith('next.tmp') ? 'ENOSPC' : undefined;
    const log = await bench.create();
    for (let i = 0; i < 5; i++) await turn();
    append(log, 0);
    await log.flush();
    expect(log.failure).toBeUndefined();
    bench.fileSystem.fault = () => undefined;
    expect(log.hasDiskReserve()).toBe(true);
    expect(bench.fileSystem.contents().has('/data/log/next.tmp')).toBe(true);
    await log.close();
  });
});

describe('on a quick disk (R8)', () => {
  /** Says which syncs were told to it, and when they had ended. */
  class Pace {
    readonly isQuick = true;
    beganCount = 0;
    endedCount = 0;
    syncBegan(): void {
      this.beganCount += 1;
    }
    syncEnded(): void {
      this.endedCount += 1;
    }
  }

  it('a flush is written, synced and told before startFlush returns', async () => {
    const pace = new Pace();
    const { bench, log } = await manualLog({ syncPace: pace });
    const from = bench.fileSystem.changes.length;
    const before = pace.endedCount;
    const position = append(log, 1);
    expect(outcomes(log)).toEqual([{ kind: 'durable', position }]);
    expect(changesOf(bench, from)).toEqual(['write', 'sync']);
    expect(pace.endedCount).toBe(before + 1);
    expect(bench.fileSystem.waitingCount).toBe(0);
  });

  it('a large batch is left to the thread', async () => {
    const { bench, log } = await manualLog({
      syncPace: new Pace(),
      logOptions: { segmentBytes: 1_048_576 },
    });
    append(log, 1, 100_000);
    const seen = outcomes(log);
    bench.fileSystem.complete();
    expect(seen).toEqual([]);
    expect(bench.fileSystem.waitingCount).toBe(1);
    bench.fileSystem.completeAll();
    expect(seen).toHaveLength(1);
  });

  it('a failed sync ends the instance, and nothing is durable by it (D17)', async () => {
    const pace = new Pace();
    const { bench, log } = await manualLog({ syncPace: pace });
    const durable = log.durablePosition;
    const ended = pace.endedCount;
    append(log, 1);
    bench.fileSystem.fault = (call) => (call.kind === 'sync' ? 'EIO' : undefined);
    const seen = outcomes(log);
    await turn();
    expect(seen).toMatchObject([{ kind: 'failed', error: { code: 'OMNIKV_IO' } }]);
    expect(log.durablePosition).toBe(durable);
    expect(pace.endedCount).toBe(ended);
    const changes = bench.fileSystem.changes.length;
    bench.fileSystem.fault = () => undefined;
    await expect(log.flush()).rejects.toMatchObject({ code: 'OMNIKV_IO' });
    expect(bench.fileSystem.changes.length).toBe(changes);
  });

  it('where flushes are not synced at all, the pace is not asked', async () => {
    const pace = new Pace();
    const { log } = await manualLog({ syncPace: pace, logOptions: { sync: 'never' } });
    append(log, 1);
    expect(outcomes(log)).toEqual([]);
    expect(pace.beganCount).toBe(0);
  });
});
