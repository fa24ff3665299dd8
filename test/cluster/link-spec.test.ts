/** The words for links, and the patterns of scenarios: pure, on made-up clusters. */

import { describe, expect, it } from 'vitest';

import {
  linkKey,
  linksOfIsolation,
  linksOfSpec,
  linksOfSplit,
  parseGroups,
  parseLinkSpec,
  type DirectedLink,
} from '../../src/core/cluster/link-spec.js';
import { parseScenario, planScenario } from '../../src/core/cluster/scenario-plan.js';

function keys(links: readonly DirectedLink[]): string {
  return links.map(linkKey).join(' ');
}

function links(text: string, left: readonly number[], right: readonly number[]): string {
  return keys(linksOfSpec(parseLinkSpec(text), left, right));
}

describe('a link', () => {
  it.each([
    ['1-3', '1', '3', 'both'],
    ['1>3', '1', '3', 'leftToRight'],
    ['1<3', '1', '3', 'rightToLeft'],
    ['leader - 2', 'leader', '2', 'both'],
    ['1,2>followers', '1,2', 'followers', 'leftToRight'],
  ])('%s has two sides', (text, left, right, directions) => {
    expect(parseLinkSpec(text)).toEqual({ text, left, right, directions });
  });

  it.each(['', '1', '1-', '-3', '>', '1-2-3', '1->3', '1>2>3', '1=3', ' - '])(
    '%j is none, and the error says how one is written',
    (text) => {
      const parse = () => parseLinkSpec(text);
      expect(parse).toThrow(`${JSON.stringify(text)} is no link: a link has two sides, as in 1-3`);
      expect(parse).toThrow(expect.objectContaining({ code: 'OMNIKV_USAGE', exit: 64 }));
    },
  );

  it('is one direction or both', () => {
    expect(links('1-3', [1], [3])).toBe('1>3 3>1');
    expect(links('1>3', [1], [3])).toBe('1>3');
    expect(links('1<3', [1], [3])).toBe('3>1');
  });

  it('of lists is every pair, each once, and no node with itself', () => {
    expect(links('1,2>3,4', [1, 2], [3, 4])).toBe('1>3 1>4 2>3 2>4');
    expect(links('all-all', [1, 2, 3], [1, 2, 3])).toBe('1>2 1>3 2>1 2>3 3>1 3>2');
    expect(links('leader-all', [2], [1, 2, 3])).toBe('1>2 2>1 2>3 3>2');
  });

  it('of a node with itself, or with nobody, is refused', () => {
    const self = () => links('leader-2', [2], [2]);
    expect(self).toThrow('"leader-2" is a link of node 2 with itself');
    expect(self).toThrow(expect.objectContaining({ code: 'OMNIKV_USAGE' }));
    expect(() => links('1-down', [1], [])).toThrow(/one side is no node at this moment/);
  });
});

describe('a split', () => {
  it('cuts between groups and nowhere else', () => {
    expect(parseGroups('1,2/3,4,5')).toEqual(['1,2', '3,4,5']);
    expect(keys(linksOfSplit([[1, 2], [3]]))).toBe('1>3 2>3 3>1 3>2');
    expect(keys(linksOfSplit([[1], [2], [3]]))).toBe('1>2 1>3 2>1 2>3 3>1 3>2');
  });

  it.each(['', '1,2', '1/', '/1', '1//2'])('%j has no two groups', (text) => {
    expect(() => parseGroups(text)).toThrow(/is no split: it has two groups or more/);
  });

  it('refuses a node that is named twice, and groups without nodes', () => {
    expect(() =>
      linksOfSplit([
        [1, 2],
        [2, 3],
      ]),
    ).toThrow('node 2 is in two groups');
    expect(() => linksOfSplit([[1], []])).toThrow(/a group is empty/);
  });
});

describe('an isolation', () => {
  it('cuts every link out of the set, and none inside', () => {
    expect(keys(linksOfIsolation([2], [1, 2, 3]))).toBe('1>2 2>1 2>3 3>2');
    expect(keys(linksOfIsolation([1, 2], [1, 2, 3]))).toBe('1>3 2>3 3>1 3>2');
  });

  it('of all nodes, or none, is refused', () => {
    expect(() => linksOfIsolation([1, 2], [1, 2])).toThrow(/every node is named/);
    expect(() => linksOfIsolation([], [1, 2])).toThrow(/no node is named/);
  });
});

/** Whom each node reaches, itself included: `1:2` counts 2. */
function reach(cut: readonly DirectedLink[], pids: readonly number[]): Record<number, number> {
  const gone = new Set(cut.map(linkKey));
  return Object.fromEntries(
    pids.map((from) => [from, pids.filter((to) => !gone.has(linkKey({ from, to }))).length]),
  );
}

describe('a scenario', () => {
  const five = { pids: [1, 2, 3, 4, 5], leader: 1 };
  const three = { pids: [1, 2, 3], leader: 2 };

  it('quorum-loss leaves a quorum to the hub alone', () => {
    const plan = planScenario('quorum-loss', five);
    expect(plan.roles.map(({ role, pid }) => `${role} ${pid}`)).toEqual(['leader 1', 'hub 2']);
    expect(reach(plan.links, five.pids)).toEqual({ 1: 2, 2: 5, 3: 2, 4: 2, 5: 2 });
    expect(plan.firstLinks).toEqual([]);
  });

  it('quorum-loss of three nodes is the chained cut, and says so', () => {
    const plan = planScenario('quorum-loss', three);
    expect(keys(plan.links)).toBe('2>3 3>2');
    expect(plan.roles[0]?.why).toMatch(/this the chained cut$/);
  });

  it('constrained leaves nothing to the leader and the hub to all others', () => {
    const plan = planScenario('constrained', five);
    expect(keys(plan.firstLinks)).toBe('1>2 2>1');
    expect(reach(plan.links, five.pids)).toEqual({ 1: 1, 2: 4, 3: 2, 4: 2, 5: 2 });
    expect(reach(planScenario('constrained', three).links, three.pids)).toEqual({
      1: 2,
      2: 1,
      3: 2,
    });
  });

  it('chained cuts one link of the leader', () => {
    const plan = planScenario('chained', five);
    expect(keys(plan.links)).toBe('1>5 5>1');
    expect(plan.roles.map(({ role, pid }) => `${role} ${pid}`)).toEqual(['leader 1', 'cut-off 5']);
  });

  it.each(['quorum-loss', 'constrained'] as const)(
    '%s leaves a quorum to exactly one node where there are more than three',
    (name) => {
      for (let count = 4; count <= 9; count += 1) {
        const pids = Array.from({ length: count }, (_, index) => index + 1);
        const reached = reach(planScenario(name, { pids, leader: count }).links, pids);
        const quorum = Math.floor(count / 2) + 1;
        expect(Object.values(reached).filter((reachable) => reachable >= quorum)).toHaveLength(1);
      }
    },
  );

  it('refuses a cluster of less than three, and a name that is none', () => {
    const plan = () => planScenario('chained', { pids: [1, 2], leader: 1 });
    expect(plan).toThrow('a scenario needs 3 nodes or more: this cluster has 2');
    expect(parseScenario('restore')).toBe('restore');
    expect(() => parseScenario('chain')).toThrow(
      expect.objectContaining({ code: 'OMNIKV_USAGE', suggestions: ['omnikv scenario chained'] }),
    );
  });
});
