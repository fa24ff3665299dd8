/**
 * omnikv init: makes a cluster directory. It starts nothing.
 */

import { boolean } from '@oclif/core/flags';
import { checkDirectoryFlag, clusterEnvironment, ClusterCommand } from '../cli/cluster-command.js';
import { indexFlag } from '../cli/flags.js';
import { usageError } from '../cli/to-omnikv-error.js';
import { MAX_INIT_NODES } from '../core/limits.js';

const DEFAULT_NODE_COUNT = 3;

export default class Init extends ClusterCommand {
  static override summary = 'Make a cluster in this directory, or in --dir.';
  static override description =
    'Writes config/cluster.toml, config/node1.toml … and makes the data directories. The directory ' +
    'need not be empty.';
  static override examples = [
    '<%= config.bin %> init --nodes 3',
    '<%= config.bin %> init --nodes 5 --dir lab',
  ];
  static override flags = {
    nodes: indexFlag({ description: `how many nodes, 1 to ${MAX_INIT_NODES} (3)` }),
    force: boolean({ description: 'move the data of a stopped cluster aside and start anew' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Init);
    checkDirectoryFlag(flags);
    const nodeCount = flags.nodes ?? DEFAULT_NODE_COUNT;
    if (nodeCount < 1 || nodeCount > MAX_INIT_NODES) {
      throw usageError('init', `--nodes is ${nodeCount}; 1 to ${MAX_INIT_NODES} are possible`);
    }
    const { initCluster } = await import('../core/cluster/index.js');
    const report = await initCluster({
      directory: flags.dir ?? process.cwd(),
      nodeCount,
      mode: flags.force ? 'replace' : 'new',
      environment: clusterEnvironment(),
    });
    const count = report.pids.length === 1 ? '1 node' : `${report.pids.length} nodes`;
    this.output.line(`a cluster of ${count} in ${report.directory}`);
    if (report.movedTo !== undefined) this.output.note(`the old data is in ${report.movedTo}`);
    if (!this.output.isJson) this.output.note('next: omnikv start');
    this.output.success({ ...report, movedTo: report.movedTo ?? null });
  }
}
