/**
 * omnikv isolate: cuts all links between the named nodes and the others.
 */

import { ClusterCommand, nameNodes, nodesArgument } from '../cli/cluster-command.js';
import { faultDurationFlag, resetFlag } from '../cli/link-flags.js';
import { renderBrokenLinks } from '../cli/render-links.js';

export default class Isolate extends ClusterCommand {
  static override summary = 'Cut all links of nodes to the others; heal brings them back.';
  static override description =
    'Several nodes that are named keep the links among themselves. Clients still reach every node.';
  static override examples = [
    '<%= config.bin %> isolate 2',
    '<%= config.bin %> isolate leader --for 30s',
  ];
  static override args = {
    nodes: nodesArgument({ isRequired: true, meaning: 'which nodes' }),
  };
  static override flags = { for: faultDurationFlag(), reset: resetFlag() };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Isolate);
    const cluster = await this.findCluster(flags);
    const { breakLinks, linksOfIsolation, resolveSelectors } =
      await import('../core/cluster/index.js');
    const pids = await resolveSelectors(cluster, { selectors: args.nodes ?? [], fallback: 'all' });
    const links = await linksOfIsolation(cluster, pids);
    const report = await this.clusterStep(`isolating ${nameNodes(pids)}`, async (onStep) => {
      const options = { durationMs: flags.for, isReset: flags.reset, onStep };
      return await breakLinks(cluster, { links, change: { kind: 'cut' }, ...options });
    });
    renderBrokenLinks(this.output, report);
  }
}
