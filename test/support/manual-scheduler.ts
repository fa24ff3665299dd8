/**
 * Clock and scheduler in the hands of a test: nothing happens until it is asked for.
 */

import type { Clock, Scheduler, Timer } from '../../src/core/platform/ports.js';

interface Alarm {
  readonly atMs: number;
  readonly task: () => void;
  isCancelled: boolean;
}

export class ManualScheduler implements Scheduler, Clock {
  #nowMs = 0;
  #deferred: (() => void)[] = [];
  #alarms: Alarm[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  defer(task: () => void): void {
    this.#deferred.push(task);
  }

  after(delayMs: number, task: () => void): Timer {
    const alarm: Alarm = { atMs: this.#nowMs + delayMs, task, isCancelled: false };
    this.#alarms.push(alarm);
    return {
      cancel: () => {
        alarm.isCancelled = true;
      },
    };
  }

  get hasDeferred(): boolean {
    return this.#deferred.length > 0;
  }

  /** What was deferred until now; what that defers waits for the next call. */
  runDeferred(): void {
    const tasks = this.#deferred;
    this.#deferred = [];
    for (const task of tasks) task();
  }

  /** Moves the clock without running anything: a process that is stopped. */
  sleep(ms: number): void {
    this.#nowMs += ms;
  }

  /** Moves the clock and runs every alarm on the way. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const due = this.#alarms
        .filter((alarm) => !alarm.isCancelled && alarm.atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#alarms = this.#alarms.filter((alarm) => alarm !== due && !alarm.isCancelled);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.task();
    }
    this.#nowMs = untilMs;
  }
}
