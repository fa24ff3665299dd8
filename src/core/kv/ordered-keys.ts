/**
 * The keys of the store in order, for scans, at no cost to a store that is never scanned.
 *
 * A new key is only noted, by its row; `sortIn` sorts it in, called in idle moments and before a scan.
 * The order is held in blocks, so that one insertion moves a few hundred names and never all.
 * Invariant: every key of the store is in a block or its row is noted; a block holds keys of the
 * store only, each once.
 */

import { assert } from '../assert.js';
import { compareKeys } from './utf8.js';

const BLOCK_KEYS = 512;
/** Notes of keys that came and went are dropped when they outnumber the store. */
const NOTE_SLACK = 1_024;

export interface KeyBounds {
  /** First key, inclusive. */
  readonly from: string;
  /** Last key, exclusive; undefined: to the end. */
  readonly to: string | undefined;
}

export class OrderedKeys {
  readonly #keyOf: (row: number) => string | undefined;
  #noted: number[] = [];
  /** Sorted blocks of sorted keys, none empty. */
  #blocks: string[][] = [];
  #sortedCount = 0;

  /** `keyOf`: the key that the row holds by now; undefined where it is free. */
  constructor(keyOf: (row: number) => string | undefined) {
    this.#keyOf = keyOf;
  }

  /** The row of a key that the store did not hold. */
  added(row: number, storedCount: number): void {
    this.#noted.push(row);
    if (this.#noted.length > 2 * storedCount + NOTE_SLACK) this.sortIn(this.#noted.length);
  }

  /** A key that the store held. */
  removed(key: string): void {
    const block = this.#blockOf(key);
    if (block === undefined) return;
    const at = lowerBound(block, key);
    if (block[at] !== key) return;
    block.splice(at, 1);
    this.#sortedCount -= 1;
    if (block.length === 0) this.#blocks.splice(this.#blocks.indexOf(block), 1);
  }

  /** Sorts in at most so many noted keys; false when none is left. */
  sortIn(atMost: number): boolean {
    if (this.#noted.length > this.#sortedCount && atMost >= this.#noted.length) this.#rebuild();
    for (let left = atMost; left > 0 && this.#noted.length > 0; left--) {
      const key = this.#keyOf(this.#noted.pop()!);
      if (key !== undefined) this.#insert(key);
    }
    return this.#noted.length > 0;
  }

  *ascending(bounds: KeyBounds): Generator<string, void> {
    this.sortIn(this.#noted.length);
    for (let b = this.#blockIndex(bounds.from); b < this.#blocks.length; b++) {
      const block = this.#blocks[b]!;
      for (let at = lowerBound(block, bounds.from); at < block.length; at++) {
        if (bounds.to !== undefined && compareKeys(block[at]!, bounds.to) >= 0) return;
        yield block[at]!;
      }
    }
  }

  *descending(bounds: KeyBounds): Generator<string, void> {
    this.sortIn(this.#noted.length);
    let b = this.#blocks.length - 1;
    if (bounds.to !== undefined) b = Math.min(b, this.#blockIndex(bounds.to));
    for (; b >= 0; b--) {
      const block = this.#blocks[b]!;
      const end = bounds.to === undefined ? block.length : lowerBound(block, bounds.to);
      for (let at = end - 1; at >= 0; at--) {
        if (compareKeys(block[at]!, bounds.from) < 0) return;
        yield block[at]!;
      }
    }
  }

  #rebuild(): void {
    const all = new Set<string>();
    for (const block of this.#blocks) for (const key of block) all.add(key);
    for (const row of this.#noted) {
      const key = this.#keyOf(row);
      if (key !== undefined) all.add(key);
    }
    const sorted = [...all].sort(compareKeys);
    this.#noted = [];
    this.#blocks = [];
    for (let at = 0; at < sorted.length; at += BLOCK_KEYS) {
      this.#blocks.push(sorted.slice(at, at + BLOCK_KEYS));
    }
    this.#sortedCount = sorted.length;
  }

  #insert(key: string): void {
    const index = Math.min(this.#blockIndex(key), Math.max(this.#blocks.length - 1, 0));
    const block = this.#blocks[index];
    if (block === undefined) {
      this.#blocks.push([key]);
      this.#sortedCount += 1;
      return;
    }
    const at = lowerBound(block, key);
    // A key that was removed and added again while its first note waited.
    if (block[at] === key) return;
    block.splice(at, 0, key);
    this.#sortedCount += 1;
    if (block.length <= 2 * BLOCK_KEYS) return;
    this.#blocks.splice(index + 1, 0, block.splice(BLOCK_KEYS));
    assert(block.length === BLOCK_KEYS, 'a split block keeps its lower half');
  }

  #blockOf(key: string): string[] | undefined {
    return this.#blocks[this.#blockIndex(key)];
  }

  /** The first block whose last key is not below this one; the block count where there is none. */
  #blockIndex(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = this.#blocks[middle]!;
      if (compareKeys(block[block.length - 1]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The position of the first key that is not below this one. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
