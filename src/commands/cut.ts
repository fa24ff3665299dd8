/**
 * omnikv cut: what is sent over a link is swallowed, in one direction or both, until heal.
 */

import { ClusterCommand } from '../cli/cluster-command.js';
import { faultDurationFlag, linksArgument, resetFlag } from '../cli/link-flags.js';
import { renderBrokenLinks } from '../cli/render-links.js';

export default class Cut extends ClusterCommand {
  static override summary = 'Cut links between nodes; heal brings them back.';
  static override description =
    'A cut swallows all that is sent, in silence: the connection stays open and gives no hint, ' +
    'unless --reset closes it. It outlives crash and recover. A link that is slow or lossy stays ' +
    'so behind the cut; one time of expiry, that of the last command, counts for all of it.';
  static override examples = [
    '<%= config.bin %> cut 1-3',
    "<%= config.bin %> cut '1>3' --for 30s",
    '<%= config.bin %> cut leader-followers --reset',
  ];
  static override args = { links: linksArgument({ isRequired: true, meaning: 'which links' }) };
  static override flags = { for: faultDurationFlag(), reset: resetFlag() };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Cut);
    const cluster = await this.findCluster(flags);
    const { breakLinks, resolveLinks } = await import('../core/cluster/index.js');
    const links = await resolveLinks(cluster, args.links ?? []);
    const report = await this.clusterStep('cutting links', async (onStep) => {
      const options = { durationMs: flags.for, isReset: flags.reset, onStep };
      return await breakLinks(cluster, { links, change: { kind: 'cut' }, ...options });
    });
    renderBrokenLinks(this.output, report);
  }
}
