/**
 * Power cuts at every point of every workload: what was acknowledged is there afterwards, what was
 * never written is not, and nothing but a whole prefix of the batches comes back.
 */

import { describe, expect, it } from 'vitest';

import type { OmnikvError } from '../../src/core/errors.js';
import type { StorageOperation } from '../../src/core/omnipaxos/storage-port.js';
import { createDataDirectory, type PersistentStorage } from '../../src/core/storage/index.js';
import { crashStates, type CrashState } from '../support/memory-file-system.js';
import { CountingRandom, DATA_PATH, entry, StorageBench, texts } from '../support/storage-bench.js';

type Log = PersistentStorage<Uint8Array>;
type Operation = StorageOperation<Uint8Array>;

const ballot = (n: number) => ({ configurationId: 1, n, priority: 0, pid: 1 });
const append = (fromIdx: number, ...names: (string | number)[]): Operation => ({
  kind: 'appendOnPrefix',
  fromIdx,
  entries: names.map((name) => entry(name, 60)),
});

/** Everything that a log holds, as text. */
function snapshot(log: Log): string {
  const state = log.state();
  const entries = texts(log.entries(0, state.acceptedIdx));
  return JSON.stringify({ ...state, entries });
}

/** A run on a fresh log: `history[k]` is the log after the k-th batch. */
class Workload {
  readonly history: string[] = [];
  bench = new StorageBench();
  log!: Log;

  async start(): Promise<void> {
    const maker = new StorageBench();
    createDataDirectory({
      fileSystem: maker.fileSystem,
      random: new CountingRandom(),
      path: DATA_PATH,
      identity: maker.options.identity,
    });
    this.bench = new StorageBench({ fileSystem: maker.fileSystem.copy() });
    this.log = await this.bench.open();
    this.history.push(snapshot(this.log));
  }

  submit(...batch: readonly Operation[]): void {
    this.log.submit(batch);
    this.history.push(snapshot(this.log));
  }

  async flush(): Promise<void> {
    const submitted = this.history.length - 1;
    await this.log.flush();
    this.bench.fileSystem.note(submitted);
  }

  async reopen(): Promise<void> {
    const submitted = this.history.length - 1;
    await this.log.close();
    this.bench.fileSystem.note(submitted);
    this.log = await this.bench.open();
  }
}

/** Opens what the crash left. Nothing goes on in the background: completions are never run. */
async function openAfter(state: CrashState): Promise<{ bench: StorageBench; log: Log }> {
  state.fileSystem.completion = 'manual';
  const bench = StorageBench.after(state.fileSystem);
  try {
    return { bench, log: await bench.open() };
  } catch (error) {
    throw new Error(`${state.label}: ${String(error)}`, { cause: error });
  }
}

function lastNote(state: CrashState): number {
  const { notes } = state;
  return (notes.at(-1) as number | undefined) ?? 0;
}

/** The log must be one that stood after some batch, none of the acknowledged ones missing. */
function checkRecovered(state: CrashState, log: Log, history: readonly string[]): void {
  const found = snapshot(log);
  const acknowledged = lastNote(state);
  const isPrefix = history.slice(acknowledged).includes(found);
  if (!isPrefix) expect.fail(`${state.label}: after batch ${acknowledged}, found ${found}`);
}

async function checkEveryCrash(workload: Workload): Promise<number> {
  let stateCount = 0;
  const { fileSystem } = workload.bench;
  for (let length = 0; length <= fileSystem.changes.length; length++) {
    for (const state of crashStates(fileSystem, length)) {
      const { log } = await openAfter(state);
      checkRecovered(state, log, workload.history);
      stateCount += 1;
    }
  }
  return stateCount;
}

async function appendWorkload(): Promise<Workload> {
  const workload = new Workload();
  await workload.start();
  workload.submit({ kind: 'setPromise', ballot: ballot(1) });
  await workload.flush();
  for (let i = 0; i < 6; i++) {
    workload.submit(append(2 * i, `a${i}`, `b${i}`), { kind: 'setDecidedIdx', idx: i });
    if (i % 2 === 0) workload.submit({ kind: 'setPromise', ballot: ballot(2 + i) });
    if (i % 3 !== 1) await workload.flush();
  }
  await workload.flush();
  return workload;
}

