/**
 * Rows give back what was put into them, beside neighbours that change.
 */

import fc from 'fast-check';
import { expect, it, vi } from 'vitest';

import { Rows } from '../../src/core/kv/rows.js';
import { utf8SizeBytes } from '../../src/core/kv/utf8.js';
import type { Value } from '../../src/core/kv/value.js';
import { aValue } from './arbitraries.js';

const aKey = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', 'x'.repeat(15), 'x'.repeat(16), 'x'.repeat(1_024), 'ÿ'.repeat(15), 'Ā'),
);

it('each row has its key, value and version, whatever its neighbours have', () => {
  const row = fc.record({ key: aKey, value: aValue, version: fc.maxSafeNat() });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.array(row, { maxLength: 30 }), (a, b) => {
      const rows = new Rows();
      const old = a.map(({ key, value, version }) => rows.add(key, value, version));
      for (const [i, at] of old.entries()) if (i % 2 === 0) rows.remove(at);
      const kept = a.map((item, i) => ({ item, at: old[i]! })).filter((_, i) => i % 2 === 1);
      const added = b.map((item) => ({ item, at: rows.add(item.key, item.value, item.version) }));
      for (const { item, at } of [...kept, ...added]) {
        expect(rows.get(at)).toEqual({ value: item.value, version: item.version });
        expect(rows.keyOf(at)).toBe(item.key);
        expect(rows.isKeyOf(at, item.key)).toBe(true);
        expect(rows.isKeyOf(at, `${item.key}x`)).toBe(false);
        const other = `${item.key.slice(1)}y`;
        expect(rows.isKeyOf(at, other)).toBe(item.key === other);
      }
    }),
  );
});

it('rows lie one beside the other over the ends of their pages, what no record holds too', () => {
  const rows = new Rows();
  const count = 140_000;
  const keyOf = (n: number): string =>
    n % 1_000 === 0 ? `a key of many characters ${n}` : `k${n}`;
  const valueOf = (n: number): Value =>
    n % 1_001 === 0 ? { kind: 'text', value: `v${n}` } : { kind: 'u64', value: BigInt(n) };
  for (let n = 0; n < count; n++) expect(rows.add(keyOf(n), valueOf(n), n)).toBe(n);
  for (const end of [0, 8_192, 16_384, 131_072, count - 5]) {
    for (let n = Math.max(0, end - 3); n < end + 3; n++) {
      expect([rows.keyOf(n), rows.get(n)]).toEqual([keyOf(n), { value: valueOf(n), version: n }]);
    }
  }
  for (let n = 0; n < count; n += 77) expect(rows.get(n).value).toEqual(valueOf(n));
  for (let n = 0; n < count; n += 1_000) expect(rows.keyOf(n)).toBe(keyOf(n));
});

it('a row compares with a key as their UTF-8 bytes do', () => {
  const aText = aKey.filter((key) => utf8SizeBytes(key) !== undefined);
  fc.assert(
    fc.property(aText, aText, (a, b) => {
      const rows = new Rows();
      const row = rows.add(a, { kind: 'u64', value: 0n }, 0);
      const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
      expect(Math.sign(rows.compareKey(row, b))).toBe(expected);
    }),
  );
});

it('a removed row has no key until it is used again, for a key of another length or kind', () => {
  const rows = new Rows();
  const row = rows.add('é'.repeat(100), { kind: 'text', value: 'long' }, 1);
  rows.remove(row);
  expect(rows.keyOf(row)).toBeUndefined();
  expect(rows.add('b', { kind: 'u64', value: 2n }, 2)).toBe(row);
  expect(rows.keyOf(row)).toBe('b');
  expect(rows.get(row)).toEqual({ value: { kind: 'u64', value: 2n }, version: 2 });
});

it('a removed row is of no key, of no length', () => {
  const rows = new Rows();
  const row = rows.add('', { kind: 'u64', value: 0n }, 0);
  rows.remove(row);
  for (let length = 0; length < 400; length++) {
    expect(rows.isKeyOf(row, '\0'.repeat(length))).toBe(false);
  }
});

it('rows beyond the first page are rows like any', () => {
  const rows = new Rows();
  const all = Array.from({ length: 20_000 }, (_, n) =>
    rows.add(`k${n}`, { kind: 'u64', value: BigInt(n) }, n),
  );
  for (const [n, row] of all.entries()) {
    expect(rows.keyOf(row)).toBe(`k${n}`);
    expect(rows.get(row)).toEqual({ value: { kind: 'u64', value: BigInt(n) }, version: n });
  }
});

it('R6: a row that was free is given again without room being made, also the first of a page', () => {
  const rows = new Rows();
  const value: Value = { kind: 'u64', value: 1n };
  const firstOfSecondPage = 2 ** 17;
  for (let i = 0; i <= firstOfSecondPage; i++) rows.add(`k${i}`, value, i);
  const made = vi.fn();
  const { ArrayBuffer: Original } = globalThis;
  class Counted extends Original {
    constructor(sizeBytes: number) {
      super(sizeBytes);
      made(sizeBytes);
    }
  }
  vi.stubGlobal('ArrayBuffer', Counted);
  try {
    rows.remove(firstOfSecondPage);
    expect(rows.add('again', value, 7)).toBe(firstOfSecondPage);
    expect(made).not.toHaveBeenCalled();
    for (let i = 1; i < firstOfSecondPage; i++) rows.add(`l${i}`, value, i);
    expect(made).not.toHaveBeenCalled();
    rows.add('first of the third page', value, 1);
    expect(made).toHaveBeenCalledTimes(1);
  } finally {
    vi.unstubAllGlobals();
  }
});
