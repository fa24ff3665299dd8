/** What runs, who leads, what is missing. */
import type { NodeStatus } from '../wire/node-status.js';
import type { Cluster } from './find-cluster.js';

/**
 * `starting`: spawned, has no run file yet. `stale`: a process lives that the run file does not
 * describe rightly; it is never signalled (S5).
 */
export type NodeState = 'running' | 'starting' | 'paused' | 'down' | 'stale';

export interface NodeView {
  readonly pid: number;
  readonly state: NodeState;
  readonly osPid: number | undefined;
  /** ISO 8601. */
  readonly startedAt: string | undefined;
  readonly version: string | undefined;
  /** Undefined where the node is not running or did not answer. */
  readonly status: NodeStatus | undefined;
  /** One sentence: why there is no status, or what the run file lies about. */
  readonly problem: string | undefined;
  /** The file on disk says something else than what runs: `omnikv restart PID` takes it up. */
  readonly isConfigChanged: boolean;
}

export type ClusterHealth = 'healthy' | 'degraded' | 'noQuorum';

export interface ClusterStatus {
  readonly clusterId: string;
  readonly health: ClusterHealth;
  /** The node that serves as leader. */
  readonly leader: number | undefined;
  readonly runningCount: number;
  readonly nodes: readonly NodeView[];
}

export async function collectStatus(
  _cluster: Cluster,
  _options: { readonly timeoutMs?: number | undefined } = {},
): Promise<ClusterStatus> {
  throw new Error('not built yet');
}
