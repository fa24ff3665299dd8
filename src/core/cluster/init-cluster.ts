/** Makes a cluster directory. */
import type { ClusterEnvironment } from './find-cluster.js';

export interface InitClusterOptions {
  readonly directory: string;
  /** 1 to 9. */
  readonly nodeCount: number;
  /** `replace`: what is there is moved aside first; refused while a node runs. */
  readonly mode: 'new' | 'replace';
  readonly environment: ClusterEnvironment;
}

export interface InitReport {
  readonly directory: string;
  readonly clusterId: string;
  readonly pids: readonly number[];
  /** Where `replace` put the old data; undefined where there was none. */
  readonly movedTo: string | undefined;
}

export async function initCluster(_options: InitClusterOptions): Promise<InitReport> {
  throw new Error('not built yet');
}
