/**
 * The order of keys, sorted in little by little in idle moments.
 */

import { expect, it } from 'vitest';

import { OrderedKeys, type KeyBounds } from '../../src/core/kv/ordered-keys.js';
import { Rows } from '../../src/core/kv/rows.js';

const everything: KeyBounds = { from: '', to: undefined };

/** Rows and the order over them, as the store keeps them. */
class Tested {
  readonly rows = new Rows();
  readonly order = new OrderedKeys(this.rows);

  /** Adds the key, not sorted in yet; gives its row. */
  add(key: string): number {
    const row = this.rows.add(key, { kind: 'u64', value: 0n }, 0);
    this.order.added(row, 4);
    return row;
  }

  remove(row: number): void {
    this.order.removing(row);
    this.rows.remove(row);
  }

  keys(isReverse = false): (string | undefined)[] {
    const { order } = this;
    const rows = isReverse ? order.descending(everything) : order.ascending(everything);
    return [...rows].map((row) => this.rows.keyOf(row));
  }
}

it('is sorted in by at most so many keys at a time, and says when none is left', () => {
  const tested = new Tested();
  for (const key of ['d', 'b', 'a', 'c']) tested.add(key);
  const { order } = tested;
  // In pieces smaller than the rest, so that it is not built anew in one go.
  expect([order.sortIn(1), order.sortIn(1), order.sortIn(2)]).toEqual([true, true, false]);
  expect(order.sortIn(10)).toBe(false);
  expect(tested.keys()).toEqual(['a', 'b', 'c', 'd']);
});

it('has each key once, however often it was removed and added before it was sorted in', () => {
  const tested = new Tested();
  tested.add('b');
  let a = tested.add('a');
  for (let i = 0; i < 5; i++) {
    tested.remove(a);
    a = tested.add('a');
  }
  expect(tested.keys()).toEqual(['a', 'b']);
  tested.remove(a);
  tested.add('a');
  expect(tested.keys(true)).toEqual(['b', 'a']);
});

it('has the key that a row holds by now where the row changed hands before it was sorted in', () => {
  const tested = new Tested();
  const old = tested.add('old');
  tested.add('b');
  tested.remove(old);
  expect(tested.add('new')).toBe(old);
  tested.order.sortIn(1);
  expect(tested.keys()).toEqual(['b', 'new']);
  tested.remove(old);
  expect(tested.keys()).toEqual(['b']);
});

it('begins again from nothing after its last key was removed', () => {
  const tested = new Tested();
  const a = tested.add('a');
  tested.order.sortIn(1);
  tested.remove(a);
  expect(tested.keys()).toEqual([]);
  tested.add('b');
  expect(tested.keys()).toEqual(['b']);
});
