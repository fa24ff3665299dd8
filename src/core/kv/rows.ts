/**
 * The key, value and version of each row, in records of bytes: a row is a number, not an object.
 *
 * A store of millions of small values is bounded by what the engine keeps around each object, and by
 * how long it takes to walk over them; records have neither. Pages do not move, but for the
 * first while it is small: growth copies little (R8). A record is half a line of the processor's cache:
 *
 *     version (f64) | number (u64) | key length (u8) | key, a byte a character (15)
 *
 * A key of other characters or more of them, and a value that is no number, stands beside them.
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

/** 4 MiB, of which the system gives what is written: what leads to a record stays in the cache. */
const PAGE_BITS = 17;
const PAGE_ROWS = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_ROWS - 1;
/** The first page grows from so few: a store of few keys is small, and made at once. */
const FIRST_ROWS = 64;

const BESIDE_BITS = 10;
const BESIDE_ROWS = 1 << BESIDE_BITS;
const BESIDE_MASK = BESIDE_ROWS - 1;

/** Three views of the same records. */
interface Page {
  readonly bytes: Uint8Array;
  readonly versions: Float64Array;
  readonly numbers: BigUint64Array;
}

type OtherValue = Exclude<Value, { readonly kind: 'u64' }>;

/** What the records of these rows cannot hold; made with the first of it. */
interface Beside {
  readonly values: (OtherValue | undefined)[];
  readonly keys: (string | undefined)[];
}

export class Rows {
  readonly #pages: Page[] = [];
  readonly #beside: (Beside | undefined)[] = [];
  readonly #free: number[] = [];
  #count = 0;
  #readAheadCount = 0;

  add(key: string, value: Value, version: number): number {
    const row = this.#free.pop() ?? this.#newRow();
    this.#setKey(row, key);
    this.set(row, value, version);
    return row;
  }

  set(row: number, value: Value, version: number): void {
    const page = this.#pageOf(row);
    const word = (row & PAGE_MASK) * RECORD_WORDS;
    page.versions[word] = version;
    if (value.kind !== 'u64') {
      this.#besideOf(row).values[row & BESIDE_MASK] = value;
      return;
    }
    page.numbers[word + 1] = value.value;
    const beside = this.#beside[row >> BESIDE_BITS];
    if (beside !== undefined) beside.values[row & BESIDE_MASK] = undefined;
  }

  get(row: number): VersionedValue {
    const page = this.#pageOf(row);
    const word = (row & PAGE_MASK) * RECORD_WORDS;
    const other = this.#beside[row >> BESIDE_BITS]?.values[row & BESIDE_MASK];
    const value = other ?? { kind: 'u64', value: page.numbers[word + 1]! };
    return { value, version: page.versions[word]! };
  }

  /** How many records have been fetched ahead. The engine would drop reads of which nothing is kept. */
  get readAheadCount(): number {
    return this.#readAheadCount;
  }

  /** Fetches the records of the first so many of these rows; a negative one is none. */
  readAhead(rows: Int32Array, rowCount: number): void {
    let count = 0;
    const pages = this.#pages;
    for (let i = 0; i < rowCount; i++) {
      const row = rows[i]!;
      if (row < 0) continue;
      const { bytes } = pages[row >> PAGE_BITS]!;
      if (bytes[(row & PAGE_MASK) * RECORD_BYTES + KEY_LENGTH_AT] !== FREE) count += 1;
    }
    this.#readAheadCount += count;
  }

  /** False where the row is free. */
  isKeyOf(row: number, key: string): boolean {
    const { bytes } = this.#pageOf(row);
    const from = (row & PAGE_MASK) * RECORD_BYTES;
    const length = bytes[from + KEY_LENGTH_AT]!;
    if (length > MAX_INLINE_KEY) return length === KEY_BESIDE && this.#keyBeside(row) === key;
    if (length !== key.length) return false;
    for (let i = 0; i < length; i++) {
      if (bytes[from + KEY_AT + i] !== key.charCodeAt(i)) return false;
    }
    return true;
  }

  /** How the row's key compares with this one by UTF-8 bytes: negative, zero or positive. */
  compareKey(row: number, key: string): number {
    const { bytes } = this.#pageOf(row);
    const from = (row & PAGE_MASK) * RECORD_BYTES;
    const length = bytes[from + KEY_LENGTH_AT]!;
    if (length === KEY_BESIDE) return compareKeys(this.#keyBeside(row), key);
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
    const { bytes } = this.#pageOf(row);
    const from = (row & PAGE_MASK) * RECORD_BYTES;
    const length = bytes[from + KEY_LENGTH_AT]!;
    if (length === FREE) return undefined;
    if (length === KEY_BESIDE) return this.#keyBeside(row);
    return String.fromCharCode(...bytes.subarray(from + KEY_AT, from + KEY_AT + length));
  }

  remove(row: number): void {
    const { bytes } = this.#pageOf(row);
    bytes[(row & PAGE_MASK) * RECORD_BYTES + KEY_LENGTH_AT] = FREE;
    const beside = this.#beside[row >> BESIDE_BITS];
    if (beside !== undefined) {
      beside.values[row & BESIDE_MASK] = undefined;
      beside.keys[row & BESIDE_MASK] = undefined;
    }
    this.#free.push(row);
  }

  /** Only here is room made: the row after the last one is the first that has none. */
  #newRow(): number {
    const row = this.#count;
    if (row >> PAGE_BITS === this.#pages.length) {
      this.#pages.push(makePage(row === 0 ? FIRST_ROWS : PAGE_ROWS));
    } else if (row === this.#pages[0]!.versions.length / RECORD_WORDS) {
      this.#pages[0] = grown(this.#pages[0]!);
    }
    if (row >> BESIDE_BITS === this.#beside.length) this.#beside.push(undefined);
    this.#count += 1;
    return row;
  }

  #setKey(row: number, key: string): void {
    const { bytes } = this.#pageOf(row);
    const from = (row & PAGE_MASK) * RECORD_BYTES;
    if (isInline(key)) {
      bytes[from + KEY_LENGTH_AT] = key.length;
      for (let i = 0; i < key.length; i++) bytes[from + KEY_AT + i] = key.charCodeAt(i);
      return;
    }
    bytes[from + KEY_LENGTH_AT] = KEY_BESIDE;
    this.#besideOf(row).keys[row & BESIDE_MASK] = key;
  }

  #keyBeside(row: number): string {
    return this.#beside[row >> BESIDE_BITS]!.keys[row & BESIDE_MASK]!;
  }

  #besideOf(row: number): Beside {
    return (this.#beside[row >> BESIDE_BITS] ??= makeBeside());
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

function makePage(rowCount: number): Page {
  const buffer = new ArrayBuffer(rowCount * RECORD_BYTES);
  return {
    bytes: new Uint8Array(buffer),
    versions: new Float64Array(buffer),
    numbers: new BigUint64Array(buffer),
  };
}

function grown({ bytes }: Page): Page {
  const page = makePage((2 * bytes.length) / RECORD_BYTES);
  page.bytes.set(bytes);
  return page;
}

function makeBeside(): Beside {
  return {
    values: new Array<OtherValue | undefined>(BESIDE_ROWS).fill(undefined),
    keys: new Array<string | undefined>(BESIDE_ROWS).fill(undefined),
  };
}
