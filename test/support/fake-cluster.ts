/**
 * A cluster directory in a temporary place whose nodes are `fake-node.js`.
 *
 * `remove` ends every process that was started on it, whatever a test left behind.
 */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  crashNodes,
  findCluster,
  initCluster,
  type Cluster,
  type ClusterEnvironment,
} from '../../src/core/cluster/index.js';

export type Behaviour = 'fail' | 'exit' | 'ignoreTerm' | 'silent';

export const FAKE_ENVIRONMENT: ClusterEnvironment = {
  temporaryDirectory: tmpdir(),
  serverEntry: fileURLToPath(new URL('fake-node.js', import.meta.url)),
};

export interface FakeClusterOptions {
  readonly nodeCount?: number;
  /** Below the temporary directory. */
  readonly below?: string;
  readonly environment?: ClusterEnvironment;
}

export class FakeCluster {
  readonly root: string;
  readonly directory: string;
  readonly environment: ClusterEnvironment;
  #cluster: Cluster | undefined;

  constructor(options: FakeClusterOptions = {}) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'omnikv-cluster-')));
    this.directory = join(this.root, options.below ?? '');
    this.environment = options.environment ?? FAKE_ENVIRONMENT;
    mkdirSync(this.directory, { recursive: true });
  }

  static async create(options: FakeClusterOptions = {}): Promise<FakeCluster> {
    const fake = new FakeCluster(options);
    await initCluster({
      directory: fake.directory,
      nodeCount: options.nodeCount ?? 3,
      mode: 'new',
      environment: fake.environment,
    });
    return fake;
  }

  get cluster(): Cluster {
    this.#cluster ??= findCluster({
      workingDirectory: this.directory,
      environment: this.environment,
    });
    return this.#cluster;
  }

  behave(behaviours: Readonly<Record<number, Behaviour>>): void {
    writeFileSync(join(this.directory, 'fake-node.json'), JSON.stringify(behaviours));
  }

  async remove(): Promise<void> {
    if (this.#cluster !== undefined) await crashNodes(this.#cluster, { pids: this.#cluster.pids });
    rmSync(this.root, { recursive: true, force: true });
  }
}
