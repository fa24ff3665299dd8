/**
 * Conformance with the reference's election scenarios: T1, and T38 for sparse pids.
 */

import { describe, expect, test } from 'vitest';
import { Cluster, ELECTION_TIMEOUT_MS } from '../../support/cluster.js';
import { numbered } from '../../support/scenarios.js';
import { StepNode } from '../../support/step-node.js';

describe('T1: ten nodes, five leaders killed in turn', () => {
  test.each([1, 2, 3, 4, 5])('each leader differs from the one before (seed %i)', (seed) => {
    const cluster = new Cluster({ seed: `T1/${seed}`, nodes: 10 });
    const leaders: number[] = [];
    for (let round = 1; round <= 5; round++) {
      cluster.runFor(10 * ELECTION_TIMEOUT_MS);
      const leader = cluster.leader();
      expect(leader, `a leader in round ${round}`).toBeDefined();
      expect(leaders).not.toContain(leader!.pid);
      leaders.push(leader!.pid);
      cluster.crash(leader!.pid);
    }
    expect(cluster.nodes.filter((node) => node.isRunning)).toHaveLength(5);
  });
});

describe('T38: sparse pids elect, decide and resend to exactly their peers', () => {
  test.each([{ pids: [6, 7, 8] }, { pids: [7, 1, 100, 4, 6] }])('$pids', ({ pids }) => {
    const cluster = new Cluster({ seed: `T38/${pids.join()}`, nodes: pids });
    const receivers = new Set<number>();
    cluster.network.onSent = ({ to }) => receivers.add(to);
    const leader = cluster.waitForLeader();
    cluster.decide(leader.pid, numbered('entry', 20));
    cluster.waitForConvergence();
    expect([...receivers].sort()).toEqual([...pids].sort());
  });

  test.each([
    { pid: 7, peers: [6, 8] },
    { pid: 100, peers: [7, 1, 4, 6] },
  ])('Prepare is sent again to exactly $peers', ({ pid, peers }) => {
    const node = new StepNode({ pid, peers });
    node.takeOver(peers);
    node.sent();
    node.tick(20).flush();
    const prepared = node.sentMessages().filter(({ body }) => body.kind === 'prepare');
    expect(prepared.map(({ to }) => to).sort()).toEqual([...peers].sort());
  });
});
