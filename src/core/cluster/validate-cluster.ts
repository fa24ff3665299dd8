/**
 * Every configuration file of a cluster, each by itself and all together.
 *
 * Nodes that disagree on who is in the cluster would never elect a leader, or two; nobody but the
 * command line sees all files at once.
 */

import { OmnikvError } from '../errors.js';
import type { NodeConfig } from '../config/node-config.js';
import type { Cluster } from './find-cluster.js';

export interface ConfigReport {
  readonly pid: number;
  readonly path: string;
  /** Undefined where the file is legal. */
  readonly error: OmnikvError | undefined;
}

export async function validateCluster(cluster: Cluster): Promise<readonly ConfigReport[]> {
  const { fileSystem, layout, pids } = cluster;
  const { loadNodeConfig } = await import('../config/index.js');
  const loaded = new Map<number, NodeConfig>();
  return pids.map((pid) => {
    const path = layout.nodeConfigFile(pid);
    try {
      const config = loadNodeConfig({ fileSystem, layout, pid });
      loaded.set(pid, config);
      const first = loaded.get(Math.min(...loaded.keys())) ?? config;
      const problem = disagreement(cluster, config, first);
      const error = problem === undefined ? undefined : refusal(pid, problem);
      return { pid, path, error };
    } catch (error) {
      if (!(error instanceof OmnikvError)) throw error;
      return { pid, path, error };
    }
  });
}

/** What a file says otherwise than the directory, or than the first file. */
function disagreement(cluster: Cluster, config: NodeConfig, first: NodeConfig): string | undefined {
  const { omniPaxos } = config;
  const other = first.omniPaxos;
  const named = [...omniPaxos.peers, omniPaxos.pid].sort((a, b) => a - b);
  if (named.join() !== cluster.pids.join()) {
    return `pid and peers name the nodes ${named.join(', ')}, but config/ holds files for ${cluster.pids.join(', ')}`;
  }
  if (omniPaxos.configurationId !== other.configurationId) {
    return `configuration_id is ${omniPaxos.configurationId}, that of node ${other.pid} is ${other.configurationId}`;
  }
  if (quorumText(config) !== quorumText(first)) {
    return `flexible_quorum is ${quorumText(config)}, that of node ${other.pid} is ${quorumText(first)}`;
  }
  if (config.tickMs !== first.tickMs) {
    return `tick_ms is ${config.tickMs}, that of node ${other.pid} is ${first.tickMs}`;
  }
  return undefined;
}

function quorumText(config: NodeConfig): string {
  const quorum = config.omniPaxos.flexibleQuorum;
  if (quorum === undefined) return 'a majority';
  return `${quorum.readQuorumSize} to lead and ${quorum.writeQuorumSize} to accept`;
}

function refusal(pid: number, problem: string): OmnikvError {
  return new OmnikvError('OMNIKV_INVALID_CONFIG', `config/node${pid}.toml: ${problem}`, {
    suggestions: ['Make the files of all nodes agree; omnikv config show prints what they say.'],
  });
}
