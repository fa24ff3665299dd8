/**
 * Conformance with the reference's recovery scenarios: T19 to T22, with a disk that keeps exactly
 * what was synced.
 */

import { describe, expect, test } from 'vitest';
import { Cluster, ELECTION_TIMEOUT_MS } from '../../support/cluster.js';
import { numbered } from '../../support/scenarios.js';

const half = numbered('half', 50);
const rest = numbered('rest', 50);

function start(seed: string) {
  const cluster = new Cluster({ seed, nodes: 3 });
  const leader = cluster.waitForLeader();
  cluster.runFor(ELECTION_TIMEOUT_MS);
  cluster.decide(leader.pid, half);
  return { cluster, leader, follower: cluster.followersOf(leader)[0]! };
}

function crashAndRestart(cluster: Cluster, pid: number): void {
  cluster.crash(pid);
  cluster.runFor(1_000);
  cluster.restart(pid);
}

describe.each([1, 2, 3])('a node is killed and restarted after a second (seed %i)', (seed) => {
  test('T19: the leader; a follower proposes the rest', () => {
    const { cluster, leader, follower } = start(`T19/${seed}`);
    crashAndRestart(cluster, leader.pid);
    cluster.decide(follower.pid, rest);
    cluster.waitForConvergence();
    expect(leader.decided).toEqual([...half, ...rest]);
  });

  test('T20: the leader; it proposes the rest itself', () => {
    const { cluster, leader } = start(`T20/${seed}`);
    crashAndRestart(cluster, leader.pid);
    cluster.decide(leader.pid, rest);
    expect(leader.decided).toEqual([...half, ...rest]);
  });

  test('T21: a follower; the leader proposes the rest', () => {
    const { cluster, leader, follower } = start(`T21/${seed}`);
    crashAndRestart(cluster, follower.pid);
    cluster.decide(leader.pid, rest);
    cluster.waitForConvergence();
    expect(follower.decided).toEqual([...half, ...rest]);
    expect(leader.decided).toEqual([...half, ...rest]);
    expect(cluster.leaderChanges).toHaveLength(1);
  });

  test('T22: a follower; it proposes the rest itself', () => {
    const { cluster, follower } = start(`T22/${seed}`);
    crashAndRestart(cluster, follower.pid);
    cluster.decide(follower.pid, rest);
    expect(follower.decided).toEqual([...half, ...rest]);
  });
});

test('all nodes killed at once, in the middle of a burst, keep every decided entry', () => {
  const { cluster, leader } = start('all at once');
  cluster.append(leader.pid, ...rest);
  cluster.runFor(0.6);
  const decided = [...cluster.decided];
  for (const pid of cluster.pids) cluster.crash(pid);
  cluster.runFor(500);
  for (const pid of cluster.pids) cluster.restart(pid);
  const next = cluster.waitForLeader();
  cluster.decide(next.pid, ['afterwards']);
  expect(cluster.decided.slice(0, decided.length)).toEqual(decided);
  cluster.waitForConvergence();
});
