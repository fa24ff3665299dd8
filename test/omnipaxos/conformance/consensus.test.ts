/**
 * Conformance with the reference's consensus scenarios: T2, T6, T7, T8, T9.
 */

import { describe, expect, test } from 'vitest';
import { Cluster, ELECTION_TIMEOUT_MS } from '../../support/cluster.js';
import { numbered } from '../../support/scenarios.js';

describe('T2: 2000 proposals at node 1 before the nodes start', () => {
  test('all are decided by a majority, nothing else is, and all logs are prefixes', () => {
    const cluster = new Cluster({ seed: 'T2', nodes: 5, startsByItself: false });
    const proposals = numbered('proposal', 2000);
    for (const entry of proposals) cluster.node(1).omniPaxos.append(entry);
    cluster.startAll();
    cluster.runUntil('all are decided', () => cluster.decided.length === 2000);
    expect(cluster.decided).toEqual(proposals);
    const holders = cluster.nodes.filter(({ disk }) => disk.durable.log.length === 2000);
    expect(holders.length).toBeGreaterThanOrEqual(3);
    for (const { decided } of cluster.nodes) {
      expect(decided).toEqual(proposals.slice(0, decided.length));
    }
    cluster.waitForConvergence();
    for (const { decided } of cluster.nodes) expect(decided).toEqual(proposals);
  });
});

describe('T6: batch size 31, 310 proposals at node 1', () => {
  test.each([1, 2, 3])('decidedIdx moves by at least 31 at a time (seed %i)', (seed) => {
    const cluster = new Cluster({
      seed: `T6/${seed}`,
      nodes: 3,
      configure: () => ({ batchSize: 31, flushBatchTickTimeout: 200 }),
    });
    cluster.waitForLeader();
    cluster.runFor(ELECTION_TIMEOUT_MS);
    const { omniPaxos } = cluster.node(1);
    const steps: number[] = [];
    let decidedIdx = omniPaxos.getDecidedIdx();
    const watch = () => {
      const now = omniPaxos.getDecidedIdx();
      if (now !== decidedIdx) steps.push(now - decidedIdx);
      decidedIdx = now;
      return decidedIdx === 310;
    };
    for (const entry of numbered('proposal', 310)) {
      cluster.append(1, entry);
      const untilMs = cluster.nowMs + 2;
      cluster.runUntil('2 ms', () => watch() || cluster.nowMs >= untilMs);
    }
    cluster.runUntil('all are decided', watch);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(31);
  });
});

describe('flexible quorums: 8 nodes, read quorum 6, write quorum 3', () => {
  const flexibleQuorum = { readQuorumSize: 6, writeQuorumSize: 3 };
  const first = numbered('first', 50);
  const rest = numbered('rest', 50);

  function start(seed: string) {
    const cluster = new Cluster({ seed, nodes: 8, configure: () => ({ flexibleQuorum }) });
    const leader = cluster.waitForLeader();
    cluster.decide(leader.pid, first);
    return { cluster, leader, followers: cluster.followersOf(leader) };
  }

  test('T7: without the leader and one follower, a survivor decides the rest', () => {
    const { cluster, leader, followers } = start('T7');
    cluster.crash(followers[0]!.pid);
    cluster.crash(leader.pid);
    cluster.runFor(10 * ELECTION_TIMEOUT_MS);
    const survivor = followers[1]!;
    cluster.decide(survivor.pid, rest);
    expect(survivor.decided).toEqual([...first, ...rest]);
  });

  test('T7: with one failure more than the read quorum allows, nobody takes over', () => {
    const { cluster, leader, followers } = start('T7/more');
    cluster.crash(followers[0]!.pid);
    cluster.crash(followers[1]!.pid);
    cluster.crash(leader.pid);
    cluster.runFor(10 * ELECTION_TIMEOUT_MS);
    expect(cluster.leader()).toBeUndefined();
  });

  test('T8: with five followers dead, the leader still decides', () => {
    const { cluster, leader, followers } = start('T8');
    for (const { pid } of followers.slice(0, 5)) cluster.crash(pid);
    cluster.decide(leader.pid, rest);
    cluster.runFor(10 * ELECTION_TIMEOUT_MS);
    cluster.decide(leader.pid, ['last']);
    expect(leader.decided).toEqual([...first, ...rest, 'last']);
    expect(cluster.leaderChanges).toHaveLength(1);
  });
});

describe('T9: 7 nodes, a proposal at a random follower', () => {
  test.each([1, 2, 3])('it is decided there (seed %i)', (seed) => {
    const cluster = new Cluster({ seed: `T9/${seed}`, nodes: 7 });
    const leader = cluster.waitForLeader();
    cluster.runFor(ELECTION_TIMEOUT_MS);
    const follower = cluster.prng.split('follower').pick(cluster.followersOf(leader));
    cluster.decide(follower.pid, ['forwarded']);
    expect(follower.decided).toEqual(['forwarded']);
  });
});
