/**
 * A life of a log on a disk in memory, step by step, and what must be true of it after a crash.
 *
 * `history[k]` is the whole log after the k-th batch. The disk's record notes how many batches had
 * been submitted and how many were acknowledged (an opened log acknowledges all that it shows), so
 * every later state of the disk can be judged: nothing acknowledged is missing, nothing that was
 * not yet submitted is there, and never a part of a batch.
 */

import type { StorageOperation } from '../../src/core/omnipaxos/storage-port.js';
import type { FlushOutcome } from '../../src/core/omnipaxos/storage-port.js';
import type { Scheduler } from '../../src/core/platform/ports.js';
import { createDataDirectory, PersistentStorage } from '../../src/core/storage/index.js';
import { MemoryFileSystem } from './memory-file-system.js';
import { CountingRandom, DATA_PATH, entry, StorageBench, texts } from './storage-bench.js';

export type Log = PersistentStorage<Uint8Array>;
export type Operation = StorageOperation<Uint8Array>;

export const ballot = (n: number) => ({ configurationId: 1, n, priority: 0, pid: 1 });
export const append = (
  fromIdx: number,
  names: readonly (string | number)[],
  sizeBytes = 60,
): Operation => ({
  kind: 'appendOnPrefix',
  fromIdx,
  entries: names.map((name) => entry(name, sizeBytes)),
});

type Note =
  | { readonly kind: 'submitted'; readonly count: number }
  | { readonly kind: 'acknowledged'; readonly count: number };

/** What the notes before a crash allow: `history[least]` to `history[most]`. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

export function boundsOf(notes: readonly unknown[]): Bounds {
  let [least, most] = [0, 0];
  for (const note of notes as readonly Note[]) {
    if (note.kind === 'acknowledged') least = note.count;
    else most = note.count;
  }
  return { least, most: Math.max(least, most) };
}

/** Everything that a log holds, as text. */
export function snapshot(log: Log): string {
  const state = log.state();
  return JSON.stringify({ ...state, entries: texts(log.entries(0, state.acceptedIdx)) });
}

/** Deferred tasks wait until the run goes on; timers until they are fired. */
class StepScheduler implements Scheduler {
  readonly #tasks: (() => void)[] = [];
  #timers: { readonly delayMs: number; readonly task: () => void }[] = [];

  defer(task: () => void): void {
    this.#tasks.push(task);
  }

  after(delayMs: number, task: () => void): { cancel(): void } {
    const timer = { delayMs, task };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  runOne(): boolean {
    const task = this.#tasks.shift();
    task?.();
    return task !== undefined;
  }

  fireAll(): void {
    const timers = this.#timers;
    this.#timers = [];
    for (const { task } of timers) task();
  }
}

export class LogRun {
  readonly fileSystem: MemoryFileSystem;
  readonly history: string[];
  readonly bench: StorageBench;
  #log: Log | undefined;
  #scheduler = new StepScheduler();
  readonly #path: string;

  /** `history`: what the disk may hold; without it, whatever it holds is the beginning. */
  constructor(fileSystem: MemoryFileSystem, history: readonly string[] = [], path = DATA_PATH) {
    fileSystem.completion = 'manual';
    this.fileSystem = fileSystem;
    this.history = [...history];
    this.#path = path;
    this.bench = StorageBench.after(fileSystem, { path });
  }

  /** A run on a new, empty log whose making is not part of the record. */
  static onNewLog(): LogRun {
    const maker = new LogRun(new MemoryFileSystem());
    maker.create();
    const run = new LogRun(maker.fileSystem.copy());
    run.open();
    return run;
  }

  create(): void {
    const { fileSystem, bench } = this;
    const { identity } = bench.options;
    createDataDirectory({ fileSystem, random: new CountingRandom(), path: this.#path, identity });
  }

  get log(): Log {
    if (this.#log === undefined) throw new Error('the log was never opened');
    return this.#log;
  }

  /** What ended the log, if it did. */
  get failure(): Error | undefined {
    return this.#log?.failure;
  }

  /**
   * A log that was open is one of a process that died. Gives the number of the history entry that
   * was found; throws where none matches `bounds`.
   */
  open(bounds?: Bounds): number {
    this.fileSystem.forgetWaiting();
    this.#scheduler = new StepScheduler();
    const { ports } = this.bench.options;
    const directoryIdentity = this.fileSystem.identityOf(this.#path);
    const guard = { release: () => Promise.resolve() };
    this.#log = PersistentStorage.openHeld(
      { ...this.bench.options, ports: { ...ports, scheduler: this.#scheduler } },
      { guard, directoryIdentity },
    );
    const found = snapshot(this.log);
    if (this.history.length === 0) this.history.push(found);
    const { least, most } = bounds ?? { least: 0, most: this.history.length - 1 };
    const count = this.history.slice(0, most + 1).lastIndexOf(found);
    if (count < least) throw new Error(`not one of batches ${least} to ${most}: ${found}`);
    this.history.length = count + 1;
    this.note('submitted', count);
    this.note('acknowledged', count);
    return count;
  }

  submit(...batch: readonly Operation[]): void {
    this.log.submit(batch);
    this.history.push(snapshot(this.log));
    this.note('submitted', this.history.length - 1);
  }

  /** What else is under way stays so: the spare segment, for example. */
  flush(): void {
    let outcome: FlushOutcome | undefined;
    const submitted = this.history.length - 1;
    this.log.startFlush((result) => {
      outcome = result;
    });
    while (outcome === undefined && this.#step());
    if (outcome === undefined) throw new Error('the flush never ended');
    if (outcome.kind === 'failed') throw outcome.error;
    this.note('acknowledged', submitted);
  }

  /** Everything that is under way ends; then the Mark of an idle log is written. */
  idle(): void {
    while (this.#step());
    // A Mark waits for two timers, each of half of its delay.
    for (let half = 0; half < 2; half++) {
      this.#scheduler.fireAll();
      while (this.#step());
    }
  }

  async close(): Promise<void> {
    const submitted = this.history.length - 1;
    let isOver = false;
    const closed = this.log.close().finally(() => {
      isOver = true;
    });
    // Handled below; until then nobody has looked at it.
    closed.catch(() => undefined);
    while (!isOver) {
      this.#step();
      await Promise.resolve();
    }
    await closed;
    this.note('acknowledged', submitted);
  }

  async reopen(): Promise<void> {
    await this.close();
    this.open({ least: this.history.length - 1, most: this.history.length - 1 });
  }

  note(kind: Note['kind'], count: number): void {
    this.fileSystem.note({ kind, count } satisfies Note);
  }

  #step(): boolean {
    if (this.#scheduler.runOne()) return true;
    if (this.fileSystem.waitingCount === 0) return false;
    this.fileSystem.complete();
    return true;
  }
}
