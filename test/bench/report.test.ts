/**
 * Ratios are taken within a repetition, so that a machine that drifts does not decide.
 */

import { expect, it } from 'vitest';

import { median, ratiosOf, renderRatios, renderResults } from '../../bench/report.js';

function measured(system: string, repetition: number, opsPerSecond: number) {
  const rest = { operationCount: 1, p50Ms: 1, p99Ms: 2, p999Ms: 3, p9999Ms: 4, maxMs: 5 };
  return { system, repetition, result: { opsPerSecond, ...rest } };
}

const DRIFTING = [
  measured('omnikv', 1, 100),
  measured('skeleton', 1, 200),
  measured('omnikv', 2, 10),
  measured('skeleton', 2, 20),
  measured('omnikv', 3, 300),
  measured('skeleton', 3, 400),
];

it('a median of an even number of values is the middle of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

it('compares each repetition with itself', () => {
  expect(ratiosOf(DRIFTING, 'omnikv', 'skeleton')).toEqual([0.5, 0.5, 0.75]);
  expect(renderRatios(DRIFTING, 'omnikv').split('\n')[1]).toMatch(
    /^omnikv \/ skeleton +0\.50 +0\.50 +0\.75$/,
  );
});

it('leaves out a repetition that has no pair', () => {
  expect(ratiosOf(DRIFTING.slice(0, 5), 'omnikv', 'skeleton')).toEqual([0.5, 0.5]);
});

it('prints the median of each figure', () => {
  expect(renderResults(DRIFTING).split('\n')[1]).toMatch(
    /^omnikv +100 +1\.00 +2\.00 +3\.00 +4\.00 +5\.00$/,
  );
});
