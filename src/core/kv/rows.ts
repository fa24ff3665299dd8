/**
 * The key, value and version of each row, in records of bytes: a row is a number, not an object.
 *
 * A store of millions of small values is bounded by what the engine keeps around each object, and by
 * how long it takes to walk over them; records have neither. Pages never move: growth copies nothing
 * (R8). A record is half a line of the processor's cache:
 *
 *     version (f64) | number (u64) | key length (u8) | key, a byte a character (15)
 *
 * A key of other characters or more of them, and a value that is no number, stands beside the page.
 */

import { assert } from '../assert.js';
import type { VersionedValue } from './command.js';
import { compareKeys } from './utf8.js';
import type { Value } from './value.js';

const RECORD_BYTES = 32;
const RECORD_WORDS = RECORD_BYTES / 8;
const KEY_LENGTH_AT = 16;
const KEY_AT = 17;
const MAX_INLINE_KEY = RECORD_BYTES - KEY_AT;
/** In the place of the key's length. */
const KEY_BESIDE = 254;
const FREE = 255;

const PAGE_BITS = 13;
const PAGE_ROWS = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_ROWS - 1;

interface Page {
  /** Three views of the same records. */
  readonly bytes: Uint8Array;
  readonly versions: Float64Array;
  readonly numbers: BigUint64Array;
  /** Texts and bytes; made with the first of them. */
  others: (Exclude<Value, { readonly kind: 'u64' }> | undefined)[] | undefined;
  /** Keys that no record holds; made with the first of them. */
  keys: (string | undefined)[] | undefined;
}

export class Rows {
  readonly #pages: Page[] = [];
  readonly #free: number[] = [];
  #count = 0;

  add(key: string, value: Value, version: number): number {
    const row = this.#free.pop() ?? this.#count++;
    if (row >> PAGE_BITS === this.#pages.length) this.#pages.push(makePage());
    this.#setKey(row, key);
    this.set(row, value, version);
    return row;
  }

  set(row: number, value: Value, version: number): void {
    const page = this.#pageOf(row);
    const at = row & PAGE_MASK;
    page.versions[at * RECORD_WORDS] = version;
    if (value.kind === 'u64') {
      page.numbers[at * RECORD_WORDS + 1] = value.value;
      if (page.others !== undefined) page.others[at] = undefined;
      return;
    }
    page.others ??= new Array<undefined>(PAGE_ROWS).fill(undefined);
    page.others[at] = value;
  }

  get(row: number): VersionedValue {
    const page = this.#pageOf(row);
    const at = row & PAGE_MASK;
    const word = at * RECORD_WORDS;
    const value = page.others?.[at] ?? { kind: 'u64', value: page.numbers[word + 1]! };
    return { value, version: page.versions[word]! };
  }

  isKeyOf(row: number, key: string): boolean {
    const { bytes, keys } = this.#pageOf(row);
    const from = (row & PAGE_MASK) * RECORD_BYTES;
    const length = bytes[from + KEY_LENGTH_AT]!;
    if (length === KEY_BESIDE) return keys?.[row & PAGE_MASK] === key;
    if (length !== key.length) return false;
    for (let i = 0; i < length; i++) {
      if (bytes[from + KEY_AT + i] !== key.charCodeAt(i)) return false;
    }
    return true;
  }

  /** How the row's key compares with this one by UTF-8 bytes: negative, zero or positive. */
  compareKey(row: number, key: string): number {
    const { bytes, keys } = this.#pageOf(row);
    const from = (row & PAGE_MASK) * RECORD_BYTES;
    const length = bytes[from + KEY_LENGTH_AT]!;
    if (length === KEY_BESIDE) return compareKeys(keys![row & PAGE_MASK]!, key);
    const shared = Math.min(length, key.length);
    for (let i = 0; i < shared; i++) {
      // What is no byte comes behind all bytes, in UTF-16 as in UTF-8.
      const difference = bytes[from + KEY_AT + i]! - key.charCodeAt(i);
      if (difference !== 0) return difference;
    }
    return length - key.length;
  }

  /** Undefined where the row is free. */
  keyOf(row: number): string | undefined {
    const { bytes, keys } = this.#pageOf(row);
    const from = (row & PAGE_MASK) * RECORD_BYTES;
    const length = bytes[from + KEY_LENGTH_AT]!;
    if (length === FREE) return undefined;
    if (length === KEY_BESIDE) return keys?.[row & PAGE_MASK];
    return String.fromCharCode(...bytes.subarray(from + KEY_AT, from + KEY_AT + length));
  }

  remove(row: number): void {
    const page = this.#pageOf(row);
    const at = row & PAGE_MASK;
    page.bytes[at * RECORD_BYTES + KEY_LENGTH_AT] = FREE;
    if (page.others !== undefined) page.others[at] = undefined;
    if (page.keys !== undefined) page.keys[at] = undefined;
    this.#free.push(row);
  }

  #setKey(row: number, key: string): void {
    const page = this.#pageOf(row);
    const at = row & PAGE_MASK;
    const from = at * RECORD_BYTES;
    if (isInline(key)) {
      page.bytes[from + KEY_LENGTH_AT] = key.length;
      for (let i = 0; i < key.length; i++) page.bytes[from + KEY_AT + i] = key.charCodeAt(i);
      return;
    }
    page.bytes[from + KEY_LENGTH_AT] = KEY_BESIDE;
    page.keys ??= new Array<undefined>(PAGE_ROWS).fill(undefined);
    page.keys[at] = key;
  }

  #pageOf(row: number): Page {
    const page = this.#pages[row >> PAGE_BITS];
    assert(page !== undefined, 'a row is one that was added');
    return page;
  }
}

function isInline(key: string): boolean {
  if (key.length > MAX_INLINE_KEY) return false;
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) > 0xff) return false;
  return true;
}

function makePage(): Page {
  const buffer = new ArrayBuffer(PAGE_ROWS * RECORD_BYTES);
  return {
    bytes: new Uint8Array(buffer),
    versions: new Float64Array(buffer),
    numbers: new BigUint64Array(buffer),
    others: undefined,
    keys: undefined,
  };
}
