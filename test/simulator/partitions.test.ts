/**
 * Each pattern leaves connected what its name says, for all sizes; what can make progress is found.
 */

import { describe, expect, test } from 'vitest';
import {
  allBut,
  asymmetric,
  chain,
  constrained,
  type CutLink,
  halves,
  hub,
  isolateOne,
  majority,
  none,
  PARTITIONS,
  quorumConnectedCore,
  quorumConnectedNodes,
  quorumLoss,
  uniform,
} from '../../src/core/simulator/network/partitions.js';
import { Prng } from '../../src/core/simulator/prng.js';

const SIZES = [3, 4, 5, 6, 7].map((count) => Array.from({ length: count }, (_, i) => 10 * (i + 1)));

/** Links that are left both ways, each pair once. */
function pairsLeft(pids: readonly number[], cuts: readonly CutLink[]): [number, number][] {
  const cut = new Set(cuts.map(([from, to]) => `${from} ${to}`));
  return pids.flatMap((a, i) =>
    pids
      .slice(i + 1)
      .filter((b) => !cut.has(`${a} ${b}`) && !cut.has(`${b} ${a}`))
      .map((b): [number, number] => [a, b]),
  );
}

function degree(pid: number, pairs: readonly [number, number][]): number {
  return pairs.filter((pair) => pair.includes(pid)).length;
}

function forAll(check: (pids: readonly number[], prng: Prng) => void): void {
  for (const pids of SIZES) {
    for (let i = 0; i < 10; i++) check(pids, new Prng(`${pids.length}/${i}`));
  }
}

describe('patterns', () => {
  test('all cut existing directions once, and depend on the randomness alone', () => {
    forAll((pids, { seed }) => {
      for (const partition of Object.values(PARTITIONS)) {
        const cuts = partition(pids, new Prng(seed), {});
        expect(partition(pids, new Prng(seed), {})).toEqual(cuts);
        expect(new Set(cuts.map(String)).size).toBe(cuts.length);
        const odd = cuts.filter(
          ([from, to]) => from === to || !pids.includes(from) || !pids.includes(to),
        );
        expect(odd).toEqual([]);
      }
    });
  });

  test('hub and quorum-loss: a star, and the leader is not its center', () => {
    forAll((pids, prng) => {
      const leader = prng.pick(pids);
      const pairs = pairsLeft(pids, quorumLoss(pids, prng, { leader }));
      expect(pairs).toHaveLength(pids.length - 1);
      expect(degree(leader, pairs)).toBe(1);
      const star = pairsLeft(pids, hub(pids, prng, { hub: leader }));
      expect(degree(leader, star)).toBe(pids.length - 1);
      expect(star).toHaveLength(pids.length - 1);
    });
  });

  test('chain: neighbours only, the leader at an end', () => {
    forAll((pids, prng) => {
      const leader = prng.pick(pids);
      const pairs = pairsLeft(pids, chain(pids, prng, { leader }));
      expect(pairs).toHaveLength(pids.length - 1);
      expect(degree(leader, pairs)).toBe(1);
      expect(Math.max(...pids.map((pid) => degree(pid, pairs)))).toBe(2);
    });
  });

  test('constrained: the leader alone, a star around the hub', () => {
    forAll((pids, prng) => {
      const [leader, center] = prng.shuffle(pids) as [number, number];
      const pairs = pairsLeft(pids, constrained(pids, prng, { leader, hub: center }));
      expect(degree(leader, pairs)).toBe(0);
      expect(degree(center, pairs)).toBe(pids.length - 2);
      expect(pairs).toHaveLength(pids.length - 2);
    });
  });

  test('sides: two groups, whole inside and nothing between', () => {
    forAll((pids, prng) => {
      expect(pairsLeft(pids, none())).toHaveLength((pids.length * (pids.length - 1)) / 2);
      const one = prng.pick(pids);
      const isolated = pairsLeft(pids, isolateOne(pids, prng, { leader: one }));
      expect(degree(one, isolated)).toBe(0);
      for (const cuts of [halves(pids, prng), uniform(pids, prng)]) {
        const core = quorumConnectedCore(pids, cuts);
        if (core === undefined) continue;
        const size = core.length;
        const other = pids.length - size;
        const pairs = (size * (size - 1)) / 2 + (other * (other - 1)) / 2;
        expect(pairsLeft(pids, cuts)).toHaveLength(pairs);
      }
    });
  });

  test('asymmetric: some direction is cut while its opposite is not', () => {
    const single = SIZES.map((pids) => {
      const cuts = asymmetric(pids, new Prng('asymmetric'));
      const cut = new Set(cuts.map(String));
      return cuts.filter(([from, to]) => !cut.has(`${to},${from}`)).length;
    });
    expect(Math.min(...single)).toBeGreaterThan(0);
  });
});

describe('what can make progress', () => {
  const pids = [1, 2, 3, 4, 5];
  const prng = new Prng('progress');

  test('nodes that reach a quorum', () => {
    expect(quorumConnectedNodes(pids, none())).toEqual(pids);
    expect(quorumConnectedNodes(pids, hub(pids, prng, { hub: 3 }))).toEqual([3]);
    expect(quorumConnectedNodes(pids, constrained(pids, prng, { leader: 1, hub: 4 }))).toEqual([4]);
    expect(quorumConnectedNodes(pids, allBut(pids, [2, 5]))).toEqual([]);
    expect(quorumConnectedNodes(pids, allBut(pids, [2, 5]), 2)).toEqual([2, 5]);
  });

  test('a core: all reach each other, a quorum of them, as large as possible', () => {
    expect(quorumConnectedCore(pids, none())).toEqual(pids);
    expect(quorumConnectedCore(pids, hub(pids, prng))).toBeUndefined();
    expect(quorumConnectedCore(pids, allBut(pids, [1, 3, 4]))).toEqual([1, 3, 4]);
    expect(quorumConnectedCore(pids, [[2, 3]])).toEqual([1, 2, 4, 5]);
    expect(quorumConnectedCore(pids, allBut(pids, [1, 3]), 2)).toEqual([1, 3]);
    expect(majority([1, 2, 3, 4])).toBe(3);
  });
});
