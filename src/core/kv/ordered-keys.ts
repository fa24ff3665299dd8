/**
 * The rows of the store in the order of their keys, for scans, at no cost to a store that is never
 * scanned.
 *
 * A new row is only noted; `sortIn` sorts it in, called in idle moments and before a scan. The order
 * is held in blocks, so that one insertion moves a few hundred rows and never all. Invariant: every
 * row that has a key is in a block or noted; a block holds rows with a key only, each once.
 */

import { assert } from '../assert.js';
import { RowBlock } from './row-block.js';
import type { Rows } from './rows.js';
import { compareKeys } from './utf8.js';

/** Of a block of which nothing was inserted yet: room is left for as many. */
const FIRST_BLOCK_ROWS = 512;
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
  /** In no order, none empty. */
  #noted: RowBlock[] = [];
  #notedCount = 0;
  /** Sorted blocks of sorted rows, none empty. */
  #blocks: RowBlock[] = [];
  #sortedCount = 0;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** The row has a key now that the store did not hold. */
  added(row: number, storedCount: number): void {
    let block = this.#noted.at(-1);
    if (block === undefined || block.isFull) this.#noted.push((block = new RowBlock()));
    block.push(row);
    this.#notedCount += 1;
    if (this.#notedCount > 2 * storedCount + NOTE_SLACK) this.sortIn(this.#notedCount);
  }

  /** The row is about to lose its key. */
  removing(row: number): void {
    const key = this.#keyOf(row);
    const block = this.#blocks[this.#blockIndex(key)];
    if (block === undefined) return;
    const at = this.#lowerBound(block, key);
    if (block.at(at) !== row) return;
    block.removeAt(at);
    this.#sortedCount -= 1;
    if (block.count === 0) this.#blocks.splice(this.#blocks.indexOf(block), 1);
  }

  /** Sorts in at most so many noted rows; false when none is left. */
  sortIn(atMost: number): boolean {
    if (this.#notedCount > this.#sortedCount && atMost >= this.#notedCount) this.#rebuild();
    for (let left = atMost; left > 0 && this.#notedCount > 0; left--) {
      const row = this.#takeNoted();
      const key = this.#rows.keyOf(row);
      if (key !== undefined) this.#insert(row, key);
    }
    return this.#notedCount > 0;
  }

  *ascending(bounds: KeyBounds): Generator<number, void> {
    this.sortIn(this.#notedCount);
    for (let b = this.#blockIndex(bounds.from); b < this.#blocks.length; b++) {
      const block = this.#blocks[b]!;
      for (let at = this.#lowerBound(block, bounds.from); at < block.count; at++) {
        const row = block.at(at);
        if (bounds.to !== undefined && this.#rows.compareKey(row, bounds.to) >= 0) return;
        yield row;
      }
    }
  }

  *descending(bounds: KeyBounds): Generator<number, void> {
    this.sortIn(this.#notedCount);
    let b = this.#blocks.length - 1;
    if (bounds.to !== undefined) b = Math.min(b, this.#blockIndex(bounds.to));
    for (; b >= 0; b--) {
      const block = this.#blocks[b]!;
      const end = bounds.to === undefined ? block.count : this.#lowerBound(block, bounds.to);
      for (let at = end - 1; at >= 0; at--) {
        const row = block.at(at);
        if (this.#rows.compareKey(row, bounds.from) < 0) return;
        yield row;
      }
    }
  }

  #rebuild(): void {
    const all = new Set<number>();
    for (const block of this.#blocks) for (const row of block) all.add(row);
    for (const block of this.#noted) {
      for (const row of block) if (this.#rows.keyOf(row) !== undefined) all.add(row);
    }
    const keys = new Map([...all].map((row) => [this.#keyOf(row), row]));
    const sorted = [...keys.keys()].sort(compareKeys).map((key) => keys.get(key)!);
    this.#noted = [];
    this.#notedCount = 0;
    this.#blocks = [];
    for (let at = 0; at < sorted.length; at += FIRST_BLOCK_ROWS) {
      const block = new RowBlock();
      for (const row of sorted.slice(at, at + FIRST_BLOCK_ROWS)) block.push(row);
      this.#blocks.push(block);
    }
    this.#sortedCount = sorted.length;
  }

  #insert(row: number, key: string): void {
    const index = Math.min(this.#blockIndex(key), Math.max(this.#blocks.length - 1, 0));
    const block = this.#blocks[index] ?? new RowBlock();
    if (this.#blocks.length === 0) this.#blocks.push(block);
    const at = this.#lowerBound(block, key);
    // It lost its key and got one again while its first note waited.
    if (at < block.count && block.at(at) === row) return;
    block.insert(at, row);
    this.#sortedCount += 1;
    if (block.isFull) this.#blocks.splice(index + 1, 0, block.split());
  }

  #takeNoted(): number {
    const block = this.#noted.at(-1);
    assert(block !== undefined, 'a noted row is in a block');
    this.#notedCount -= 1;
    const row = block.pop();
    if (block.count === 0) this.#noted.pop();
    return row;
  }

  /** The first block whose last key is not below this one; the block count where there is none. */
  #blockIndex(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = this.#blocks[middle]!;
      if (this.#rows.compareKey(block.last, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The position of the first row whose key is not below this one. */
  #lowerBound(block: RowBlock, key: string): number {
    let low = 0;
    let high = block.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows.compareKey(block.at(middle), key) < 0) low = middle + 1;
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
