/**
 * Up to 1,024 rows in an order that its owner gives them.
 *
 * Plain numbers beside the engine's heap: the collector of garbage would look at each element of an array,
 * and a store has a million rows.
 */

import { assert } from '../assert.js';

const CAPACITY = 1_024;

export class RowBlock {
  readonly #rows = new Int32Array(CAPACITY);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === CAPACITY;
  }

  at(index: number): number {
    assert(index < this.#count, 'a block is asked for a row that it has');
    return this.#rows[index]!;
  }

  get last(): number {
    return this.at(this.#count - 1);
  }

  /** The block must not be full. */
  insert(index: number, row: number): void {
    assert(!this.isFull, 'a full block is split first');
    this.#rows.copyWithin(index + 1, index, this.#count);
    this.#rows[index] = row;
    this.#count += 1;
  }

  removeAt(index: number): void {
    this.#rows.copyWithin(index, index + 1, this.#count);
    this.#count -= 1;
  }

  push(row: number): void {
    this.insert(this.#count, row);
  }

  /** The block must not be empty. */
  pop(): number {
    const { last } = this;
    this.#count -= 1;
    return last;
  }

  /** Gives its upper half away. */
  split(): RowBlock {
    const upper = new RowBlock();
    const from = this.#count >>> 1;
    upper.#rows.set(this.#rows.subarray(from, this.#count));
    upper.#count = this.#count - from;
    this.#count = from;
    return upper;
  }

  [Symbol.iterator](): IterableIterator<number> {
    return this.#rows.subarray(0, this.#count).values();
  }
}
