/**
 * `why leader` and `why stuck`: the explanations as text, and the smallest remedies.
 */

import { describe, expect, it } from 'vitest';
import {
  commandsOf,
  renderWhyLeader,
  renderWhyStuck,
  whyLeaderToJson,
  whyStuckToJson,
} from '../../src/cli/render-why.js';
import { smallestCures } from '../../src/core/cluster/smallest-cures.js';
import { explainLeader } from '../../src/core/cluster/why-leader.js';
import { explainStuck } from '../../src/core/cluster/why-stuck.js';
import { labPicture, type Lab } from '../support/lab-status.js';

const whyLeader = (lab: Lab) => renderWhyLeader(explainLeader(labPicture(lab)));
const whyStuck = (lab: Lab) => renderWhyStuck(explainStuck(labPicture(lab)));
/** Each remedy as one line of commands. */
const remedies = (lab: Lab) => {
  return smallestCures(labPicture(lab), 6).sets.map(({ cures }) => commandsOf(cures).join(' && '));
};

describe('why leader', () => {
  it('names who answers and follows it', () => {
    expect(whyLeader({ nodes: 3, leader: 2 })).toEqual([
      'node 2 leads in ballot 4 (c1.n4.p0@2)',
      '  node 1 answers its heartbeats and follows it',
      '  node 3 answers its heartbeats and follows it',
      '3 of 3 nodes follow it, itself included; to decide it needs 2',
      'nodes 1 and 3 hear it: no reason to take over',
    ]);
  });

  it('is short for a cluster of one', () => {
    expect(whyLeader({ nodes: 1, leader: 1 })).toEqual([
      'node 1 leads in ballot 4 (c1.n4.p0@1)',
      '1 of 1 node follows it, itself included; to decide it needs 1',
    ]);
  });

  it('says why the chained cut changes no leader', () => {
    expect(whyLeader({ nodes: 3, leader: 2, cut: ['2-3'], relays: { 3: 1 } })).toEqual([
      'node 2 leads in ballot 4 (c1.n4.p0@2)',
      '  node 1 answers its heartbeats and follows it',
      '  node 3 does not answer: 2-3 is cut',
      '2 of 3 nodes follow it, itself included; to decide it needs 2',
      'node 1 hears it: no reason to take over',
      'node 3 does not hear it and leaves it be: node 1, which it hears, is content with the leader',
    ]);
  });

  it('names nodes that are down, paused or cut off', () => {
    const lab = { nodes: 7, leader: 1, down: [5], paused: [6], silent: [7] };
    expect(whyLeader({ ...lab, cut: ['1-4', '2-4', '3-4', '4-7'] })).toEqual([
      'node 1 leads in ballot 4 (c1.n4.p0@1)',
      '  node 2 answers its heartbeats and follows it',
      '  node 3 answers its heartbeats and follows it',
      '  node 4 does not answer: 1-4 is cut',
      '  node 5 is down',
      '  node 6 is paused',
      '  node 7 answers its heartbeats and follows it',
      '4 of 7 nodes follow it, itself included; to decide it needs 4',
      'nodes 2 and 3 hear it: no reason to take over',
      'node 4 cannot take over: it reaches 1, itself included',
    ]);
  });

  it('says who will take over from a leader without a quorum', () => {
    const cut = ['1-2', '1-3', '1-5', '2-3', '2-5', '3-5'];
    const lines = whyLeader({ nodes: 5, leader: 1, isServing: false, cut });
    expect(lines[0]).toBe('node 1 leads in ballot 4 (c1.n4.p0@1), but reaches no quorum');
    expect(lines).toContain('2 of 5 nodes follow it, itself included; to decide it needs 3');
    expect(lines.at(-1)).toBe('node 4 is the only quorum-connected node and will take over');
  });

  it('says of each node why it does not lead where none does', () => {
    expect(whyLeader({ nodes: 3, down: [1], cut: ['2>3'] })).toEqual([
      'no node leads; to take over a node needs answers from 2, itself included',
      '  node 1 is down',
      '  node 2 reaches 1: cut from node 3, node 1 is down',
      '  node 3 reaches 1: cut from node 2, node 1 is down',
    ]);
  });

  it('is JSON with the same sentences', () => {
    const why = explainLeader(labPicture({ nodes: 3, leader: 2 }));
    expect(whyLeaderToJson(why)).toMatchObject({
      leader: 2,
      ballot: 'c1.n4.p0@2',
      followCount: 3,
      hasQuorum: true,
      because: renderWhyLeader(why),
    });
    expect(whyLeaderToJson(explainLeader(labPicture({ nodes: 3 })))).toMatchObject({
      leader: null,
    });
  });
});

