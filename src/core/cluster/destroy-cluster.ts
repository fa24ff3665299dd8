/** Removes a cluster: what init and the nodes made, and nothing else. */
import type { Cluster } from './find-cluster.js';
import type { OnStep } from './steps.js';

export interface DestroyReport {
  readonly stoppedCount: number;
  /** Found in the cluster's folders, not made by omnikv, left alone. */
  readonly keptPaths: readonly string[];
}

export async function destroyCluster(
  _cluster: Cluster,
  _options: { readonly onStep?: OnStep | undefined } = {},
): Promise<DestroyReport> {
  throw new Error('not built yet');
}
