/**
 * Ratios are taken within a repetition, so that a machine that drifts does not decide.
 */

import { expect, it } from 'vitest';

import { renderCsv } from '../../bench/csv.js';
import { median, opsPerSecond, ratiosOf, renderRatios, renderResults } from '../../bench/report.js';
import { measured } from './measurements.js';

const DRIFTING = [
  measured('omnikv', 1, 100),
  measured('skeleton', 1, 200),
  measured('omnikv', 2, 10),
  measured('skeleton', 2, 20),
  measured('omnikv', 3, 300),
  measured('skeleton', 3, 400),
];
const COMPARISON = { base: 'omnikv', other: 'skeleton', figure: opsPerSecond };

it('a median of an even number of values is the middle of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

it('compares each repetition with itself, in throughput and in p50', () => {
  expect(ratiosOf(DRIFTING, COMPARISON)).toEqual([0.5, 0.5, 0.75]);
  expect(renderRatios(DRIFTING, 'omnikv').split('\n')[1]).toMatch(
    /^omnikv \/ skeleton +0\.50 +0\.50 +0\.75 +1\.00 +1\.00 +1\.00$/,
  );
});

it('leaves out a repetition that has no pair', () => {
  expect(ratiosOf(DRIFTING.slice(0, 5), COMPARISON)).toEqual([0.5, 0.5]);
});

it('prints the median of each figure', () => {
  expect(renderResults(DRIFTING).split('\n')[1]).toMatch(
    /^omnikv +100 +1\.00 +2\.00 +3\.00 +4\.00 +5\.00 +60 +16\.0$/,
  );
});

it('writes each repetition as a line of CSV, with as many cells as there are titles', () => {
  const lines = renderCsv(DRIFTING).trimEnd().split('\n');
  expect(lines).toHaveLength(7);
  expect(lines[1]).toBe('omnikv,1,7,100,1,2,3,4,5,60,16000000');
  expect(new Set(lines.map((line) => line.split(',').length))).toEqual(new Set([11]));
});
