/**
 * How many nodes must run for the cluster to work: a majority, or what flexible_quorum says.
 *
 * For messages and for deciding whether waiting makes sense; the protocol judges for itself.
 */

import type { OmniPaxosConfig } from '../config/index.js';
import type { Cluster } from './find-cluster.js';

/** `read`: to elect. `write`: to decide. */
export type QuorumSizes = NonNullable<OmniPaxosConfig['flexibleQuorum']>;

/** To elect and to decide: the larger of both quorums. */
export async function quorumSizeOf(cluster: Cluster): Promise<number> {
  const { readQuorumSize, writeQuorumSize } = await quorumSizesOf(cluster);
  return Math.max(readQuorumSize, writeQuorumSize);
}

/** A file that cannot be read counts as one without flexible_quorum: start will say so. */
export async function quorumSizesOf(cluster: Cluster): Promise<QuorumSizes> {
  const { fileSystem, layout, pids } = cluster;
  const majority = Math.floor(pids.length / 2) + 1;
  const { loadNodeConfig } = await import('../config/index.js');
  for (const pid of pids) {
    try {
      const { omniPaxos } = loadNodeConfig({ fileSystem, layout, pid });
      if (omniPaxos.flexibleQuorum !== undefined) return omniPaxos.flexibleQuorum;
      break;
    } catch {
      continue;
    }
  }
  return { readQuorumSize: majority, writeQuorumSize: majority };
}
