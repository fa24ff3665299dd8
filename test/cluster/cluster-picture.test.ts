/**
 * What is true of a cluster, from what its nodes say: leaders, quorums, links.
 */

import { describe, expect, it } from 'vitest';
import { compareBallotViews, readBallot } from '../../src/core/cluster/ballot-text.js';
import { pictureOf, type ClusterPicture } from '../../src/core/cluster/cluster-picture.js';
import { situationOf } from '../../src/core/cluster/situation.js';
import type { LinkStatus } from '../../src/core/wire/node-status.js';
import { labPicture, labStatus, type Lab } from '../support/lab-status.js';

/** The pids that reach a quorum. */
function connected(lab: Lab): number[] {
  return labPicture(lab).nodes.flatMap((node) => (node.isQuorumConnected ? [node.pid] : []));
}

/** Each direction that does not work, and how. */
function links(lab: Lab): string[] {
  return labPicture(lab).links.flatMap(({ from, to, state }) => {
    return state === 'works' ? [] : [`${from}>${to} ${state}`];
  });
}

const star = ['1-2', '1-3', '1-5', '2-3', '2-5', '3-5'];

describe('who reaches a quorum', () => {
  it.each<[string, Lab, number[]]>([
    ['one node alone', { nodes: 1, leader: 1 }, [1]],
    ['all of three', { nodes: 3, leader: 1 }, [1, 2, 3]],
    ['the chained cut leaves all', { nodes: 3, leader: 1, cut: ['1-3'] }, [1, 2, 3]],
    ['the middle of quorum-loss', { nodes: 5, leader: 1, cut: star }, [4]],
    ['the middle, before any heartbeat shows it', { nodes: 5, cut: star, isJustNow: true }, [4]],
    [
      'the larger half of a split',
      { nodes: 5, cut: ['1-3', '1-4', '1-5', '2-3', '2-4', '2-5'] },
      [3, 4, 5],
    ],
    ['nobody of minorities', { nodes: 3, cut: ['1-2', '1-3', '2-3'] }, []],
    ['who is cut in one direction does not', { nodes: 3, leader: 1, cut: ['1>3', '2>3'] }, [1, 2]],
    ['nobody counts a node that is down', { nodes: 3, leader: 1, down: [2, 3] }, []],
    [
      'nobody counts a paused node',
      { nodes: 5, leader: 1, paused: [3, 4, 5], isJustNow: true },
      [],
    ],
    ['seven with three down', { nodes: 7, leader: 1, down: [5, 6, 7] }, [1, 2, 3, 4]],
  ])('%s', (_, lab, pids) => {
    expect(connected(lab)).toEqual(pids);
  });

  it('a leader needs its accept quorum only, the others both', () => {
    const status = labStatus({ nodes: 5, leader: 1, down: [3, 4, 5] });
    const picture = pictureOf({ ...status, quorum: { readQuorumSize: 4, writeQuorumSize: 2 } });
    const pids = picture.nodes.flatMap((node) => (node.isQuorumConnected ? [node.pid] : []));
    expect(pids).toEqual([1]);
  });

  it('a leader is believed that has not closed a round since it leads', () => {
    const status = labStatus({ nodes: 3, leader: 1 });
    const nodes = status.nodes.map((view) => {
      if (view.status === undefined || view.pid !== 1) return view;
      const silent = {
        2: { state: 'connected', isHeard: false },
        3: { state: 'connected', isHeard: false },
      } as const;
      return { ...view, status: { ...view.status, links: silent } };
    });
    expect(pictureOf({ ...status, nodes }).nodes[0]).toMatchObject({
      reaches: [],
      isQuorumConnected: true,
    });
  });
});

