/**
 * Conformance with the reference's reconnection scenarios: T11 to T15.
 *
 * No node hears of a closed or opened connection here: every repair is found by the protocol.
 */

import { describe, expect, test } from 'vitest';
import { Cluster, ELECTION_TIMEOUT_MS } from '../../support/cluster.js';
import type { ClusterNode } from '../../support/cluster-node.js';
import { numbered } from '../../support/scenarios.js';

const initial = numbered('initial', 5);
const missed = numbered('missed', 5);
const later = numbered('later', 5);

function start(seed: string) {
  const cluster = new Cluster({ seed, nodes: 5 });
  const leader = cluster.waitForLeader();
  cluster.runFor(ELECTION_TIMEOUT_MS);
  cluster.decide(leader.pid, initial);
  const follower = cluster.followersOf(leader)[1]!;
  cluster.runUntil('the follower is in step', () => follower.decided.length === 5);
  return { cluster, leader, follower };
}

/** The leader hangs for a second, as if stopped by a signal, while another takes over. */
function replaceLeader(cluster: Cluster, leader: ClusterNode): ClusterNode {
  leader.pause();
  cluster.runFor(1_000);
  leader.resume();
  return cluster.waitForLeader({ except: leader.pid });
}

test('T11: consecutive AcceptDecides to one follower carry consecutive first indices', () => {
  const { cluster, leader, follower } = start('T11');
  const slices: { firstIdx: number; endIdx: number }[] = [];
  cluster.network.onSent = ({ to, body }) => {
    if (body.kind !== 'acceptDecide' || to !== follower.pid) return;
    slices.push({ firstIdx: body.firstIdx, endIdx: body.firstIdx + body.entries.length });
  };
  for (const entry of numbered('single', 5)) cluster.append(leader.pid, entry);
  cluster.runUntil('all are decided', () => cluster.decided.length === 10);
  expect(slices).toHaveLength(5);
  expect(slices.map(({ firstIdx }) => firstIdx)).toEqual([5, 6, 7, 8, 9]);
  expect(slices.map(({ endIdx }) => endIdx)).toEqual([6, 7, 8, 9, 10]);
});

describe.each([1, 2, 3])('what was lost is repaired (seed %i)', (seed) => {
  test('T12: AcceptDecides', () => {
    const { cluster, leader, follower } = start(`T12/${seed}`);
    cluster.cutOneWay(leader.pid, follower.pid);
    cluster.decide(leader.pid, missed);
    expect(follower.decided).toEqual(initial);
    cluster.heal(leader.pid, follower.pid);
    cluster.decide(leader.pid, later);
    cluster.runUntil('it has all', () => follower.decided.length === 15, { withinMs: 1_000 });
    expect(follower.decided).toEqual([...initial, ...missed, ...later]);
  });

  test('T13: Prepare', () => {
    const { cluster, leader, follower } = start(`T13/${seed}`);
    for (const { pid } of cluster.nodes) cluster.cutOneWay(pid, follower.pid);
    const next = replaceLeader(cluster, leader);
    cluster.decide(next.pid, missed);
    expect(follower.decided).toEqual(initial);
    cluster.healAll();
    cluster.runUntil('it has all', () => follower.decided.length === 10, { withinMs: 1_000 });
    expect(follower.decided).toEqual([...initial, ...missed]);
    expect(follower.omniPaxos.getPromise()).toEqual(next.omniPaxos.getPromise());
  });

  test('T14: Promise', () => {
    const { cluster, leader, follower } = start(`T14/${seed}`);
    for (const { pid } of cluster.nodes) cluster.cutOneWay(follower.pid, pid);
    const next = replaceLeader(cluster, leader);
    cluster.decide(next.pid, missed);
    cluster.healAll();
    cluster.runUntil('it has all', () => follower.decided.length === 10, { withinMs: 1_000 });
    expect(follower.decided).toEqual([...initial, ...missed]);
  });

  test('T15: the question about a gap', () => {
    const { cluster, leader, follower } = start(`T15/${seed}`);
    cluster.cutOneWay(leader.pid, follower.pid);
    cluster.decide(leader.pid, missed);
    cluster.cutOneWay(follower.pid, leader.pid);
    cluster.network.heal(leader.pid, follower.pid);
    cluster.decide(leader.pid, later);
    cluster.runFor(100);
    cluster.heal(follower.pid, leader.pid);
    cluster.runUntil('it has all', () => follower.decided.length === 15, { withinMs: 1_000 });
    expect(follower.decided).toEqual([...initial, ...missed, ...later]);
  });
});

describe('the same kinds of message, dropped one kind at a time', () => {
  test.each(['prepare', 'promise', 'acceptSync', 'acceptDecide', 'accepted', 'decide'] as const)(
    'after %s was lost for a second, all nodes hold all entries',
    (kind) => {
      const { cluster, leader } = start(`lost/${kind}`);
      cluster.network.drops = ({ body }) => body.kind === kind;
      leader.pause();
      cluster.runFor(1_000);
      leader.resume();
      cluster.runFor(200);
      cluster.network.drops = undefined;
      const next = cluster.waitForLeader();
      cluster.decide(next.pid, missed);
      cluster.waitForConvergence({ withinMs: 3_000 });
      for (const { decided } of cluster.nodes) expect(decided).toEqual([...initial, ...missed]);
    },
  );
});
