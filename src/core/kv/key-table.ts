/**
 * Finds the row of a key: extendible hashing (Fagin et al. 1979) over the rows.
 *
 * A look-up reads two lines of memory, a slot and the row's record, and keeps no object for a key:
 * in a store of a million keys the way to memory is all that a look-up costs. A full page splits by
 * the next bit of the hash, so growth never moves more than one page (R8). Pages do not merge.
 */

import { assert } from '../assert.js';
import type { Rows } from './rows.js';

export const NO_ROW = -1;

const FIRST_SLOTS = 256;
/** Few large pages: what leads to a slot stays in the processor's cache. A split takes two milliseconds. */
const PAGE_SLOTS = 32_768;
/** Linear probing then looks at 2.5 slots, and at 8.5 where it finds nothing. */
const MAX_FILL = 0.75;
/** Beyond it a page grows instead: keys that share a hash must not make a directory of empty pages. */
const MAX_DEPTH = 16;

interface Page {
  /** How many leading bits of the hash all its keys share. */
  readonly depth: number;
  /** Two numbers a slot: the hash, and the row + 1; 0 is free. Linear probing from the hash's low bits. */
  slots: Int32Array;
  count: number;
}

const NO_KEYS: readonly string[] = [];
/** So many keys are looked up ahead at once; of more, which only deletions name, the rest waits its turn. */
const MAX_AHEAD = 256;

export class KeyTable {
  readonly #rows: Rows;
  readonly #hash: (key: string) => number;
  readonly #pageSlots: number;
  /** By the leading `#depth` bits of the hash; a page of a lesser depth stands there repeatedly. */
  #directory: Page[];
  #depth = 1;
  #size = 0;
  /** What was looked up before it is asked for, and how many of these keys `find` has been asked for. */
  #aheadKeys = NO_KEYS;
  #aheadAt = 0;
  readonly #aheadHashes = new Int32Array(MAX_AHEAD);
  readonly #aheadRows = new Int32Array(MAX_AHEAD);

  constructor(rows: Rows, { hash = hashKey, pageSlots = PAGE_SLOTS } = {}) {
    this.#rows = rows;
    this.#hash = hash;
    this.#pageSlots = pageSlots;
    const page = makePage(0, FIRST_SLOTS);
    this.#directory = [page, page];
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Looks up what `find` is asked for next, in this order. One look-up waits twice for memory, for a slot
   * and for the record; here nothing waits for what the key before has asked for, so many share a wait.
   */
  readAhead(next: readonly string[]): void {
    const keys = next.length <= MAX_AHEAD ? next : next.slice(0, MAX_AHEAD);
    const count = keys.length;
    const hashes = this.#aheadHashes;
    const rows = this.#aheadRows;
    // Short loops, one for each wait: the processor looks ahead over so many instructions.
    for (let i = 0; i < count; i++) hashes[i] = this.#hash(keys[i]!);
    const directory = this.#directory;
    const shift = 32 - this.#depth;
    for (let i = 0; i < count; i++) {
      const hash = hashes[i]!;
      rows[i] = rowWithHash(directory[hash >>> shift]!.slots, hash);
    }
    this.#rows.readAhead(rows, count);
    this.#aheadKeys = keys;
    this.#aheadAt = 0;
  }

  find(key: string): number {
    const ahead = this.#takeAhead(key);
    return ahead === NO_ROW ? this.#lookUp(key) : ahead;
  }

  /** The table must not hold the key. */
  add(key: string, row: number): void {
    const hash = this.#hash(key);
    let page = this.#pageOf(hash);
    while (page.count >= (page.slots.length / 2) * MAX_FILL) {
      if (page.slots.length < 2 * this.#pageSlots || page.depth === MAX_DEPTH) grow(page);
      else this.#split(page, hash);
      page = this.#pageOf(hash);
    }
    place(page, hash, row);
    this.#size += 1;
  }

  /** The table must hold the key in this row. */
  remove(key: string, row: number): void {
    const hash = this.#hash(key);
    const page = this.#pageOf(hash);
    const mask = page.slots.length - 1;
    let at = (hash << 1) & mask;
    while (page.slots[at + 1] !== row + 1) {
      assert(page.slots[at + 1] !== 0, `row ${row} is not in the table under its key`);
      at = (at + 2) & mask;
    }
    closeGap(page.slots, at);
    page.count -= 1;
    this.#size -= 1;
  }

  /** Whatever has changed since: a row that has the key is the key's row. */
  #takeAhead(key: string): number {
    const keys = this.#aheadKeys;
    const at = this.#aheadAt;
    if (at >= keys.length || keys[at] !== key) return NO_ROW;
    this.#aheadAt = at + 1;
    if (at + 1 === keys.length) this.#aheadKeys = NO_KEYS;
    const row = this.#aheadRows[at]!;
    return row !== NO_ROW && this.#rows.isKeyOf(row, key) ? row : NO_ROW;
  }

  #lookUp(key: string): number {
    const hash = this.#hash(key);
    const { slots } = this.#pageOf(hash);
    const rows = this.#rows;
    const mask = slots.length - 1;
    for (let at = (hash << 1) & mask; slots[at + 1] !== 0; at = (at + 2) & mask) {
      const row = slots[at + 1]! - 1;
      if (slots[at] === hash && rows.isKeyOf(row, key)) return row;
    }
    return NO_ROW;
  }

