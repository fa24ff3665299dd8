/** The gate says that a commit is slower where the pairs show it, and not where they cannot tell. */

import { expect, it } from 'vitest';

import { intervalOf, lastVerdictOf, verdictOf } from '../../bench/gate/verdict.js';

it('the interval of five pairs is the one of the textbook', () => {
  // log ratios -0.1, -0.05, 0, 0.05, 0.1: mean 0, standard error 0.07906 / √5 = 0.03536, t = 2.776.
  const { ratio, low, high } = intervalOf([-0.1, -0.05, 0, 0.05, 0.1].map(Math.exp));
  expect(ratio).toBeCloseTo(1, 10);
  expect(Math.log(low)).toBeCloseTo(-0.09815, 4);
  expect(Math.log(high)).toBeCloseTo(0.09815, 4);
});

it('twice as fast and half as fast are equally far', () => {
  expect(intervalOf([2, 0.5]).ratio).toBeCloseTo(1, 10);
});

it('equal pairs leave no doubt, whatever the machine did meanwhile', () => {
  const interval = intervalOf([0.95, 0.95, 0.95]);
  expect(interval.low).toBeCloseTo(0.95, 10);
  expect(verdictOf(interval, 0.9)).toBe('passes');
});

it('fails only where the whole interval is below the bound', () => {
  expect(verdictOf(intervalOf([0.8, 0.81, 0.79, 0.8]), 0.9)).toBe('fails');
  expect(verdictOf(intervalOf([0.8, 1.1, 0.7, 1]), 0.9)).toBe('undecided');
  expect(verdictOf(intervalOf([1, 1.02, 0.98, 1.01]), 0.9)).toBe('passes');
});

it('at the end the middle decides what is undecided', () => {
  const slower = intervalOf([0.6, 1.2, 0.7, 0.9]);
  const faster = intervalOf([0.8, 1.4, 0.7, 1.1]);
  expect([verdictOf(slower, 0.9), lastVerdictOf(slower, 0.9)]).toEqual(['undecided', 'fails']);
  expect([verdictOf(faster, 0.9), lastVerdictOf(faster, 0.9)]).toEqual(['undecided', 'passes']);
});

it('one pair is no interval, and forty are more than the table has', () => {
  expect(() => intervalOf([1])).toThrow('an interval of 1 ratios');
  const { low } = intervalOf(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 1 : 1.1)));
  expect(low).toBeGreaterThan(1);
});