describe('why stuck', () => {
  it('says so where it is not', () => {
    expect(whyStuck({ nodes: 3, leader: 2 })).toEqual([
      'not stuck: node 2 leads and reaches a quorum',
    ]);
    expect(whyStuck({ nodes: 3, leader: 2, cut: ['1-3', '2-3'] })).toEqual([
      'not stuck: node 2 leads and reaches a quorum',
      'clients of node 3 wait: no way to the leader; see omnikv status',
    ]);
    expect(whyStuck({ nodes: 3, leader: 2, full: [2] })).toContain(
      'but its disk is nearly full: it accepts no new writes',
    );
    const cut = ['1-2', '1-3', '1-5', '2-3', '2-5', '3-5'];
    expect(whyStuck({ nodes: 5, leader: 1, isServing: false, cut })).toEqual([
      'not stuck: node 4 is the only quorum-connected node and will take over',
    ]);
  });

  it('names the missing nodes and the smallest remedies', () => {
    expect(whyStuck({ nodes: 3, down: [2, 3] })).toEqual([
      'stuck: no node reaches a quorum, 2 of 3',
      '  down: nodes 2 and 3',
      '  node 1 reaches 1, itself included: node 2 is down, node 3 is down',
      'the smallest remedies, any one of:',
      '  omnikv recover 2   (then node 1 reaches 2)',
      '  omnikv recover 3   (then node 1 reaches 2)',
    ]);
  });

  it('names the missing links', () => {
    const lab = { nodes: 3, leader: 1, isServing: false, cut: ['1-2', '1>3', '2-3'] };
    expect(whyStuck(lab)).toEqual([
      'stuck: no node reaches a quorum, 2 of 3',
      '  cut: 1-2, 1>3, 2-3',
      '  node 1 reaches 1, itself included: cut from nodes 2 and 3',
      '  node 2 reaches 1, itself included: cut from nodes 1 and 3',
      '  node 3 reaches 1, itself included: cut from nodes 1 and 2',
      'the smallest remedies, any one of:',
      '  omnikv heal 1-2   (then node 1 reaches 2)',
      '  omnikv heal 1-3   (then node 1 reaches 2)',
      '  omnikv heal 2-3   (then node 2 reaches 2)',
    ]);
  });

  it('is JSON with commands', () => {
    const why = explainStuck(labPicture({ nodes: 3, down: [2], paused: [3] }));
    expect(whyStuckToJson(why)).toMatchObject({
      isStuck: true,
      needed: 2,
      down: [2],
      paused: [3],
      remedies: [
        { commands: ['omnikv recover 2'], node: 1 },
        { commands: ['omnikv resume 3'], node: 1 },
      ],
    });
    const moving = explainStuck(labPicture({ nodes: 3, leader: 1 }));
    expect(whyStuckToJson(moving)).toMatchObject({ isStuck: false, leader: 1 });
  });
});