  #pageOf(hash: number): Page {
    return this.#directory[hash >>> (32 - this.#depth)]!;
  }

  /** `hash`: of a key that belongs to the page. */
  #split(page: Page, hash: number): void {
    if (page.depth === this.#depth) {
      this.#directory = this.#directory.flatMap((each) => [each, each]);
      this.#depth += 1;
    }
    const halves = [0, 1].map(() => makePage(page.depth + 1, this.#pageSlots)) as [Page, Page];
    moveAll(page.slots, (itsHash) => halves[((itsHash >>> (31 - page.depth)) & 1) as 0 | 1]);
    const span = 2 ** (this.#depth - page.depth);
    const from = page.depth === 0 ? 0 : (hash >>> (32 - page.depth)) * span;
    this.#directory.fill(halves[0], from, from + span / 2);
    this.#directory.fill(halves[1], from + span / 2, from + span);
  }
}

/** 32 bits, signed. The first bits choose the page, the last ones the slot: both must be mixed. */
export function hashKey(key: string): number {
  let hash = 0x3c6ef372;
  for (let at = 0; at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
  return hash ^ (hash >>> 16);
}

function makePage(depth: number, slotCount: number): Page {
  return { depth, slots: new Int32Array(2 * slotCount), count: 0 };
}

/** The row of the first key with this hash: nearly always the one that is looked for. */
function rowWithHash(slots: Int32Array, hash: number): number {
  const mask = slots.length - 1;
  let at = (hash << 1) & mask;
  while (slots[at] !== hash && slots[at + 1] !== 0) at = (at + 2) & mask;
  return slots[at + 1]! - 1;
}

function place(page: Page, hash: number, row: number): void {
  const { slots } = page;
  const mask = slots.length - 1;
  let at = (hash << 1) & mask;
  while (slots[at + 1] !== 0) at = (at + 2) & mask;
  slots[at] = hash;
  slots[at + 1] = row + 1;
  page.count += 1;
}

function grow(page: Page): void {
  const larger = makePage(page.depth, page.slots.length);
  moveAll(page.slots, () => larger);
  page.slots = larger.slots;
}

function moveAll(slots: Int32Array, pageOf: (hash: number) => Page): void {
  for (let at = 0; at < slots.length; at += 2) {
    const row = slots[at + 1]! - 1;
    if (row !== NO_ROW) place(pageOf(slots[at]!), slots[at]!, row);
  }
}

/** Frees a slot; what was probed past it moves up, so that no look-up ends at the gap. */
function closeGap(slots: Int32Array, gap: number): void {
  const mask = slots.length - 1;
  for (let at = (gap + 2) & mask; slots[at + 1] !== 0; at = (at + 2) & mask) {
    const home = (slots[at]! << 1) & mask;
    // Its home lies behind the gap: it is found without passing it.
    if (((at - home) & mask) < ((at - gap) & mask)) continue;
    slots[gap] = slots[at]!;
    slots[gap + 1] = slots[at + 1]!;
    gap = at;
  }
  slots[gap + 1] = 0;
}
