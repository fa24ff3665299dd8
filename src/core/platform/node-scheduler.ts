/**
 * The Scheduler port on the event loop of Node.
 *
 * `defer` runs in the check phase: after every socket and file event that this turn of the loop
 * has already collected. That is what makes one turn one batch.
 */

import type { Scheduler, Timer } from './ports.js';

export const nodeScheduler: Scheduler = {
  defer(task: () => void): void {
    setImmediate(task);
  },

  after(delayMs: number, task: () => void): Timer {
    const timeout = setTimeout(task, delayMs);
    return {
      cancel: () => {
        clearTimeout(timeout);
      },
    };
  },
};
