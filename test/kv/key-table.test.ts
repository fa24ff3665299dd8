/**
 * The hash table of keys against a Map, while its pages split, grow and lose keys.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hashKey, KeyTable, NO_ROW } from '../../src/core/kv/key-table.js';
import { Rows } from '../../src/core/kv/rows.js';

const VALUE = { kind: 'u64', value: 0n } as const;

class Tested {
  readonly rows = new Rows();
  readonly table: KeyTable;
  readonly model = new Map<string, number>();

  constructor(
    options: { readonly hash?: (key: string) => number; readonly pageSlots?: number } = {},
  ) {
    this.table = new KeyTable(this.rows, options);
  }

  /** Adds the key where it is missing, else removes it. */
  toggle(key: string): void {
    const row = this.model.get(key);
    expect(this.table.find(key)).toBe(row ?? NO_ROW);
    if (row === undefined) {
      const added = this.rows.add(key, VALUE, 0);
      this.table.add(key, added);
      this.model.set(key, added);
    } else {
      this.table.remove(key, row);
      this.rows.remove(row);
      this.model.delete(key);
    }
  }

  /** In groups, as the commands of a batch come. */
  readAhead(keys: readonly string[]): void {
    for (let at = 0; at < keys.length; at += 250) this.table.readAhead(keys.slice(at, at + 250));
  }

  check(keys: Iterable<string>): void {
    expect(this.table.size).toBe(this.model.size);
    for (const key of keys) expect(this.table.find(key)).toBe(this.model.get(key) ?? NO_ROW);
  }
}

/** Few slots for many keys: probes run into each other, and over the end of the page. */
const CROWDED: Record<string, (key: string) => number> = {
  'all alike': () => 7,
  'in the last slots': (key) => -1 - (hashKey(key) & 3),
  'each its own': hashKey,
};

describe.each(Object.entries(CROWDED))('keys whose hashes are %s', (_, hash) => {
  it('are found exactly while they are stored', () => {
    const few = fc.integer({ min: 0, max: 20 }).map((n) => `key ${n}`);
    fc.assert(
      fc.property(fc.array(few, { maxLength: 200 }), (steps) => {
        const tested = new Tested({ hash });
        for (const key of steps) tested.toggle(key);
        tested.check(new Set(steps));
      }),
    );
  });

  it('are found as well after they were looked up ahead, whatever changes in between', () => {
    const few = fc.integer({ min: 0, max: 20 }).map((n) => `key ${n}`);
    const keys = fc.array(few, { maxLength: 40 });
    fc.assert(
      fc.property(keys, keys, fc.infiniteStream(fc.boolean()), (before, ahead, isAsked) => {
        const tested = new Tested({ hash });
        for (const key of before) tested.toggle(key);
        tested.table.readAhead(ahead);
        for (const key of ahead) if (isAsked.next().value) tested.toggle(key);
        tested.check([...before, ...ahead]);
      }),
    );
  });
});

it('finds each of 30,000 keys after its pages have split, and none that was removed', () => {
  const tested = new Tested({ pageSlots: 512 });
  const keys = Array.from({ length: 30_000 }, (_, n) => `user/${n}`);
  for (const key of keys) tested.toggle(key);
  tested.check(keys);
  for (const key of keys.filter((_, n) => n % 3 === 0)) tested.toggle(key);
  tested.check(keys);
  for (const key of keys.filter((_, n) => n % 6 === 0)) tested.toggle(key);
  tested.check([...keys, 'user/30000', '']);
});

it('holds more keys of one hash than a page has slots, without a page for each bit of it', () => {
  const tested = new Tested({ hash: () => 0x12345678, pageSlots: 8_192 });
  const keys = Array.from({ length: 7_000 }, (_, n) => `k${n}`);
  for (const key of keys) tested.toggle(key);
  tested.check(keys);
});

it('reads ahead what it holds, and nothing changes', () => {
  const tested = new Tested({ pageSlots: 512 });
  const keys = Array.from({ length: 5_000 }, (_, n) => `user/${n}`);
  for (const key of keys) tested.toggle(key);
  tested.readAhead(keys);
  expect(tested.rows.readAheadCount).toBe(5_000);
  tested.check(keys);
  tested.table.readAhead(['none', 'of', 'these']);
  for (const key of keys) tested.toggle(key);
  const before = tested.rows.readAheadCount;
  tested.readAhead(keys);
  expect(tested.rows.readAheadCount).toBe(before);
});

it('hashes a key once that was looked up ahead, also where all of them begin in one slot', () => {
  let count = 0;
  const hash = (key: string): number => {
    count += 1;
    return Number(key) << 8;
  };
  const tested = new Tested({ hash });
  const keys = Array.from({ length: 100 }, (_, n) => String(n));
  for (const key of keys) tested.toggle(key);
  count = 0;
  tested.table.readAhead(keys);
  expect(keys.map((key) => tested.table.find(key))).toEqual([...tested.model.values()]);
  expect(count).toBe(keys.length);
});

it('finds the keys of a group beyond those that it looks up ahead', () => {
  const tested = new Tested();
  const keys = Array.from({ length: 1_000 }, (_, n) => `user/${n}`);
  for (const key of keys) tested.toggle(key);
  tested.table.readAhead(keys);
  tested.check(keys);
});

it('stops rather than seek for ever where a key is removed that it does not hold', () => {
  const tested = new Tested();
  tested.toggle('a');
  expect(() => {
    tested.table.remove('b', 7);
  }).toThrow('row 7 is not in the table under its key');
});

it('spreads keys that differ in one digit over pages and slots', () => {
  const hashes = Array.from({ length: 4_096 }, (_, n) => hashKey(`key${n}`));
  for (const part of [(hash: number) => hash >>> 24, (hash: number) => hash & 0xff]) {
    const counts = new Uint32Array(256);
    for (const hash of hashes) counts[part(hash)]! += 1;
    // 16 each on average.
    expect(Math.max(...counts)).toBeLessThan(48);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  }
});
