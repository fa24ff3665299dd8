/** The faults that a seed of chaos stands for. */

import { describe, expect, it } from 'vitest';

import {
  CHAOS_KINDS,
  chooseVictim,
  drawFault,
  type PlannedFault,
} from '../../src/core/cluster/chaos-draws.js';
import { Prng } from '../../src/core/simulator/prng.js';

function faultsOf(seed: string, count = 500): readonly PlannedFault[] {
  const prng = new Prng(seed);
  return Array.from({ length: count }, () => drawFault(prng, CHAOS_KINDS));
}

describe('the draws of chaos', () => {
  it('A1: a seed gives the same faults, another seed others', () => {
    expect(faultsOf('a')).toEqual(faultsOf('a'));
    expect(faultsOf('a')).not.toEqual(faultsOf('b'));
  });

  it('hold a node shorter and longer than an election timeout, and hit all kinds', () => {
    const faults = faultsOf('mix');
    const share = (isIt: (fault: PlannedFault) => boolean) => faults.filter(isIt).length / 500;
    expect(share(({ holdMs }) => holdMs < 300)).toBeGreaterThan(0.3);
    expect(share(({ holdMs }) => holdMs > 600)).toBeGreaterThan(0.2);
    expect(share(({ kind }) => kind === 'pause')).toBeGreaterThan(0.4);
    expect(share(({ aim }) => aim === 'leader')).toBeGreaterThan(0.3);
    expect(Math.max(...faults.map(({ waitMs }) => waitMs))).toBeLessThanOrEqual(1_000);
  });

  it('choose the leader where it is meant and free, and never a node that is not free', () => {
    for (const fault of faultsOf('victim')) {
      expect(chooseVictim(fault, [], 1)).toBeUndefined();
      expect([2, 5]).toContain(chooseVictim(fault, [2, 5], 3));
      if (fault.aim === 'leader') expect(chooseVictim(fault, [1, 2, 3], 3)).toBe(3);
    }
    const hit = faultsOf('victim').map((fault) => chooseVictim(fault, [1, 2, 3], undefined));
    expect(new Set(hit)).toEqual(new Set([1, 2, 3]));
  });
});
