/** Which links a pattern of partial connectivity cuts, and what of the others remains. */

import { expect, it } from 'vitest';

import {
  hasOnlyCuts,
  rolesOf,
  SCENARIOS,
  scenariosNamed,
  type LinkTrouble,
  type ScenarioName,
} from '../../bench/partitions/scenario.js';

const FIVE = [1, 2, 3, 4, 5];
const ROLES = rolesOf(FIVE, 3);

function patternOf(name: ScenarioName, roles = ROLES): readonly LinkTrouble[] {
  return scenariosNamed([name])[0]?.pattern(roles) ?? [];
}

function isThrough(troubles: readonly LinkTrouble[], from: number, to: number): boolean {
  return !troubles.some((each) => each.from === from && each.to === to);
}

/** Nodes whose links with `node` work in both directions, itself included. */
function reachOf(troubles: readonly LinkTrouble[], node: number): readonly number[] {
  return FIVE.filter(
    (other) =>
      other === node || (isThrough(troubles, node, other) && isThrough(troubles, other, node)),
  );
}

it('takes hub and far from the followers of the leader of that moment', () => {
  expect(rolesOf(FIVE, 3)).toEqual({ leader: 3, hub: 1, far: 5, nodes: FIVE });
  expect(rolesOf([1, 2, 3], 1)).toMatchObject({ leader: 1, hub: 2, far: 3 });
  expect(() => rolesOf(FIVE, 9)).toThrow('leads no followers');
});

it('quorum-loss: only the hub sees a majority, and the leader sees only the hub', () => {
  const troubles = patternOf('quorum-loss');
  expect(reachOf(troubles, 1)).toEqual(FIVE);
  for (const node of [2, 4, 5]) expect(reachOf(troubles, node)).toEqual([1, node]);
  expect(reachOf(troubles, 3)).toEqual([1, 3]);
});

it('constrained: the leader sees nobody, and the hub lags because it lost the leader first', () => {
  const troubles = patternOf('constrained');
  expect(reachOf(troubles, 3)).toEqual([3]);
  expect(reachOf(troubles, 1)).toEqual([1, 2, 4, 5]);
  for (const node of [2, 4, 5]) expect(reachOf(troubles, node)).toEqual([1, node]);
  const prelude = scenariosNamed(['constrained'])[0]?.prelude?.(ROLES) ?? [];
  expect(prelude.map(({ from, to }) => [from, to])).toEqual([
    [3, 1],
    [1, 3],
  ]);
});

it('chained: one link of the leader, both ways', () => {
  const troubles = patternOf('chained', rolesOf([1, 2, 3], 2));
  expect(troubles.map(({ from, to }) => [from, to])).toEqual([
    [2, 3],
    [3, 2],
  ]);
});

it('one-way: the leader is heard by all and hears nobody', () => {
  const troubles = patternOf('one-way');
  for (const other of [1, 2, 4, 5]) {
    expect(isThrough(troubles, 3, other)).toBe(true);
    expect(isThrough(troubles, other, 3)).toBe(false);
  }
});

it('minorities: nobody sees more than two', () => {
  const troubles = patternOf('minorities');
  for (const node of FIVE) expect(reachOf(troubles, node).length).toBeLessThanOrEqual(2);
});

it('no pattern names a direction twice, or a link of a node with itself', () => {
  for (const { pattern, prelude, nodeCount } of SCENARIOS) {
    const nodes = FIVE.slice(0, nodeCount);
    for (const troubles of [pattern(rolesOf(nodes, 2)), prelude?.(rolesOf(nodes, 2)) ?? []]) {
      const directions = troubles.map(({ from, to }) => `${from}>${to}`);
      expect(new Set(directions).size).toBe(directions.length);
      expect(troubles.every(({ from, to }) => from !== to && nodes.includes(to))).toBe(true);
    }
  }
});

it('says itself which patterns a proxy of bytes cannot do', () => {
  for (const { pattern, needsMoreThanCuts, nodeCount } of SCENARIOS) {
    const roles = rolesOf(FIVE.slice(0, nodeCount), 1);
    expect(hasOnlyCuts(pattern(roles))).toBe(!needsMoreThanCuts);
  }
});

it('an unknown scenario is refused with those that there are', () => {
  expect(() => scenariosNamed(['chain'])).toThrow('--scenario chain: there are quorum-loss');
});
