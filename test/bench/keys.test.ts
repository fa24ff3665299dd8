/** Which keys a load is about. */

import { expect, it } from 'vitest';

import { keyDraw, keyName } from '../../bench/keys.js';

/** `count` numbers, evenly from 0 to 1. */
function evenly(count: number): () => number {
  let i = 0;
  return () => (i++ + 0.5) / count;
}

function countsOf(distribution: 'uniform' | 'zipf', keyCount: number, draws: number): number[] {
  const draw = keyDraw({ distribution, keyCount, random: evenly(draws) });
  const counts = Array.from({ length: keyCount }, () => 0);
  for (let i = 0; i < draws; i++) {
    const key = draw();
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

it('uniform draws each key as often as the others', () => {
  expect(countsOf('uniform', 10, 1_000)).toEqual(Array.from({ length: 10 }, () => 100));
});

it('zipf draws key k in proportion to 1 / (k + 1)^0.99', () => {
  const counts = countsOf('zipf', 1_000, 100_000);
  const first = counts[0] ?? 0;
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100_000);
  expect((counts[1] ?? 0) / first).toBeCloseTo(2 ** -0.99, 2);
  expect((counts[9] ?? 0) / first).toBeCloseTo(10 ** -0.99, 2);
  expect(first / 100_000).toBeCloseTo(0.13, 2);
});

it('the edges of the random number stay within the keys', () => {
  for (const distribution of ['uniform', 'zipf'] as const) {
    for (const random of [0, 1 - 2 ** -53]) {
      const draw = keyDraw({ distribution, keyCount: 5, random: () => random });
      expect(draw()).toBe(random === 0 ? 0 : 4);
    }
    expect(keyDraw({ distribution, keyCount: 1, random: () => 0.7 })()).toBe(0);
  }
});

it('keys below a million are called by six digits, further ones by more', () => {
  for (const key of [0, 7, 99, 100, 999, 1_000, 1_007, 20_500, 999_999]) {
    expect(keyName(key)).toBe(`bench-${String(key).padStart(6, '0')}`);
  }
  expect(keyName(1_000_000)).toBe('bench-001000000');
  expect(keyName(123_004_056)).toBe('bench-123004056');
});
