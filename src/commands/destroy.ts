/**
 * omnikv destroy: stops a cluster and removes what omnikv made. It never asks: --yes is the answer.
 */

import { boolean } from '@oclif/core/flags';
import { ClusterCommand } from '../cli/cluster-command.js';
import { commandLine } from '../cli/shell-quote.js';
import { OmnikvError } from '../core/errors.js';

export default class Destroy extends ClusterCommand {
  static override summary = 'Stop the cluster and remove it with all its data.';
  static override examples = [
    '<%= config.bin %> destroy --yes',
    '<%= config.bin %> destroy --yes --dir lab',
  ];
  static override flags = { yes: boolean({ description: 'yes, remove the data' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(Destroy);
    const cluster = await this.findCluster(flags);
    const directory = cluster.layout.directory;
    if (!flags.yes) {
      const words = ['omnikv', 'destroy', '--yes', ...(flags.dir ? ['--dir', flags.dir] : [])];
      throw new OmnikvError(
        'OMNIKV_USAGE',
        `destroy would stop the cluster in ${directory} and remove all its data; say --yes`,
        { suggestions: [commandLine(words)] },
      );
    }
    const { destroyCluster } = await import('../core/cluster/index.js');
    const report = await this.clusterStep('destroying the cluster', async (onStep) => {
      return await destroyCluster(cluster, { onStep });
    });
    for (const path of report.keptPaths) this.output.note(`kept, not made by omnikv: ${path}`);
    this.output.line(`removed the cluster in ${directory}`);
    this.output.success({ directory, ...report });
  }
}
