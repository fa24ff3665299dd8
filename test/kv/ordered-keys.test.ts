/**
 * The order of keys, sorted in little by little in idle moments.
 */

import { expect, it } from 'vitest';

import { OrderedKeys } from '../../src/core/kv/ordered-keys.js';

const everything = { from: '', to: undefined };

/** The order over rows that hold these keys, all of them noted. */
function noted(keys: readonly (string | undefined)[]): OrderedKeys {
  const order = new OrderedKeys((row) => keys[row]);
  for (const row of keys.keys()) order.added(row, keys.length);
  return order;
}

it('is sorted in by at most so many keys at a time, and says when none is left', () => {
  const order = noted(['d', 'b', 'a', 'c']);
  // In pieces smaller than the rest, so that it is not built anew in one go.
  expect([order.sortIn(1), order.sortIn(1), order.sortIn(2)]).toEqual([true, true, false]);
  expect(order.sortIn(10)).toBe(false);
  expect([...order.ascending(everything)]).toEqual(['a', 'b', 'c', 'd']);
});

it('has each key once, however often it was removed and added before it was sorted in', () => {
  const order = noted(['b', 'a']);
  for (let i = 0; i < 5; i++) {
    order.removed('a');
    order.added(1, 2);
  }
  expect([...order.ascending(everything)]).toEqual(['a', 'b']);
  order.removed('a');
  order.added(1, 2);
  expect([...order.descending(everything)]).toEqual(['b', 'a']);
});

it('has the key that a row holds by now where the row changed hands before it was sorted in', () => {
  const keys: (string | undefined)[] = ['old', 'b'];
  const order = noted(keys);
  order.removed('old');
  keys[0] = 'new';
  order.added(0, 2);
  expect([...order.ascending(everything)]).toEqual(['b', 'new']);
  order.removed('new');
  keys[0] = undefined;
  expect([...order.ascending(everything)]).toEqual(['b']);
});

it('begins again from nothing after its last key was removed', () => {
  const keys: (string | undefined)[] = ['a'];
  const order = noted(keys);
  order.sortIn(1);
  order.removed('a');
  keys[0] = undefined;
  expect([...order.ascending(everything)]).toEqual([]);
  keys[0] = 'b';
  order.added(0, 1);
  expect([...order.ascending(everything)]).toEqual(['b']);
});
