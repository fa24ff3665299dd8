/**
 * The one sentence on a cluster: each case of the table by itself.
 */

import { describe, expect, it } from 'vitest';
import { describeSituation } from '../../src/cli/describe-situation.js';
import { summaryOf } from '../../src/cli/render-status.js';
import { situationOf } from '../../src/core/cluster/situation.js';
import { labPicture, labStatus, type Lab } from '../support/lab-status.js';

const fiveStar = ['1-2', '1-3', '1-5', '2-3', '2-5', '3-5'];

const CASES: readonly (readonly [name: string, lab: Lab, sentence: string])[] = [
  ['all is well', { nodes: 3, leader: 2 }, 'all well: node 2 leads in ballot 4'],
  ['a cluster of one', { nodes: 1, leader: 1 }, 'all well: node 1 leads in ballot 4'],
  [
    'an older version tells of no heartbeats',
    { nodes: 3, leader: 2, isOld: true },
    'all well: node 2 leads in ballot 4',
  ],
  ['nothing runs', { nodes: 3, down: [1, 2, 3] }, 'no node runs; omnikv start starts them'],
  ['too few run', { nodes: 5, down: [1, 2, 3] }, 'no leader: 2 of 5 nodes run, a quorum is 3'],
  ['one runs', { nodes: 3, down: [1, 2] }, 'no leader: 1 of 3 nodes runs, a quorum is 2'],
  [
    'too few run and some are paused',
    { nodes: 5, down: [1], paused: [2, 3] },
    'no leader: 2 of 5 nodes run (paused: 2, 3), a quorum is 3',
  ],
  [
    'a leader prepares',
    { nodes: 5, leader: 4, n: 5, isServing: false, phase: 'prepare' },
    'node 4 is taking over in ballot 5',
  ],
  [
    'quorum-loss',
    { nodes: 5, leader: 1, isServing: false, cut: fiveStar },
    'node 1 leads in ballot 4 but reaches no quorum; ' +
      'node 4 is the only quorum-connected node and will take over',
  ],
  [
    'quorum-loss that no heartbeat shows yet',
    { nodes: 5, leader: 1, cut: fiveStar, isJustNow: true },
    'node 1 leads in ballot 4 but reaches no quorum; ' +
      'node 4 is the only quorum-connected node and will take over',
  ],
  [
    'the constrained election: the leader is cut off, and one node reaches the rest',
    {
      nodes: 5,
      leader: 1,
      isServing: false,
      cut: ['1-2', '1-3', '1-4', '1-5', '2-3', '2-5', '3-5'],
    },
    'node 1 leads in ballot 4 but reaches no quorum; ' +
      'node 4 is the only quorum-connected node and will take over',
  ],
  [
    'the leader is isolated',
    { nodes: 5, leader: 1, isServing: false, cut: ['1-2', '1-3', '1-4', '1-5'] },
    'node 1 leads in ballot 4 but reaches no quorum; ' +
      'nodes 2, 3, 4 and 5 are quorum-connected and one of them will take over',
  ],
  [
    'a split into minorities',
    { nodes: 3, leader: 1, isServing: false, cut: ['1-2', '1-3', '2-3'] },
    'node 1 leads in ballot 4 but reaches no quorum, and no other node does; ' +
      'omnikv why stuck says what would help',
  ],
  [
    'no leader yet',
    { nodes: 3 },
    'no leader; nodes 1, 2 and 3 are quorum-connected and one of them will take over',
  ],
  [
    'no leader, and one node can lead',
    { nodes: 5, cut: fiveStar },
    'no leader; node 4 is the only quorum-connected node and will take over',
  ],
  [
    'no leader, and the nodes that run cannot hear one another',
    { nodes: 3, cut: ['2-3'], down: [1] },
    'no leader: enough nodes run, but none reaches a quorum of 2; ' +
      'omnikv why stuck says what would help',
  ],
  [
    'no leader in a cluster that is split',
    { nodes: 3, cut: ['1-2', '2-3', '1-3'] },
    'no leader: all nodes run, but none reaches a quorum of 2; ' +
      'omnikv why stuck says what would help',
  ],
  [
    'the chained cut with a relay',
    { nodes: 3, leader: 2, cut: ['2-3'], relays: { 3: 1 } },
    'node 2 leads in ballot 4; node 3 does not hear it and serves its clients through node 1',
  ],
  [
    'the chained cut without a relay',
    { nodes: 3, leader: 2, cut: ['2-3'] },
    'node 2 leads in ballot 4; node 3 does not hear it',
  ],
  [
    'a one-way cut from the leader',
    { nodes: 3, leader: 2, cut: ['2>3'], relays: { 3: 1 } },
    'node 2 leads in ballot 4; node 3 does not hear it and serves its clients through node 1',
  ],
  [
    'a follower is cut off',
    { nodes: 3, leader: 2, cut: ['1-3', '2-3'] },
    'node 2 leads in ballot 4; node 3 is cut off from all others',
  ],
  [
    'the old leader has not noticed',
    { nodes: 3, leader: 2, n: 5, oldLeaders: { 1: 4 }, cut: ['1-2', '1-3'] },
    'node 2 leads in ballot 5; node 1 still believes that it leads in ballot 4 and can decide nothing',
  ],
  [
    'nodes are down and paused',
    { nodes: 5, leader: 2, down: [3], paused: [4] },
    'node 2 leads in ballot 4; node 3 is down; node 4 is paused',
  ],
  [
    'two nodes are down',
    { nodes: 5, leader: 2, down: [3, 4] },
    'node 2 leads in ballot 4; nodes 3 and 4 are down',
  ],
  [
    'a node does not answer',
    { nodes: 3, leader: 2, silent: [1] },
    'node 2 leads in ballot 4; node 1 does not answer',
  ],
  [
    'a node is far behind',
    { nodes: 3, leader: 2, decided: { 1: 5, 2: 20_005, 3: 20_005 } },
    'node 2 leads in ballot 4; node 1 lacks 20000 decided entries',
  ],
  [
    'a cut that disturbs nobody',
    { nodes: 3, leader: 2, cut: ['1-3'] },
    'node 2 leads in ballot 4; link 1-3 is cut, and every running node hears the leader',
  ],
  [
    'cuts that disturb nobody',
    { nodes: 5, leader: 2, cut: ['1>3', '4-5'] },
    'node 2 leads in ballot 4; ' +
      'links 1>3, 4-5 are cut, and every running node hears the leader',
  ],
  [
    'a slow link',
    { nodes: 3, leader: 2, faults: { '1>2': { delayMs: 500 } } },
    'node 2 leads in ballot 4; 1 direction of a link is slow or lossy',
  ],
];

describe('the sentence', () => {
  it.each(CASES)('says that %s', (_, lab, sentence) => {
    expect(describeSituation(situationOf(labPicture(lab)))).toBe(sentence);
  });

  it('has a case for every kind of situation', () => {
    const kinds = new Set(CASES.map(([, lab]) => situationOf(labPicture(lab)).kind));
    const all = ['leads', 'stopped', 'tooFewRun', 'takingOver', 'leaderWithoutQuorum', 'noLeader'];
    expect([...kinds].sort()).toEqual(all.sort());
  });

  it('stands in status where it says more than who leads and how many nodes run', () => {
    const summary = (lab: Lab) => summaryOf(labStatus(lab), labPicture(lab));
    expect(summary({ nodes: 3, leader: 2 })).toBe('node 2 leads; 3 of 3 nodes run');
    expect(summary({ nodes: 3, leader: 2, down: [1] })).toBe('node 2 leads; 2 of 3 nodes run');
    expect(summary({ nodes: 3, down: [1, 2] })).toBe('no leader; 1 of 3 nodes run');
    expect(summary({ nodes: 3, leader: 2, cut: ['1-3'] })).toMatch(/link 1-3 is cut/);
  });
});
