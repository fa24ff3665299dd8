/**
 * The encoded sizes of the entries behind decidedIdx, and their sum (R2).
 *
 * Invariant: one size per entry in [decidedIdx, acceptedIdx), in log order.
 */

import { assert } from '../assert.js';

export class UndecidedSizes {
  #sizes: number[] = [];
  /** Sizes before this place belong to decided entries and are dropped now and then. */
  #head = 0;
  #totalBytes = 0;

  get totalBytes(): number {
    return this.#totalBytes;
  }

  append(sizeBytes: number): void {
    this.#sizes.push(sizeBytes);
    this.#totalBytes += sizeBytes;
  }

  /** The oldest `count` entries have been decided. */
  decide(count: number): void {
    assert(count <= this.#sizes.length - this.#head, 'decided entries have been appended before');
    for (let i = 0; i < count; i++) this.#totalBytes -= this.#sizes[this.#head + i] ?? 0;
    this.#head += count;
    if (this.#head > 1_024 && this.#head * 2 > this.#sizes.length) {
      this.#sizes = this.#sizes.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Keeps the oldest `count` entries: the log was cut. */
  keep(count: number): void {
    while (this.#sizes.length - this.#head > count) this.#totalBytes -= this.#sizes.pop() ?? 0;
  }
}
