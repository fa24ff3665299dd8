/**
 * E7: a server that promised a candidate which then died must not be lost to the leader for ever.
 *
 * The leader hangs for a moment, a candidate reaches one server only and dies, the leader goes on
 * with its quorum (H11). That one server has promised higher: it takes nothing of the leader's
 * ballot, and nobody leads the one that it promised.
 */

import { describe, expect, test } from 'vitest';
import { Cluster, ELECTION_TIMEOUT_MS } from '../support/cluster.js';

function deadCandidate(seed: string) {
  const cluster = new Cluster({ seed, nodes: 5 });
  const leader = cluster.waitForLeader();
  cluster.runFor(ELECTION_TIMEOUT_MS);
  cluster.decide(leader.pid, ['before']);
  let candidate: number | undefined;
  let victim: number | undefined;
  cluster.network.drops = ({ body, from, to }) => {
    if (body.kind !== 'prepare' || from === leader.pid) return false;
    candidate ??= from;
    if (to !== leader.pid) victim ??= to;
    return to !== victim;
  };
  leader.pause();
  cluster.runUntil('a candidate', () => candidate !== undefined);
  cluster.runFor(8);
  cluster.crash(candidate!);
  leader.resume();
  cluster.network.drops = undefined;
  cluster.runFor(6 * ELECTION_TIMEOUT_MS);
  return { cluster, candidate: cluster.node(candidate!), victim: cluster.node(victim!) };
}

describe.each([1, 2, 3, 4, 5])('a candidate died after one promise (seed %i)', (seed) => {
  test('the server that gave it is in step with a leader again, and its proposals are decided', () => {
    const { cluster, victim } = deadCandidate(`dead candidate/${seed}`);
    expect(victim.omniPaxos.status().phase).toBe('accept');
    cluster.decide(victim.pid, ['from the victim'], { withinMs: ELECTION_TIMEOUT_MS });
  });

  test('so is the candidate when it comes back, and then no leader changes any more', () => {
    const { cluster, candidate } = deadCandidate(`dead candidate returns/${seed}`);
    cluster.restart(candidate.pid);
    cluster.runFor(6 * ELECTION_TIMEOUT_MS);
    expect(candidate.omniPaxos.status().phase).toBe('accept');
    cluster.decide(candidate.pid, ['from the candidate'], { withinMs: ELECTION_TIMEOUT_MS });
    const changes = cluster.leaderChanges.length;
    cluster.runFor(20 * ELECTION_TIMEOUT_MS);
    expect(cluster.leaderChanges).toHaveLength(changes);
  });
});
