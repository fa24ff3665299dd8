/**
 * E8 in a cluster: the lead moves within a few link latencies, nothing that was decided is lost, and
 * whatever is lost or dies on the way costs no more than an ordinary election.
 */

import { describe, expect, test } from 'vitest';
import type { MessageBody } from '../../src/core/omnipaxos/messages.js';
import { Cluster, ELECTION_TIMEOUT_MS } from '../support/cluster.js';
import { numbered, settledCluster } from '../support/scenarios.js';

/** E4: what a leader's crash may cost. */
const ELECTION_BUDGET_MS = 4 * ELECTION_TIMEOUT_MS;
const STEPS = ['handOver', 'prepare', 'promise', 'acceptSync', 'accepted'] as const;

function settled(seed: string, nodes = 3) {
  const { cluster, leader } = settledCluster({ seed, nodes });
  const target = cluster.followersOf(leader)[0]!;
  cluster.runFor(2 * ELECTION_TIMEOUT_MS);
  return { cluster, leader, target };
}

function handOver(cluster: Cluster, from: number, to: number): boolean {
  let hasBegun = false;
  const node = cluster.node(from);
  node.input(() => {
    hasBegun = node.omniPaxos.handOver(to);
  });
  return hasBegun;
}

function everyoneDecides(cluster: Cluster): void {
  for (const { pid, isRunning } of cluster.nodes) {
    if (isRunning) cluster.decide(pid, [`from ${pid} at ${cluster.nowMs}`]);
  }
}

describe('E8: the pause of a hand-over', () => {
  const LATENCY_MS = 2;
  const FLUSH_MS = 5;

  /** Proposes at every node each millisecond; gives the longest time without a decision. */
  function longestGapMs(cluster: Cluster, forMs: number, during: () => void): number {
    const from = cluster.decidedAtMs.length;
    const beganMs = cluster.nowMs;
    during();
    for (let i = 0; cluster.nowMs < beganMs + forMs; i++) {
      for (const pid of cluster.pids) cluster.tryAppend(pid, `at ${cluster.nowMs} by ${pid}`);
      cluster.runFor(1);
    }
    const times = [beganMs, ...cluster.decidedAtMs.slice(from), cluster.nowMs];
    return Math.max(...times.slice(1).map((time, i) => time - times[i]!));
  }

  test.each([3, 5])(
    'is one fdatasync and a round trip after the flush under way, with %i nodes under load',
    (nodes) => {
      const exactly = (ms: number) => ({ min: ms * 1_000, max: ms * 1_000 });
      const cluster = new Cluster({
        seed: `pause/${nodes}`,
        nodes,
        link: { latencyUs: exactly(LATENCY_MS) },
        flushUs: exactly(FLUSH_MS),
      });
      cluster.waitForLeader();
      cluster.runFor(3 * ELECTION_TIMEOUT_MS);
      for (let i = 0; i < 5; i++) {
        const leader = cluster.waitForLeader();
        const target = cluster.prng.pick(cluster.followersOf(leader));
        const quietMs = longestGapMs(cluster, 100 + i, () => undefined);
        const movedMs = longestGapMs(cluster, 100, () => handOver(cluster, leader.pid, target.pid));
        expect(cluster.leader()).toBe(target);
        // And what the flush takes that was under way when the Prepare came (group commit).
        expect(movedMs).toBeLessThanOrEqual(quietMs + 2 * FLUSH_MS + 2 * LATENCY_MS + 1);
        cluster.runFor(2 * ELECTION_TIMEOUT_MS);
      }
    },
  );
});

