/**
 * Protocol time from a monotonic clock: one tick every `tickMs`.
 *
 * After a pause there is one late tick, never a burst: a burst would end an election round before
 * the answers that are already in the socket have been read (P12).
 */

import type { Clock, Scheduler, Timer } from '../platform/ports.js';

export interface TickDriverOptions {
  readonly tickMs: number;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** `lateMs`: how much later than due (R8). */
  readonly onTick: (lateMs: number) => void;
}

export class TickDriver {
  readonly #options: TickDriverOptions;
  #dueAtMs = 0;
  #timer: Timer | undefined;

  constructor(options: TickDriverOptions) {
    this.#options = options;
  }

  start(): void {
    this.#dueAtMs = this.#options.clock.nowMs() + this.#options.tickMs;
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    const { clock, scheduler, tickMs } = this.#options;
    const delayMs = Math.max(0, this.#dueAtMs - clock.nowMs());
    this.#timer = scheduler.after(delayMs, () => {
      const nowMs = clock.nowMs();
      const lateMs = Math.max(0, nowMs - this.#dueAtMs);
      this.#dueAtMs += tickMs;
      if (this.#dueAtMs < nowMs) this.#dueAtMs = nowMs + tickMs;
      this.#arm();
      this.#options.onTick(lateMs);
    });
  }
}
