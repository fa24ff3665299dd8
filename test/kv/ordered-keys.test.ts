/**
 * The order of keys, sorted in little by little in idle moments.
 */

import { expect, it } from 'vitest';

import { OrderedKeys } from '../../src/core/kv/ordered-keys.js';

const everything = { from: '', to: undefined };

function noted(keys: readonly string[]): OrderedKeys {
  const order = new OrderedKeys((key) => keys.includes(key));
  for (const key of keys) order.added(key, keys.length);
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
    order.added('a', 2);
  }
  expect([...order.ascending(everything)]).toEqual(['a', 'b']);
  order.removed('a');
  order.added('a', 2);
  expect([...order.descending(everything)]).toEqual(['b', 'a']);
});

it('begins again from nothing after its last key was removed', () => {
  const stored = new Set(['a']);
  const order = new OrderedKeys((key) => stored.has(key));
  order.added('a', 1);
  order.sortIn(1);
  order.removed('a');
  stored.delete('a');
  expect([...order.ascending(everything)]).toEqual([]);
  stored.add('b');
  order.added('b', 1);
  expect([...order.ascending(everything)]).toEqual(['b']);
});
