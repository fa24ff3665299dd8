/**
 * The simulator notices the mutants that it can see: a simulator that finds nothing may be blind.
 *
 * A change of the source makes another run of every seed. So a mutant that a few seeds find is tried
 * on the recorded one and then on the first few, and must be found. Those that take more seeds are
 * hunted by `npm run bugbank`; here each of them has its own small test (bank.test.ts).
 */

import { describe, expect, it } from 'vitest';

import type * as Simulator from '../../src/core/simulator/index.js';
import { loaderOf } from './loader.js';
import { MUTANTS } from './mutants.js';
import { SEEDS } from './seeds.js';

const FEW = 12;
const FIRST_SEEDS = Array.from({ length: FEW }, (_, i) => BigInt(i + 1));

describe('the simulator', () => {
  it('has a seed for every mutant that it can see, and no other', () => {
    const visible = MUTANTS.filter((mutant) => mutant.unseenBySimulator === undefined);
    expect([...SEEDS.keys()].sort((a, b) => a - b)).toEqual(visible.map(({ id }) => id));
  });

  it.each(MUTANTS.filter(({ id }) => (SEEDS.get(id) ?? Infinity) <= FEW))(
    'notices mutant $id: $title',
    async ({ id }) => {
      const load = loaderOf(`?mutant=${id}`);
      const { simulate } = await load<typeof Simulator>('src/core/simulator/index.ts');
      const isNoticed = [SEEDS.get(id)!, ...FIRST_SEEDS].some(
        (seed) => simulate({ seed }).verdict.kind === 'violated',
      );
      expect(isNoticed, `npm run bugbank -- --only ${id} --write`).toBe(true);
    },
  );
});
