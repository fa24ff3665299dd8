/**
 * The store against a model that is too simple to be wrong.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Operation, OperationReply, VersionedValue } from '../../src/core/kv/command.js';
import { Store, type ScanBounds } from '../../src/core/kv/store.js';
import { MAX_U64, type Value } from '../../src/core/kv/value.js';
import { MAX_SCAN_BYTES, MAX_SCAN_LIMIT, MAX_VALUE_BYTES } from '../../src/core/limits.js';
import { anOperation, KEYS } from './arbitraries.js';

const u64 = (value: bigint): Value => ({ kind: 'u64', value });
const text = (value: string): Value => ({ kind: 'text', value });
const put = (key: string, value: Value): Operation => ({
  kind: 'put',
  key,
  value,
  condition: undefined,
});
const everything: ScanBounds = {
  prefix: '',
  from: undefined,
  to: undefined,
  limit: 1_000,
  isReverse: false,
  isKeysOnly: false,
};

/** Values by their printed form, so that equality needs no code of the product. */
const print = (value: Value): string =>
  `${value.kind}:${value.kind === 'bytes' ? [...value.value].join() : value.value.toString()}`;

class Model {
  readonly data = new Map<string, VersionedValue>();

  execute(operation: Operation, index: number): OperationReply {
    if (operation.kind === 'delete') {
      const held = new Set(operation.keys.filter((key) => this.data.has(key)));
      for (const key of held) this.data.delete(key);
      return { kind: 'deleted', count: held.size };
    }
    const actual = this.data.get(operation.key);
    if (operation.kind === 'increment') {
      const held = actual?.value ?? u64(0n);
      if (held.kind !== 'u64') return { kind: 'notANumber' };
      const before = held.value;
      if (before + operation.by > MAX_U64) return { kind: 'overflow' };
      this.data.set(operation.key, { value: u64(before + operation.by), version: index });
      return { kind: 'number', value: before + operation.by, version: index };
    }
    if (operation.kind === 'compareAndSet') {
      if (actual === undefined || print(actual.value) !== print(operation.expected)) {
        return { kind: 'conditionFailed', actual };
      }
      this.data.set(operation.key, { value: operation.replacement, version: index });
      return { kind: 'swapped', version: index };
    }
    const { condition } = operation;
    if (condition?.kind === 'absent' && actual !== undefined) {
      return { kind: 'conditionFailed', actual };
    }
    if (condition?.kind === 'version' && actual?.version !== condition.version) {
      return { kind: 'conditionFailed', actual };
    }
    this.data.set(operation.key, { value: operation.value, version: index });
    return { kind: 'stored', version: index };
  }

  scan(bounds: ScanBounds): { key: string; version: number }[] {
    const keys = [...this.data.keys()]
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .filter((key) => key.startsWith(bounds.prefix))
      .filter((key) => bounds.from === undefined || order(key, bounds.from) >= 0)
      .filter((key) => bounds.to === undefined || order(key, bounds.to) < 0);
    if (bounds.isReverse) keys.reverse();
    return keys
      .slice(0, bounds.limit)
      .map((key) => ({ key, version: this.data.get(key)!.version }));
  }
}

const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

const someBounds: fc.Arbitrary<ScanBounds> = fc.record({
  prefix: fc.constantFrom('', 'a', 'user/', '😀', 'zz', '\ud7ff', '\u{10ffff}'),
  from: fc.option(fc.constantFrom(...KEYS, '', 'user/'), { nil: undefined }),
  to: fc.option(fc.constantFrom(...KEYS, '', 'user/2\0'), { nil: undefined }),
  limit: fc.integer({ min: 1, max: 5 }),
  isReverse: fc.boolean(),
  isKeysOnly: fc.constant(false),
});

it('answers and scans as the model does, in any order of operations and scans', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anOperation, someBounds), { maxLength: 60 }), (steps) => {
      const store = new Store();
      const model = new Model();
      for (const [at, step] of steps.entries()) {
        if ('kind' in step) {
          expect(store.execute(step, at + 1)).toEqual(model.execute(step, at + 1));
        } else {
          const { items, hasMore } = store.scan(step);
          const all = model.scan({ ...step, limit: 1_000 });
          expect(items.map(({ key, version }) => ({ key, version }))).toEqual(model.scan(step));
          expect(hasMore).toBe(all.length > items.length);
        }
      }
      expect([...store.entries()].map((item) => item.key)).toEqual(
        model.scan(everything).map((item) => item.key),
      );
      for (const key of KEYS) expect(store.get(key)).toEqual(model.data.get(key));
      expect(store.size).toBe(model.data.size);
    }),
    { numRuns: 400 },
  );
});

