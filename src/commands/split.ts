/**
 * omnikv split: cuts all links between groups of nodes.
 */

import { string } from '@oclif/core/args';
import { ClusterCommand } from '../cli/cluster-command.js';
import { faultDurationFlag, resetFlag } from '../cli/link-flags.js';
import { renderBrokenLinks } from '../cli/render-links.js';

export default class Split extends ClusterCommand {
  static override summary = 'Cut all links between groups of nodes; heal brings them back.';
  static override description =
    'A / stands between groups, as in 1,2/3,4,5. A node that is in no group keeps all its links.';
  static override examples = [
    '<%= config.bin %> split 1,2/3',
    '<%= config.bin %> split leader/followers --for 30s',
  ];
  static override args = {
    groups: string({
      description: 'groups of nodes: 1,2/3,4,5, leader/followers',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override flags = { for: faultDurationFlag(), reset: resetFlag() };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Split);
    const cluster = await this.findCluster(flags);
    const { breakLinks, resolveSplit } = await import('../core/cluster/index.js');
    const links = await resolveSplit(cluster, args.groups);
    const report = await this.clusterStep('splitting the cluster', async (onStep) => {
      const options = { durationMs: flags.for, isReset: flags.reset, onStep };
      return await breakLinks(cluster, { links, change: { kind: 'cut' }, ...options });
    });
    renderBrokenLinks(this.output, report);
  }
}
