/**
 * The rows of the store in the order of their keys, for scans, at no cost to a store that is never
 * scanned.
 *
 * A new row is only noted; `sortIn` sorts it in, called in idle moments and before a scan. The order
 * is held in blocks, so that one insertion moves a few hundred rows and never all. Invariant: every
 * row that has a key is in a block or noted; a block holds rows with a key only, each once.
 */

import { assert } from '../assert.js';
import type { Rows } from './rows.js';
import { compareKeys } from './utf8.js';

const BLOCK_ROWS = 512;
/** Notes of rows whose keys came and went are dropped when they outnumber the store. */
const NOTE_SLACK = 1_024;

export interface KeyBounds {
  /** First key, inclusive. */
  readonly from: string;
  /** Last key, exclusive; undefined: to the end. */
  readonly to: string | undefined;
}

export class OrderedKeys {
  readonly #rows: Rows;
  #noted: number[] = [];
  /** Sorted blocks of sorted rows, none empty. */
  #blocks: number[][] = [];
  #sortedCount = 0;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** The row has a key now that the store did not hold. */
  added(row: number, storedCount: number): void {
    this.#noted.push(row);
    if (this.#noted.length > 2 * storedCount + NOTE_SLACK) this.sortIn(this.#noted.length);
  }

  /** The row is about to lose its key. */
  removing(row: number): void {
    const key = this.#keyOf(row);
    const block = this.#blocks[this.#blockIndex(key)];
    if (block === undefined) return;
    const at = this.#lowerBound(block, key);
    if (block[at] !== row) return;
    block.splice(at, 1);
    this.#sortedCount -= 1;
    if (block.length === 0) this.#blocks.splice(this.#blocks.indexOf(block), 1);
  }

  /** Sorts in at most so many noted rows; false when none is left. */
  sortIn(atMost: number): boolean {
    if (this.#noted.length > this.#sortedCount && atMost >= this.#noted.length) this.#rebuild();
    for (let left = atMost; left > 0 && this.#noted.length > 0; left--) {
      const row = this.#noted.pop()!;
      const key = this.#rows.keyOf(row);
      if (key !== undefined) this.#insert(row, key);
    }
    return this.#noted.length > 0;
  }

  *ascending(bounds: KeyBounds): Generator<number, void> {
    this.sortIn(this.#noted.length);
    for (let b = this.#blockIndex(bounds.from); b < this.#blocks.length; b++) {
      const block = this.#blocks[b]!;
      for (let at = this.#lowerBound(block, bounds.from); at < block.length; at++) {
        const row = block[at]!;
        if (bounds.to !== undefined && this.#rows.compareKey(row, bounds.to) >= 0) return;
        yield row;
      }
    }
  }

  *descending(bounds: KeyBounds): Generator<number, void> {
    this.sortIn(this.#noted.length);
    let b = this.#blocks.length - 1;
    if (bounds.to !== undefined) b = Math.min(b, this.#blockIndex(bounds.to));
    for (; b >= 0; b--) {
      const block = this.#blocks[b]!;
      const end = bounds.to === undefined ? block.length : this.#lowerBound(block, bounds.to);
      for (let at = end - 1; at >= 0; at--) {
        const row = block[at]!;
        if (this.#rows.compareKey(row, bounds.from) < 0) return;
        yield row;
      }
    }
  }

  #rebuild(): void {
    const all = new Set<number>();
    for (const block of this.#blocks) for (const row of block) all.add(row);
    for (const row of this.#noted) if (this.#rows.keyOf(row) !== undefined) all.add(row);
    const keys = new Map([...all].map((row) => [this.#keyOf(row), row]));
    const sorted = [...keys.keys()].sort(compareKeys).map((key) => keys.get(key)!);
    this.#noted = [];
    this.#blocks = [];
    for (let at = 0; at < sorted.length; at += BLOCK_ROWS) {
      this.#blocks.push(sorted.slice(at, at + BLOCK_ROWS));
    }
    this.#sortedCount = sorted.length;
  }

  #insert(row: number, key: string): void {
    const index = Math.min(this.#blockIndex(key), Math.max(this.#blocks.length - 1, 0));
    const block = this.#blocks[index];
    if (block === undefined) {
      this.#blocks.push([row]);
      this.#sortedCount += 1;
      return;
    }
    const at = this.#lowerBound(block, key);
    // It lost its key and got one again while its first note waited.
    if (block[at] === row) return;
    block.splice(at, 0, row);
    this.#sortedCount += 1;
    if (block.length <= 2 * BLOCK_ROWS) return;
    this.#blocks.splice(index + 1, 0, block.splice(BLOCK_ROWS));
    assert(block.length === BLOCK_ROWS, 'a split block keeps its lower half');
  }

  /** The first block whose last key is not below this one; the block count where there is none. */
  #blockIndex(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = this.#blocks[middle]!;
      if (this.#rows.compareKey(block[block.length - 1]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The position of the first row whose key is not below this one. */
  #lowerBound(block: readonly number[], key: string): number {
    let low = 0;
    let high = block.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows.compareKey(block[middle]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #keyOf(row: number): string {
    const key = this.#rows.keyOf(row);
    assert(key !== undefined, `row ${row} has no key`);
    return key;
  }
}