describe('a scan backwards from the end of a prefix', () => {
  const scanned = (keys: readonly string[], bounds: Partial<ScanBounds>): string[] => {
    const store = new Store();
    for (const [at, key] of keys.entries()) store.execute(put(key, u64(1n)), at + 1);
    return store.scan({ ...everything, isReverse: true, ...bounds }).items.map((item) => item.key);
  };

  it('passes over the keys behind the prefix', () => {
    expect(scanned(['a', 'ab', 'b', 'c'], { prefix: 'a' })).toEqual(['ab', 'a']);
    expect(scanned(['a', 'ab', 'b', 'c'], { prefix: 'a', to: 'c' })).toEqual(['ab', 'a']);
    expect(scanned(['a', 'ab', 'b', 'c'], { prefix: 'a', to: 'ab' })).toEqual(['a']);
  });

  it('knows that the surrogates are no keys, and that nothing lies behind the last code point', () => {
    expect(scanned(['\ud7ffx', '\ue000'], { prefix: '\ud7ff' })).toEqual(['\ud7ffx']);
    expect(scanned(['a\u{10ffff}x', 'b'], { prefix: 'a\u{10ffff}' })).toEqual(['a\u{10ffff}x']);
    expect(scanned(['\u{10ffff}x'], { prefix: '\u{10ffff}' })).toEqual(['\u{10ffff}x']);
  });
});

it('keeps thousands of keys in order while they come and go', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(6_000)), fc.nat(4), (stream, scansEvery) => {
      const store = new Store();
      const model = new Set<string>();
      for (let step = 0; step < 8_000; step++) {
        const key = `k${stream.next().value as number}`;
        if (model.has(key) && step % 3 === 0) {
          store.execute({ kind: 'delete', keys: [key] }, step);
          model.delete(key);
        } else {
          store.execute(put(key, u64(1n)), step);
          model.add(key);
        }
        if (scansEvery > 0 && step % (scansEvery * 500) === 0)
          store.scan({ ...everything, limit: 1 });
        if (scansEvery === 1) store.sortKeys(1);
      }
      expect([...store.entries()].map((item) => item.key)).toEqual([...model].sort());
    }),
    { numRuns: 8 },
  );
});

it('does not grow with keys that come and go unseen', () => {
  const store = new Store();
  for (let round = 0; round < 20_000; round++) {
    store.execute(put('k', u64(1n)), round);
    store.execute({ kind: 'delete', keys: ['k'] }, round);
  }
  expect([...store.entries()]).toEqual([]);
  expect(store.sortKeys(0)).toBe(false);
});

describe('a scan', () => {
  it('ends at a limit of bytes, but never before its first item', () => {
    const store = new Store();
    const large: Value = { kind: 'bytes', value: new Uint8Array(MAX_VALUE_BYTES) };
    for (const key of ['a', 'b', 'c']) store.execute(put(key, large), 1);
    const first = store.scan(everything);
    expect(first.items.map((item) => item.key)).toEqual(['a']);
    expect(first.hasMore).toBe(true);
    const last = store.scan({ ...everything, from: 'b\0' });
    expect(last.items.map((item) => item.key)).toEqual(['c']);
    expect(last.hasMore).toBe(false);
    expect(MAX_SCAN_BYTES).toBeLessThanOrEqual(MAX_VALUE_BYTES);
  });

  it('of keys only leaves out the values, and the bytes they would take', () => {
    const store = new Store();
    const large: Value = { kind: 'bytes', value: new Uint8Array(MAX_VALUE_BYTES) };
    for (const key of ['a', 'b', 'c']) store.execute(put(key, large), 7);
    const { items } = store.scan({ ...everything, isKeysOnly: true });
    expect(items.map((item) => [item.key, item.version])).toEqual([
      ['a', 7],
      ['b', 7],
      ['c', 7],
    ]);
    expect(
      items.every((item) => item.value.kind === 'bytes' && item.value.value.length === 0),
    ).toBe(true);
  });

  it('has its own largest number of items', () => {
    const store = new Store();
    for (let at = 0; at <= MAX_SCAN_LIMIT; at++) store.execute(put(`k${at}`, u64(1n)), 1);
    const { items, hasMore } = store.scan({ ...everything, limit: Number.MAX_SAFE_INTEGER });
    expect(items).toHaveLength(MAX_SCAN_LIMIT);
    expect(hasMore).toBe(true);
  });
});

describe('increment', () => {
  it('counts a missing key from 0 and is exact beyond 2^53', () => {
    const store = new Store();
    expect(store.execute({ kind: 'increment', key: 'n', by: 9007199254740993n }, 3)).toEqual({
      kind: 'number',
      value: 9007199254740993n,
      version: 3,
    });
  });

  it('changes nothing on overflow or on a text', () => {
    const store = new Store();
    store.execute(put('n', u64(MAX_U64)), 1);
    store.execute(put('t', text('5')), 2);
    expect(store.execute({ kind: 'increment', key: 'n', by: 1n }, 3)).toEqual({ kind: 'overflow' });
    expect(store.execute({ kind: 'increment', key: 't', by: 1n }, 4)).toEqual({
      kind: 'notANumber',
    });
    expect(store.get('n')).toEqual({ value: u64(MAX_U64), version: 1 });
    expect(store.get('t')).toEqual({ value: text('5'), version: 2 });
  });
});

it('counts a key that is named twice in a delete once', () => {
  const store = new Store();
  store.execute(put('a', u64(1n)), 1);
  expect(store.execute({ kind: 'delete', keys: ['a', 'a', 'b'] }, 2)).toEqual({
    kind: 'deleted',
    count: 1,
  });
});
