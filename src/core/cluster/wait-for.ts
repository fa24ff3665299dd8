/** Waits until the cluster is as it should be. */
import type { ClusterStatus } from './cluster-status.js';
import type { Cluster } from './find-cluster.js';

export type WaitCondition =
  | { readonly kind: 'leader' }
  | { readonly kind: 'quorum' }
  /** Every node of the cluster runs and has decided what the leader has. */
  | { readonly kind: 'synced' }
  | { readonly kind: 'decided'; readonly idx: number }
  | { readonly kind: 'node'; readonly pid: number; readonly state: 'up' | 'down' };

/** Throws `OMNIKV_USAGE`, or `OMNIKV_UNKNOWN_NODE`. */
export function parseWaitCondition(_text: string, _pids: readonly number[]): WaitCondition {
  throw new Error('not built yet');
}

/** Throws `OMNIKV_WAIT_TIMEOUT` (exit 124), naming what is missing. */
export async function waitFor(
  _cluster: Cluster,
  _options: { readonly condition: WaitCondition; readonly timeoutMs: number },
): Promise<ClusterStatus> {
  throw new Error('not built yet');
}
