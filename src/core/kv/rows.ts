/**
 * The value and version of each key, in columns: a row is a number, not an object.
 *
 * A store of millions of small values is bounded by what the engine keeps around each object, and by
 * how long it takes to walk over them; columns of numbers have neither. Pages never move: growth
 * copies nothing (R8). Invariant: a row is either free or belongs to one key of the store.
 */

import { assert } from '../assert.js';
import type { VersionedValue } from './command.js';
import type { Value } from './value.js';

const PAGE_BITS = 12;
const PAGE_ROWS = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_ROWS - 1;

interface Page {
  readonly versions: Float64Array;
  /** Where the row has no entry in `others`. */
  readonly numbers: BigUint64Array;
  /** Texts and bytes; made with the first of them. */
  others: (Exclude<Value, { readonly kind: 'u64' }> | undefined)[] | undefined;
}

export class Rows {
  readonly #pages: Page[] = [];
  readonly #free: number[] = [];
  #count = 0;

  add(value: Value, version: number): number {
    const row = this.#free.pop() ?? this.#count++;
    if (row >> PAGE_BITS === this.#pages.length) {
      const versions = new Float64Array(PAGE_ROWS);
      this.#pages.push({ versions, numbers: new BigUint64Array(PAGE_ROWS), others: undefined });
    }
    this.set(row, value, version);
    return row;
  }

  set(row: number, value: Value, version: number): void {
    const page = this.#pageOf(row);
    const at = row & PAGE_MASK;
    page.versions[at] = version;
    if (value.kind === 'u64') {
      page.numbers[at] = value.value;
      if (page.others !== undefined) page.others[at] = undefined;
      return;
    }
    page.others ??= new Array<undefined>(PAGE_ROWS).fill(undefined);
    page.others[at] = value;
  }

  get(row: number): VersionedValue {
    const page = this.#pageOf(row);
    const at = row & PAGE_MASK;
    const value = page.others?.[at] ?? { kind: 'u64', value: page.numbers[at]! };
    return { value, version: page.versions[at]! };
  }

  remove(row: number): void {
    const page = this.#pageOf(row);
    if (page.others !== undefined) page.others[row & PAGE_MASK] = undefined;
    this.#free.push(row);
  }

  #pageOf(row: number): Page {
    const page = this.#pages[row >> PAGE_BITS];
    assert(page !== undefined, `there is no row ${row}`);
    return page;
  }
}