describe('a node that has just started', () => {
  /** Node 3 of three, which follows node 1, and of whose heartbeats none has come back. */
  function pictureOfThird(uptimeMs: number, lab: Partial<Lab> = {}): ClusterPicture {
    const status = labStatus({ nodes: 3, leader: 1, ...lab });
    const nodes = status.nodes.map((view) => {
      if (view.status === undefined) return view;
      const links = Object.entries(view.status.links).map(([pid, link]): [string, LinkStatus] => {
        const isSilent = view.pid === 3 || pid === '3';
        return [pid, isSilent ? { ...link, isHeard: false } : link];
      });
      const { election } = view.status;
      const changed = { ...view.status, links: Object.fromEntries(links) };
      if (view.pid !== 3 || election === undefined) return { ...view, status: changed };
      return {
        ...view,
        status: { ...changed, uptimeMs, election: { ...election, isHappy: false } },
      };
    });
    return pictureOf({ ...status, nodes });
  }

  it('is not cut off while no heartbeat can have come back yet, and hears the leader it follows', () => {
    const picture = pictureOfThird(200);
    expect(picture.nodes[2]).toMatchObject({ reaches: [], isCutOff: false, hearsLeader: true });
    expect(situationOf(picture)).toMatchObject({ kind: 'leads', pid: 1, remarks: [] });
  });

  it('is cut off once it had the time for one, and at once where its links are cut', () => {
    expect(pictureOfThird(1_000).nodes[2]).toMatchObject({ isCutOff: true, hearsLeader: false });
    const cut = pictureOfThird(200, { cut: ['1-3', '2-3'] });
    expect(cut.nodes[2]).toMatchObject({ isCutOff: true, hearsLeader: false });
    expect(situationOf(cut)).toMatchObject({ remarks: [{ kind: 'cutOff', pids: [3] }] });
  });
});

describe('links', () => {
  it('are each direction by itself, and a round trip proves both', () => {
    expect(links({ nodes: 3, leader: 1 })).toEqual([]);
    expect(links({ nodes: 3, leader: 1, isOld: true })).toEqual([]);
    expect(links({ nodes: 3, leader: 1, cut: ['1>2'] })).toEqual(['1>2 cut']);
    expect(links({ nodes: 3, leader: 1, cut: ['1-2'] })).toEqual(['1>2 cut', '2>1 cut']);
    expect(links({ nodes: 3, leader: 1, faults: { '1>2': { delayMs: 5 } } })).toEqual([
      '1>2 faulty',
    ]);
    expect(links({ nodes: 3, leader: 1, lost: ['1-2'] })).toEqual(['1>2 down', '2>1 down']);
  });

  it('of a node that is down are down, and its faults are known from the file', () => {
    const lab: Lab = { nodes: 3, leader: 1, down: [3], cut: ['3>1'] };
    expect(links(lab)).toEqual(['1>3 down', '2>3 down', '3>1 down', '3>2 down']);
    const link = labPicture(lab).links.find(({ from, to }) => from === 3 && to === 1);
    expect(link).toMatchObject({ areEndsUp: false, fault: { isCut: true } });
  });

  it('of a node that does not answer are known from the other end', () => {
    expect(links({ nodes: 3, leader: 1, silent: [3] })).toEqual([]);
    expect(links({ nodes: 3, leader: 1, silent: [3], cut: ['3>1'] })).toEqual(['3>1 cut']);
    expect(links({ nodes: 2, silent: [1, 2] })).toEqual(['1>2 unknown', '2>1 unknown']);
  });
});

describe('ballots', () => {
  it('are read from their text, and nothing else is', () => {
    expect(readBallot('c1.n4.p0@2')).toMatchObject({ n: 4, pid: 2, order: [1, 4, 0, 2] });
    for (const text of [undefined, '', 'c1.n0.p0@2', 'c1.n4.p0', 'n4@2']) {
      expect(readBallot(text)).toBeUndefined();
    }
  });

  it('are ordered by configuration, n, priority, pid (E1)', () => {
    const texts = ['c1.n4.p0@2', 'c1.n4.p0@3', 'c1.n4.p1@1', 'c1.n10.p0@1', 'c2.n1.p0@1'];
    const mixed = [...texts].reverse().map(readBallot);
    expect(mixed.sort(compareBallotViews).map((ballot) => ballot?.text)).toEqual(texts);
    expect(compareBallotViews(undefined, readBallot('c1.n1.p0@1'))).toBeLessThan(0);
    expect(compareBallotViews(undefined, undefined)).toBe(0);
  });
});