describe('a power cut loses nothing that was acknowledged', () => {
  it('while entries are appended', async () => {
    expect(await checkEveryCrash(await appendWorkload())).toBeGreaterThan(100);
  });

  it('while entries are overwritten (P4: cut, suffix and round in one unit)', async () => {
    const workload = new Workload();
    await workload.start();
    workload.submit({ kind: 'setPromise', ballot: ballot(1) }, append(0, 1, 2, 3, 4, 5));
    await workload.flush();
    for (let n = 2; n < 6; n++) {
      workload.submit(
        { kind: 'setPromise', ballot: ballot(n) },
        append(n - 1, `x${n}`, `y${n}`, `z${n}`),
        { kind: 'setAcceptedRound', ballot: ballot(n) },
        { kind: 'setDecidedIdx', idx: n - 1 },
      );
      workload.submit(append(n));
      await workload.flush();
    }
    expect(await checkEveryCrash(workload)).toBeGreaterThan(100);
  });

  it('while the log moves on to new segments (D16)', async () => {
    const workload = new Workload();
    await workload.start();
    for (let i = 0; i < 12; i++) {
      workload.submit({
        kind: 'appendOnPrefix',
        fromIdx: i,
        entries: [entry(`big ${i}`, i === 7 ? 6000 : 700)],
      });
      if (i % 2 === 0) await workload.flush();
    }
    await workload.flush();
    expect(workload.bench.fileSystem.list('/data/log').length).toBeGreaterThan(3);
    expect(await checkEveryCrash(workload)).toBeGreaterThan(300);
  });

  it('while it is closed and opened again (D18, D20)', async () => {
    const workload = new Workload();
    await workload.start();
    workload.submit({ kind: 'setPromise', ballot: ballot(1) }, append(0, 'one'));
    await workload.reopen();
    workload.submit(append(1, 'two'));
    await workload.flush();
    workload.submit(append(2, 'three'));
    await workload.reopen();
    expect(await checkEveryCrash(workload)).toBeGreaterThan(50);
  });

  it('while it recovers from another power cut', async () => {
    const workload = await appendWorkload();
    const { fileSystem } = workload.bench;
    let stateCount = 0;
    for (let length = 0; length <= fileSystem.changes.length; length += 2) {
      for (const first of crashStates(fileSystem, length)) {
        const bench = (await openAfter(first)).bench;
        const recovery = bench.fileSystem;
        // Recovery's own changes, cut short at a point that moves with the state.
        const cut = stateCount % (recovery.changes.length + 1);
        for (const second of crashStates(recovery, cut)) {
          const { log } = await openAfter(second);
          checkRecovered({ ...second, notes: first.notes }, log, workload.history);
          stateCount += 1;
        }
      }
    }
    expect(stateCount).toBeGreaterThan(500);
  });

  it('while it is created: it is there whole, or can be created again (D3)', async () => {
    const maker = new StorageBench();
    const log = await maker.create();
    maker.fileSystem.note('created');
    expect(log.state().acceptedIdx).toBe(0);
    let openedCount = 0;
    for (let length = 0; length <= maker.fileSystem.changes.length; length++) {
      for (const state of crashStates(maker.fileSystem, length)) {
        state.fileSystem.completion = 'manual';
        const bench = StorageBench.after(state.fileSystem);
        try {
          await bench.open();
          openedCount += 1;
        } catch (error) {
          expect((error as OmnikvError).code, state.label).toBe('OMNIKV_DATA_MISSING');
          expect(state.notes, state.label).toEqual([]);
          const made = await bench.create();
          expect(made.state().acceptedIdx).toBe(0);
        }
      }
    }
    expect(openedCount).toBeGreaterThan(10);
  });
});
