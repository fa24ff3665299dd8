/**
 * Group commit: one write and one fdatasync for all that was submitted, one under way at a time.
 *
 * What is submitted while a flush runs waits for the next one. A failed flush is the end: `onFailed`
 * is called once, and no further flush starts (D17).
 */

import type { StoragePosition } from '../omnipaxos/ballot.js';
import type { TrackedStorage } from './tracked-storage.js';

export interface FlushLoopOptions {
  readonly storage: TrackedStorage<Uint8Array>;
  /** Of a flush that ended after the call that started it. */
  readonly onDurable: (position: StoragePosition) => void;
  readonly onFailed: (error: Error) => void;
}

export class FlushLoop {
  readonly #options: FlushLoopOptions;
  #isFlushing = false;
  #hasFailed = false;

  constructor(options: FlushLoopOptions) {
    this.#options = options;
  }

  /**
   * Starts a flush where something waits for one and none is under way. Gives what is durable where
   * it has ended already; `onDurable` is then not called.
   */
  startIfNeeded(): StoragePosition | undefined {
    const { storage, onDurable, onFailed } = this.#options;
    if (this.#isFlushing || this.#hasFailed || !storage.hasUnflushed) return undefined;
    this.#isFlushing = true;
    let isStarting = true;
    let durable: StoragePosition | undefined;
    storage.startFlush((outcome) => {
      this.#isFlushing = false;
      if (outcome.kind === 'failed') {
        this.#hasFailed = true;
        onFailed(outcome.error);
      } else if (isStarting) durable = outcome.position;
      else onDurable(outcome.position);
    });
    isStarting = false;
    return durable;
  }
}
