/** Brings nodes back on their data and waits until they have caught up. */
import type { Cluster } from './find-cluster.js';
import type { StartOptions } from './start-nodes.js';

export interface RecoveredNode {
  readonly pid: number;
  readonly osPid: number;
  readonly outcome: 'recovered' | 'alreadyRunning';
  /** decidedIdx when the node first answered, and when it had caught up. */
  readonly fromIdx: number;
  readonly toIdx: number;
}

export interface RecoverReport {
  readonly nodes: readonly RecoveredNode[];
  readonly leader: number | undefined;
  readonly runningCount: number;
  readonly nodeCount: number;
  readonly hasQuorum: boolean;
  /** "node 1 is up at 0..842, waiting for a quorum (1 of 3 runs); next: omnikv recover 2". */
  readonly note: string | undefined;
}

export async function recoverNodes(
  _cluster: Cluster,
  _options: StartOptions,
): Promise<RecoverReport> {
  throw new Error('not built yet');
}
