/**
 * The data: key → value and version, and what each operation does to it.
 *
 * A version is the log index of the key's last change. Pure and deterministic: the answer of an
 * operation depends on the operations before it and on nothing else. Values are never changed in
 * place, so a reply may share them; one of bytes is kept as it is given, which a decoder has copied.
 */

import { unreachable } from '../assert.js';
import { MAX_SCAN_BYTES, MAX_SCAN_LIMIT } from '../limits.js';
import type { Condition, Operation, OperationReply, VersionedValue } from './command.js';
import { KeyTable, NO_ROW } from './key-table.js';
import { OrderedKeys } from './ordered-keys.js';
import { Rows } from './rows.js';
import { compareKeys, utf8SizeBytes } from './utf8.js';
import { isEqualValue, isU64, valueSizeBytes, type Value } from './value.js';

/** What a store of fewer keys consists of lies in the processor's cache. */
const LARGE_SIZE = 32_768;

/** Keys are ordered by their UTF-8 bytes. */
export interface ScanBounds {
  readonly prefix: string;
  /** First key, inclusive; undefined: from the start. */
  readonly from: string | undefined;
  /** Last key, exclusive; undefined: to the end. */
  readonly to: string | undefined;
  readonly limit: number;
  /** From the last key down; `from` and `to` keep their meaning. */
  readonly isReverse: boolean;
  readonly isKeysOnly: boolean;
}

export interface StoredItem extends VersionedValue {
  readonly key: string;
}

export interface ScanResult {
  readonly items: readonly StoredItem[];
  /** True where the scan ended at a limit: ask on from the last key. */
  readonly hasMore: boolean;
}

/** Stands for the value in a scan of keys only. */
const NO_VALUE: Value = { kind: 'bytes', value: new Uint8Array(0) };
const ZERO: Value = { kind: 'u64', value: 0n };
/** What an item costs beside key and value in an answer, generously. */
const ITEM_OVERHEAD_BYTES = 32;

export class Store {
  readonly #rows = new Rows();
  readonly #table = new KeyTable(this.#rows);
  readonly #keys = new OrderedKeys(this.#rows);

  /** Whether a look-up has to wait for memory. */
  get isLarge(): boolean {
    return this.size >= LARGE_SIZE;
  }

  get size(): number {
    return this.#table.size;
  }

  get(key: string): VersionedValue | undefined {
    const row = this.#table.find(key);
    return row === NO_ROW ? undefined : this.#rows.get(row);
  }

  execute(operation: Operation, index: number): OperationReply {
    switch (operation.kind) {
      case 'put':
        return this.#put(operation.key, operation.value, operation.condition, index);
      case 'delete':
        return this.#delete(operation.keys);
      case 'increment':
        return this.#increment(operation.key, operation.by, index);
      case 'compareAndSet':
        return this.#compareAndSet(operation.key, operation, index);
      default:
        return unreachable(operation);
    }
  }

  /** At most `limit` items and about MAX_SCAN_BYTES, and at least one where there is one. */
  scan(bounds: ScanBounds): ScanResult {
    const from = laterKey(bounds.prefix, bounds.from ?? '');
    const limit = Math.min(bounds.limit, MAX_SCAN_LIMIT);
    const range = { from, to: bounds.to };
    const rows = bounds.isReverse
      ? this.#keys.descending({ from, to: earlierKey(bounds.to, afterPrefix(bounds.prefix)) })
      : this.#keys.ascending(range);
    const items: StoredItem[] = [];
    let sizeBytes = 0;
    for (const row of rows) {
      const key = this.#rows.keyOf(row)!;
      if (!key.startsWith(bounds.prefix)) break;
      const found = this.#rows.get(row);
      const value = bounds.isKeysOnly ? NO_VALUE : found.value;
      sizeBytes += (utf8SizeBytes(key) ?? 0) + valueSizeBytes(value) + ITEM_OVERHEAD_BYTES;
      if (items.length >= limit || (items.length > 0 && sizeBytes > MAX_SCAN_BYTES)) {
        return { items, hasMore: true };
      }
      items.push({ key, value, version: found.version });
    }
    return { items, hasMore: false };
  }

  /** Sorts noted keys into the order; false when none is left. Changes no answer. */
  sortKeys(atMost: number): boolean {
    return this.#keys.sortIn(atMost);
  }

  /** Canonical: by key. */
  *entries(): Generator<StoredItem, void> {
    for (const row of this.#keys.ascending({ from: '', to: undefined })) {
      yield { key: this.#rows.keyOf(row)!, ...this.#rows.get(row) };
    }
  }

  /** See `KeyTable.readAhead`. */
  readAhead(keys: readonly string[]): void {
    this.#table.readAhead(keys);
  }

  #set(key: string, value: Value, version: number): void {
    const known = this.#table.find(key);
    if (known !== NO_ROW) {
      this.#rows.set(known, value, version);
      return;
    }
    const row = this.#rows.add(key, value, version);
    this.#table.add(key, row);
    this.#keys.added(row, this.size);
  }

  #put(key: string, value: Value, condition: Condition | undefined, index: number): OperationReply {
    if (condition !== undefined) {
      const actual = this.get(key);
      const isMet =
        condition.kind === 'absent' ? actual === undefined : actual?.version === condition.version;
      if (!isMet) return { kind: 'conditionFailed', actual };
    }
    this.#set(key, value, index);
    return { kind: 'stored', version: index };
  }

  #delete(keys: readonly string[]): OperationReply {
    let count = 0;
    for (const key of keys) {
      const row = this.#table.find(key);
      if (row === NO_ROW) continue;
      this.#keys.removing(row);
      this.#table.remove(key, row);
      this.#rows.remove(row);
      count += 1;
    }
    return { kind: 'deleted', count };
  }

  #increment(key: string, by: bigint, index: number): OperationReply {
    const actual = this.get(key);
    const value = actual?.value ?? ZERO;
    if (value.kind !== 'u64') return { kind: 'notANumber' };
    const sum = value.value + by;
    if (!isU64(sum)) return { kind: 'overflow' };
    this.#set(key, { kind: 'u64', value: sum }, index);
    return { kind: 'number', value: sum, version: index };
  }

  #compareAndSet(
    key: string,
    change: { readonly expected: Value; readonly replacement: Value },
    index: number,
  ): OperationReply {
    const actual = this.get(key);
    if (actual === undefined || !isEqualValue(actual.value, change.expected)) {
      return { kind: 'conditionFailed', actual };
    }
    this.#set(key, change.replacement, index);
    return { kind: 'swapped', version: index };
  }
}

function laterKey(a: string, b: string): string {
  return compareKeys(a, b) >= 0 ? a : b;
}

function earlierKey(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return compareKeys(a, b) <= 0 ? a : b;
}

/** The first key behind all keys with this prefix; undefined where nothing lies behind them. */
function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0)!);
  while (points.length > 0) {
    const last = points.pop()!;
    if (last === 0x10ffff) continue;
    // Between U+D7FF and U+E000 lie the surrogates, which are no code points of a key.
    points.push(last === 0xd7ff ? 0xe000 : last + 1);
    return String.fromCodePoint(...points);
  }
  return undefined;
}
