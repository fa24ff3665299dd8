/**
 * A range of seeds as tests: each group of seeds is one test, and all that was met is counted.
 *
 * A failing seed is named by the command that replays it.
 */

import { afterAll, describe, expect, it } from 'vitest';

import { MARKS, simulate } from '../../src/core/simulator/index.js';

const SEEDS_PER_TEST = 25;
/** Shorter than the command's: a thousand seeds must fit the budget of `npm test`. */
const SAFETY_MS = 3_000;

export function describeSeeds(first: number, count: number): void {
  describe(`seeds ${first} to ${first + count - 1}`, () => {
    const met = new Set<string>();
    for (let from = first; from < first + count; from += SEEDS_PER_TEST) {
      const to = Math.min(from + SEEDS_PER_TEST, first + count);
      it(`keep every promise under faults: ${from} to ${to - 1}`, { timeout: 120_000 }, () => {
        for (let seed = from; seed < to; seed++) {
          const { verdict, marks } = simulate({ seed: BigInt(seed), safetyMs: SAFETY_MS });
          for (const mark of Object.keys(marks)) met.add(mark);
          expect(verdict, `omnikv simulate --seed ${seed} --for 3s --trace`).toEqual({
            kind: 'passed',
          });
        }
      });
    }

    afterAll(() => {
      // What is never met proves nothing (a hole in the generators, or in the marks).
      expect(MARKS.filter((mark) => !met.has(mark))).toEqual([]);
    });
  });
}
