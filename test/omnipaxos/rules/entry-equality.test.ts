/**
 * When two entries are the same: decided prefixes are compared by value, not by identity (H3).
 */

import { describe, expect, test } from 'vitest';
import { areEntriesEqual } from '../../../src/core/omnipaxos/entry-equality.js';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('entries are equal', () => {
  test.each([
    ['the same text', 'a', 'a'],
    ['not-a-number', Number.NaN, Number.NaN],
    ['null', null, null],
    ['copies of the same bytes', bytes(1, 2), bytes(1, 2)],
    ['empty bytes', bytes(), bytes()],
    ['copies of an object, in another order', { a: 1, b: 'x' }, { b: 'x', a: 1 }],
    ['copies of nested values', { a: [1, { b: bytes(7) }] }, { a: [1, { b: bytes(7) }] }],
    ['empty objects', {}, {}],
    ['empty lists', [], []],
  ])('%s', (_name, a, b) => {
    expect([areEntriesEqual(a, b), areEntriesEqual(b, a)]).toEqual([true, true]);
  });
});

describe('entries differ', () => {
  test.each([
    ['in a text', 'a', 'b'],
    ['in the kind of a value', 1, '1'],
    ['a text from an object', 'a', {}],
    ['an undefined value from an object', undefined, {}],
    ['null from an object', null, {}],
    ['null from bytes', null, bytes()],
    ['a text from empty bytes', 'a', bytes()],
    ['in one byte', bytes(1, 2, 3), bytes(1, 9, 3)],
    ['in every byte', bytes(1, 2), bytes(3, 4)],
    ['in the number of bytes', bytes(1, 2), bytes(1, 2, 3)],
    ['bytes from the list of them', bytes(1, 2), [1, 2]],
    ['bytes from an object with the same keys', bytes(7), { 0: 7 }],
    ['a list from an object with the same keys', [7], { 0: 7 }],
    ['an empty list from an empty object', [], {}],
    ['in one of several fields', { a: 1, b: 2 }, { a: 1, b: 3 }],
    ['in a field that only one has', { a: 1 }, { a: 1, b: 2 }],
    ['in the name of a field', { a: undefined }, { b: undefined }],
    ['deep inside', { a: [1, { b: bytes(7) }] }, { a: [1, { b: bytes(8) }] }],
    ['in the length of a list', [1, 2], [1, 2, 3]],
  ])('%s', (_name, a, b) => {
    expect([areEntriesEqual(a, b), areEntriesEqual(b, a)]).toEqual([false, false]);
  });
});
