/**
 * R2: what lies behind decidedIdx is counted exactly, however the log is cut and decided.
 */

import { describe, expect, test } from 'vitest';
import { UndecidedSizes } from '../../../src/core/omnipaxos/undecided-sizes.js';

function sizesOf(...sizes: number[]) {
  const undecided = new UndecidedSizes();
  for (const size of sizes) undecided.append(size);
  return undecided;
}

describe('R2: the bytes behind decidedIdx', () => {
  test('are those of the entries that were neither decided nor cut', () => {
    const undecided = sizesOf(1, 10, 100, 1_000);
    undecided.decide(1);
    expect(undecided.totalBytes).toBe(1_110);
    undecided.keep(2);
    expect(undecided.totalBytes).toBe(110);
    undecided.append(7);
    undecided.keep(3);
    expect(undecided.totalBytes).toBe(117);
    undecided.decide(3);
    expect(undecided.totalBytes).toBe(0);
  });

  test('a cut behind the end removes nothing', () => {
    const undecided = sizesOf(1, 10);
    undecided.keep(5);
    expect(undecided.totalBytes).toBe(11);
  });

  test('stay exact over a long log, in which decided sizes are dropped now and then', () => {
    const undecided = new UndecidedSizes();
    const model: number[] = [];
    for (let i = 0; i < 6_000; i++) {
      const size = 1 + (i % 13);
      undecided.append(size);
      model.push(size);
      if (i % 3 !== 0) {
        undecided.decide(1);
        model.shift();
      }
      if (i % 97 === 0) {
        undecided.keep(model.length - 1);
        model.pop();
      }
    }
    const expected = model.reduce((sum, size) => sum + size, 0);
    expect(undecided.totalBytes).toBe(expected);
    undecided.decide(model.length);
    expect(undecided.totalBytes).toBe(0);
  });

  test('no more can be decided than was appended, also after some was decided', () => {
    const undecided = sizesOf(1, 10, 100);
    undecided.decide(2);
    expect(() => undecided.decide(2)).toThrow('appended before');
  });
});
