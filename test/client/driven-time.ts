/**
 * Virtual time that goes on by itself, for tests that only wait for answers: a millisecond a turn of
 * the event loop.
 */

import type { VirtualTime } from './virtual-time.js';

export class DrivenTime {
  #isDriving = false;

  drive(time: VirtualTime): void {
    this.#isDriving = true;
    void this.#go(time);
  }

  stop(): void {
    this.#isDriving = false;
  }

  async #go(time: VirtualTime): Promise<void> {
    while (this.#isDriving) {
      await time.pass(1);
      await new Promise((resume) => setImmediate(resume));
    }
  }
}
