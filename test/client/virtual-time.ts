/**
 * Clock and scheduler of a test: time passes only when the test says so.
 */

import type { Clock, Random, Scheduler, Timer } from '../../src/core/platform/ports.js';

interface Task {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualTime implements Clock, Scheduler {
  #nowMs = 1_000;
  #order = 0;
  #tasks: Task[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  defer(task: () => void): void {
    this.after(0, task);
  }

  after(delayMs: number, run: () => void): Timer {
    const task: Task = { atMs: this.#nowMs + delayMs, order: this.#order++, run };
    this.#tasks.push(task);
    return {
      cancel: () => {
        this.#tasks = this.#tasks.filter((other) => other !== task);
      },
    };
  }

  get pendingCount(): number {
    return this.#tasks.length;
  }

  /** Runs all that is due within so many milliseconds, and what the promises do about it. */
  async pass(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    for (;;) {
      await settlePromises();
      const due = this.#tasks
        .filter((task) => task.atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
      if (due === undefined) break;
      this.#tasks = this.#tasks.filter((task) => task !== due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.run();
    }
    this.#nowMs = untilMs;
  }

  /** Lets time pass until the promise has ended; fails after a minute of virtual time. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const state = { isEnded: false };
    const end = () => {
      state.isEnded = true;
    };
    promise.then(end, end);
    for (let elapsedMs = 0; elapsedMs <= 60_000; elapsedMs += 5) {
      await this.pass(5);
      if (state.isEnded) return promise;
    }
    throw new Error('the promise did not end within a minute of virtual time');
  }
}

async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

/** Deterministic: counts through the nonces. */
export class CountingRandom implements Random {
  #count = 0;

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    new DataView(bytes.buffer).setUint32(0, ++this.#count);
    return bytes;
  }

  fraction(): number {
    return 0.5;
  }
}