describe.each([1, 2, 3, 4, 5])('E8: a hand-over (seed %i)', (seed) => {
  test('makes the follower lead within a few latencies and flushes, and no leader changes after it', () => {
    const { cluster, leader, target } = settled(`hand-over/${seed}`);
    cluster.append(leader.pid, ...numbered('pending', 20));
    const begunMs = cluster.nowMs;
    expect(handOver(cluster, leader.pid, target.pid)).toBe(true);
    const isServing = () => cluster.leader() === target;
    cluster.runUntil('the follower leads', isServing, { withinMs: ELECTION_TIMEOUT_MS });
    // HandOver, Prepare, Promise, AcceptSync, Accepted: five links of 3 ms, four flushes of 1 ms.
    expect(cluster.nowMs - begunMs).toBeLessThan(5 * 3 + 4 * 1 + 1);
    everyoneDecides(cluster);
    for (const entry of numbered('pending', 20)) {
      expect(cluster.decided.filter((decided) => decided === entry)).toHaveLength(1);
    }
    const changes = cluster.leaderChanges.length;
    cluster.runFor(20 * ELECTION_TIMEOUT_MS);
    expect(cluster.leaderChanges).toHaveLength(changes);
  });

  test.each(STEPS)('costs at most an election where every %s of it is lost', (kind) => {
    const { cluster, leader, target } = settled(`lost ${kind}/${seed}`);
    const isOfIt = (body: MessageBody<string>) => body.kind === kind;
    cluster.network.drops = ({ body }) => isOfIt(body);
    handOver(cluster, leader.pid, target.pid);
    cluster.runFor(20);
    cluster.network.drops = undefined;
    cluster.waitForLeader({ withinMs: ELECTION_BUDGET_MS });
    everyoneDecides(cluster);
  });

  test.each(STEPS)('costs at most an election where its target dies at the first %s', (kind) => {
    const { cluster, leader, target } = settled(`dies at ${kind}/${seed}`);
    let isReached = false;
    cluster.network.drops = ({ body }) => {
      isReached ||= body.kind === kind;
      return false;
    };
    handOver(cluster, leader.pid, target.pid);
    cluster.runUntil(`the first ${kind}`, () => isReached, { withinMs: 100 });
    cluster.crash(target.pid, cluster.prng.fraction());
    cluster.waitForLeader({ withinMs: ELECTION_BUDGET_MS, except: target.pid });
    everyoneDecides(cluster);
    cluster.restart(target.pid);
    cluster.waitForConvergence({ withinMs: ELECTION_BUDGET_MS });
    everyoneDecides(cluster);
  });

  test('to a server that has just been paused leaves the leader where it was', () => {
    const { cluster, leader, target } = settled(`paused/${seed}`);
    const changes = cluster.leaderChanges.length;
    target.pause();
    handOver(cluster, leader.pid, target.pid);
    cluster.decide(leader.pid, ['meanwhile']);
    cluster.runFor(3 * ELECTION_TIMEOUT_MS);
    expect(handOver(cluster, leader.pid, target.pid)).toBe(false);
    expect(cluster.leaderChanges).toHaveLength(changes);
    target.resume();
    cluster.runFor(ELECTION_BUDGET_MS);
    everyoneDecides(cluster);
  });

  test('after another under load: nothing is decided twice, and what is decided stays', () => {
    const { cluster } = settled(`again and again/${seed}`, 5);
    const taken: string[] = [];
    for (let i = 0; i < 40; i++) {
      const leader = cluster.leader();
      if (leader !== undefined) {
        const entry = `entry-${i}`;
        if (cluster.tryAppend(leader.pid, entry)) taken.push(entry);
        handOver(cluster, leader.pid, cluster.prng.pick(cluster.pids));
      }
      cluster.runFor(cluster.prng.int(1, 30));
    }
    const decidedBefore = [...cluster.decided];
    cluster.waitForLeader();
    everyoneDecides(cluster);
    expect(cluster.decided.slice(0, decidedBefore.length)).toEqual(decidedBefore);
    const decided = cluster.decided.filter((entry) => taken.includes(entry));
    expect(new Set(decided).size).toBe(decided.length);
    // The bare core repeats nothing (H12); of what a leader took, hardly anything is lost.
    expect(decided.length).toBeGreaterThan(taken.length / 2);
    expect(cluster.leaderChanges.length).toBeGreaterThan(5);
  });
});