describe('the smallest remedies', () => {
  it('are none where a node reaches a quorum', () => {
    expect(remedies({ nodes: 3, leader: 1 })).toEqual([]);
    expect(remedies({ nodes: 1, leader: 1 })).toEqual([]);
  });

  it('bring back the node of a cluster of one', () => {
    expect(remedies({ nodes: 1, down: [1] })).toEqual(['omnikv recover 1']);
  });

  it('bring back as many nodes as are missing', () => {
    expect(remedies({ nodes: 5, down: [3, 4, 5] })).toEqual([
      'omnikv recover 3',
      'omnikv recover 4',
      'omnikv recover 5',
    ]);
    expect(remedies({ nodes: 5, down: [2, 3], paused: [4, 5] })).toHaveLength(6);
    expect(remedies({ nodes: 5, down: [2, 3], paused: [4, 5] })).toContain(
      'omnikv recover 2 && omnikv resume 4',
    );
  });

  it('heal the link of a node as well as the node, where both are needed', () => {
    const lab: Lab = { nodes: 3, down: [2, 3], cut: ['1-2', '1-3'] };
    expect(remedies(lab)).toEqual([
      'omnikv recover 2 && omnikv heal 1-2',
      'omnikv recover 3 && omnikv heal 1-3',
      'omnikv recover 2,3',
    ]);
  });

  it('prefer one link that helps to several nodes', () => {
    const lab: Lab = { nodes: 5, down: [4, 5], cut: ['1-2', '1-3'] };
    expect(remedies(lab)).toEqual([
      'omnikv heal 1-2',
      'omnikv heal 1-3',
      'omnikv recover 4',
      'omnikv recover 5',
    ]);
  });

  it('heal a link that is so lossy that nothing comes through', () => {
    const faults = { '1-2': { dropProbability: 1 } };
    const picture = labPicture({ nodes: 3, down: [3], faults });
    const nodes = picture.nodes.map((node) => ({ ...node, reaches: [], isQuorumConnected: false }));
    const { sets } = smallestCures({ ...picture, nodes }, 6);
    expect(sets.map(({ cures }) => commandsOf(cures).join())).toEqual([
      'omnikv heal 1-2',
      'omnikv recover 3',
    ]);
  });

  it('are unknown where the nodes have lost one another without a fault', () => {
    const lab: Lab = { nodes: 3, lost: ['1-2', '1-3', '2-3'] };
    expect(remedies(lab)).toEqual([]);
    expect(whyStuck(lab).at(-1)).toMatch(/have not answered one another yet/);
  });

  it('are listed up to a number, and the rest is mentioned', () => {
    const pids = [1, 2, 3, 4, 5, 6, 7];
    const cut = pids.flatMap((a) => pids.filter((b) => b > a).map((b) => `${a}-${b}`));
    const { sets, isCut } = smallestCures(labPicture({ nodes: 7, cut }), 6);
    expect(sets).toHaveLength(6);
    expect(isCut).toBe(true);
    expect(sets.every(({ cures }) => cures.length === 3)).toBe(true);
    expect(whyStuck({ nodes: 7, cut }).at(-1)).toBe('  … and more of this size');
  });

  it('are as small as trying all subsets finds them', () => {
    const pids = [1, 2, 3, 4, 5];
    const pairs = pids.flatMap((a) => pids.filter((b) => b > a).map((b) => `${a}-${b}`));
    // A fixed walk through many clusters: each bit is a link or a node.
    for (let seed = 1; seed <= 60; seed += 1) {
      const bits = (seed * 2_654_435_761) % 2 ** 32;
      const cut = pairs.filter((_, index) => (bits >>> index) & 1);
      const down = pids.filter((_, index) => (bits >>> (12 + index)) & 1);
      const lab: Lab = { nodes: 5, cut, down };
      const { sets } = smallestCures(labPicture(lab), 6);
      expect(sets[0]?.cures.length ?? 0, JSON.stringify(lab)).toBe(smallestByTrying(cut, down));
    }
  });
});

function smallestByTrying(cut: readonly string[], down: readonly number[]): number {
  const items = [...cut, ...down];
  let smallest = items.length;
  for (let mask = 0; mask < 2 ** items.length; mask += 1) {
    const left = items.filter((_, index) => !((mask >> index) & 1));
    const size = items.length - left.length;
    if (size < smallest && reachesQuorum(left)) smallest = size;
  }
  return smallest;
}

function reachesQuorum(broken: readonly (string | number)[]): boolean {
  const up = [1, 2, 3, 4, 5].filter((pid) => !broken.includes(pid));
  return up.some((pid) => {
    const reached = up.filter((other) => {
      return !broken.includes(`${Math.min(pid, other)}-${Math.max(pid, other)}`);
    });
    return reached.length >= 3;
  });
}
