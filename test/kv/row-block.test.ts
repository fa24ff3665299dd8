/**
 * A block of rows against an array.
 */

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { RowBlock } from '../../src/core/kv/row-block.js';

const CAPACITY = 1_024;

function blockOf(rows: readonly number[]): RowBlock {
  const block = new RowBlock();
  for (const row of rows) block.push(row);
  return block;
}

it('holds its rows in the order that it is given, as an array does', () => {
  const step = fc.record({ kind: fc.constantFrom('insert', 'remove', 'pop'), at: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const block = new RowBlock();
      const model: number[] = [];
      for (const [row, { kind, at }] of steps.entries()) {
        if (kind === 'insert') {
          const index = at % (model.length + 1);
          block.insert(index, row);
          model.splice(index, 0, row);
        } else if (model.length > 0 && kind === 'remove') {
          block.removeAt(at % model.length);
          model.splice(at % model.length, 1);
        } else if (model.length > 0) {
          expect(block.pop()).toBe(model.pop());
        }
        expect([...block]).toEqual(model);
        if (model.length > 0) expect(block.last).toBe(model.at(-1));
      }
    }),
  );
});

it.each([2, 3, CAPACITY])(
  'of %i rows keeps the lower half and gives the upper one away',
  (count) => {
    const rows = Array.from({ length: count }, (_, n) => n);
    const block = blockOf(rows);
    const upper = block.split();
    expect([...block, ...upper]).toEqual(rows);
    expect(block.count).toBe(Math.floor(count / 2));
  },
);

it('is full with 1,024 rows and takes no other; it has no row beyond its last', () => {
  const block = blockOf(Array.from({ length: CAPACITY - 1 }, (_, n) => n));
  expect(block.isFull).toBe(false);
  block.push(7);
  expect(block.isFull).toBe(true);
  expect(() => {
    block.push(8);
  }).toThrow('a full block is split first');
  block.removeAt(0);
  expect(() => block.at(CAPACITY - 1)).toThrow('a row that it has');
});
