/**
 * The patterns of partial connectivity, and what is measured in them.
 *
 * Times are given in election timeouts from the last cut to the first decided entry that was
 * proposed after it.
 */

import { Cluster, ELECTION_TIMEOUT_MS } from './cluster.js';
import type { ClusterNode } from './cluster-node.js';

/** A cluster with a leader, a few decided entries and a random phase. */
export function settledCluster(options: {
  readonly seed: string;
  readonly nodes: number;
  readonly hints?: boolean;
}): { cluster: Cluster; leader: ClusterNode } {
  const cluster = new Cluster({
    ...options,
    // One way at most 1 % of the election timeout.
    link: { latencyUs: { min: 100, max: 3_000 } },
    flushUs: { min: 100, max: 1_000 },
  });
  cluster.waitForLeader();
  const { prng } = cluster;
  cluster.runFor(2 * ELECTION_TIMEOUT_MS + prng.split('phase').fraction() * ELECTION_TIMEOUT_MS);
  const leader = cluster.waitForLeader();
  cluster.decide(leader.pid, ['before-1', 'before-2', 'before-3']);
  return { cluster, leader };
}

/** Only the hub still reaches a majority, and it is not the leader: a star around it. */
export function cutAllButHub(cluster: Cluster, hub: number): void {
  for (const [i, a] of cluster.pids.entries()) {
    for (const b of cluster.pids.slice(i + 1)) if (a !== hub && b !== hub) cluster.cut(a, b);
  }
}

export interface Recovery {
  readonly timeouts: number;
  readonly leaderChangesAfterwards: number;
  /** Election timeouts from the first new entry to the last candidate after it; 0: none. */
  readonly lastLeaderChangeTimeouts: number;
}

/** Proposes at `at` every other tick until an entry proposed from now on is decided. */
export function measureRecovery(cluster: Cluster, at: () => number): Recovery {
  const cutMs = cluster.nowMs;
  const knownCount = cluster.decided.length;
  let proposed = 0;
  let scanned = knownCount;
  const isRecovered = () => {
    for (; scanned < cluster.decided.length; scanned++) {
      if (cluster.decided[scanned]!.startsWith('after-')) return true;
    }
    return false;
  };
  while (!isRecovered()) {
    if (cluster.nowMs - cutMs > 20 * ELECTION_TIMEOUT_MS) {
      throw new Error(`seed ${cluster.seed}: nothing decided in 20 election timeouts`);
    }
    cluster.tryAppend(at(), `after-${++proposed}`);
    cluster.runFor(20);
  }
  const recoveredMs = cluster.decidedAtMs[scanned]!;
  cluster.runFor(20 * ELECTION_TIMEOUT_MS);
  const later = cluster.leaderChanges.filter(({ timeMs }) => timeMs > recoveredMs);
  return {
    timeouts: (recoveredMs - cutMs) / ELECTION_TIMEOUT_MS,
    leaderChangesAfterwards: later.length,
    lastLeaderChangeTimeouts:
      ((later.at(-1)?.timeMs ?? recoveredMs) - recoveredMs) / ELECTION_TIMEOUT_MS,
  };
}

export interface Distribution {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function distribution(samples: readonly number[]): Distribution {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (fraction: number) => sorted[Math.floor((sorted.length - 1) * fraction)]!;
  return { min: at(0), median: at(0.5), max: at(1) };
}

export function numbered(prefix: string, count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${from + i}`);
}
