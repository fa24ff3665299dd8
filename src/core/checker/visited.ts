/**
 * Where the search has been: sets of placed operations with the state that they led to (Lowe).
 *
 * Sets are compared, never only their hashes: a collision would turn a valid history into an invalid
 * one. A set of certain operations is a run of whole words and a few more, since operations overlap
 * little. Of the possible operations only their number in each class counts, and having used fewer
 * of them is never worse.
 */

import type { State } from './value-table.js';

const FULL = 0xffffffff;
const NO_COUNTS = new Uint32Array(0);

/** A set of certain operations, with the bounds of what tells it from others. */
export class PlacedSet {
  readonly #words: Uint32Array;
  /** Words before it are full. */
  #low = 0;
  /** Words behind it are empty. */
  #high = -1;
  #hash = 0;

  constructor(count: number) {
    this.#words = new Uint32Array((count >>> 5) + 1);
  }

  get hash(): number {
    return this.#hash;
  }

  get low(): number {
    return this.#low;
  }

  add(index: number): void {
    const word = index >>> 5;
    this.#words[word]! |= 1 << (index & 31);
    this.#hash ^= hashOf(index);
    this.#high = Math.max(this.#high, word);
    while (this.#words[this.#low] === FULL) this.#low += 1;
  }

  remove(index: number): void {
    const word = index >>> 5;
    this.#words[word]! &= ~(1 << (index & 31));
    this.#hash ^= hashOf(index);
    this.#low = Math.min(this.#low, word);
    while (this.#high >= 0 && this.#words[this.#high] === 0) this.#high -= 1;
  }

  /** What is neither full nor empty. */
  middle(): Uint32Array {
    return this.#words.slice(this.#low, this.#high + 1);
  }

  isEqualTo(low: number, middle: Uint32Array): boolean {
    if (low !== this.#low || middle.length !== Math.max(0, this.#high + 1 - low)) return false;
    for (let at = 0; at < middle.length; at++) {
      if (middle[at] !== this.#words[low + at]) return false;
    }
    return true;
  }
}

interface Place {
  readonly low: number;
  readonly middle: Uint32Array;
  readonly state: State;
  readonly isTentative: boolean;
  readonly counts: Uint32Array;
  readonly next: Place | undefined;
}

export class Visited {
  readonly #places = new Map<number, Place>();

  /** False where the search has been here, or at a place from which at least as much was possible. */
  add(
    placed: PlacedSet,
    counts: Uint32Array,
    position: { readonly state: State; readonly isTentative: boolean },
  ): boolean {
    const { state, isTentative } = position;
    const hash = placed.hash ^ Math.imul(state * 2 + (isTentative ? 1 : 0) + 1, 0x9e3779b1);
    const first = this.#places.get(hash);
    for (let place = first; place !== undefined; place = place.next) {
      if (place.state !== state || place.isTentative !== isTentative) continue;
      if (isNowhereMore(place.counts, counts) && placed.isEqualTo(place.low, place.middle)) {
        return false;
      }
    }
    this.#places.set(hash, {
      low: placed.low,
      middle: placed.middle(),
      state,
      isTentative,
      counts: counts.length === 0 ? NO_COUNTS : counts.slice(),
      next: first,
    });
    return true;
  }
}

function isNowhereMore(a: Uint32Array, b: Uint32Array): boolean {
  for (let at = 0; at < a.length; at++) if (a[at]! > b[at]!) return false;
  return true;
}

/** Well spread, and the same in every run. */
function hashOf(index: number): number {
  let hash = Math.imul(index + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
