/**
 * Fifty seeds as one test each: the last word on a mutant that the room's own tests let pass.
 */

import { expect, it } from 'vitest';

import { simulate } from '../../src/core/simulator/index.js';

const SAFETY_MS = 1_000;

for (let seed = 1; seed <= 50; seed++) {
  it(`seed ${seed} keeps every promise`, () => {
    expect(simulate({ seed: BigInt(seed), safetyMs: SAFETY_MS }).verdict.kind).toBe('passed');
  });
}
