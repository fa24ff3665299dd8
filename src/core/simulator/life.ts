/**
 * One life of a process: its clock and timers, and the gate through which every event reaches it.
 *
 * After its death nothing reaches it. While it is stopped (SIGSTOP) events wait, and come one by one
 * when it goes on. Its clock may run a little fast or slow.
 */

import type { Clock, Scheduler, Timer } from '../platform/ports.js';
import type { EventQueue } from './event-queue.js';

export interface LifeOptions {
  readonly queue: EventQueue;
  /** Its own milliseconds for each millisecond that passes. */
  readonly clockRate: number;
  /** After every event that the process handled. */
  readonly afterEvent: () => void;
}

export class Life implements Clock, Scheduler {
  readonly #options: LifeOptions;
  #state: 'running' | 'stopped' | 'dead' = 'running';
  #held: (() => void)[] = [];

  constructor(options: LifeOptions) {
    this.#options = options;
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isStopped(): boolean {
    return this.#state === 'stopped';
  }

  nowMs(): number {
    const { queue, clockRate } = this.#options;
    return (queue.nowUs / 1_000) * clockRate;
  }

  defer(task: () => void): void {
    this.#options.queue.after(0, () => this.run(task));
  }

  after(delayMs: number, task: () => void): Timer {
    const { queue, clockRate } = this.#options;
    let isCancelled = false;
    queue.after((delayMs * 1_000) / clockRate, () => {
      this.run(() => {
        if (!isCancelled) task();
      });
    });
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  }

  /** Hands an event to the process, now or when it goes on. */
  run(task: () => void): void {
    if (this.#state === 'dead') return;
    if (this.#state === 'stopped') {
      this.#held.push(task);
      return;
    }
    task();
    this.#options.afterEvent();
  }

  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped';
  }

  resume(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    const held = this.#held;
    this.#held = [];
    for (const task of held) this.defer(task);
  }

  end(): void {
    this.#state = 'dead';
    this.#held = [];
  }
}
