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
   * Starts a flush where something waits for one and none is under way. True where it is durable
   * already: `onDurable` was called.
   */
  startIfNeeded(): boolean {
    const { storage, onDurable, onFailed } = this.#options;
    if (this.#isFlushing || this.#hasFailed || !storage.hasUnflushed) return false;
    this.#isFlushing = true;
    let isDurable = false;
    storage.startFlush((outcome) => {
      this.#isFlushing = false;
      if (outcome.kind === 'durable') {
        isDurable = true;
        onDurable(outcome.position);
        return;
      }
      this.#hasFailed = true;
      onFailed(outcome.error);
    });
    return isDurable;
  }
}
