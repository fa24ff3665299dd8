/** Every configuration file of a cluster, each by itself and all together. */
import type { OmnikvError } from '../errors.js';
import type { Cluster } from './find-cluster.js';

export interface ConfigReport {
  readonly pid: number;
  readonly path: string;
  /** Undefined where the file is legal. */
  readonly error: OmnikvError | undefined;
}

export async function validateCluster(_cluster: Cluster): Promise<readonly ConfigReport[]> {
  throw new Error('not built yet');
}
