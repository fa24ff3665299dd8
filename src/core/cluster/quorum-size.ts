/**
 * How many nodes must run for the cluster to work: a majority, or what flexible_quorum says.
 *
 * For messages and for deciding whether waiting makes sense; the protocol judges for itself.
 */

import type { Cluster } from './find-cluster.js';

/** A file that cannot be read counts as one without flexible_quorum: start will say so. */
export async function quorumSizeOf(cluster: Cluster): Promise<number> {
  const { fileSystem, layout, pids } = cluster;
  const majority = Math.floor(pids.length / 2) + 1;
  const { loadNodeConfig } = await import('../config/index.js');
  for (const pid of pids) {
    try {
      const { omniPaxos } = loadNodeConfig({ fileSystem, layout, pid });
      const quorum = omniPaxos.flexibleQuorum;
      if (quorum === undefined) return majority;
      return Math.max(quorum.readQuorumSize, quorum.writeQuorumSize);
    } catch {
      continue;
    }
  }
  return majority;
}
