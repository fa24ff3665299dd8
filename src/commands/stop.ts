/**
 * omnikv stop: ends nodes politely. Stopping what is down is no error.
 */

import { ClusterCommand, nameNodes, nodesArgument } from '../cli/cluster-command.js';
import { durationFlag } from '../cli/flags.js';
import { renderStop } from '../cli/render-report.js';
import { SHUTDOWN_GRACE_MS } from '../core/limits.js';

export default class Stop extends ClusterCommand {
  static override summary = 'Stop nodes, all of them unless some are named.';
  static override examples = ['<%= config.bin %> stop', '<%= config.bin %> stop 2,3'];
  static override args = {
    nodes: nodesArgument({ isRequired: false, meaning: 'which nodes (all)' }),
  };
  static override flags = {
    timeout: durationFlag({
      description: 'how long a node may take before it is killed',
      default: SHUTDOWN_GRACE_MS,
      defaultHelp: async () => await Promise.resolve('5s'),
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Stop);
    const cluster = await this.findCluster(flags);
    const { resolveSelectors, stopNodes } = await import('../core/cluster/index.js');
    const pids = await resolveSelectors(cluster, { selectors: args.nodes ?? [], fallback: 'all' });
    const report = await this.clusterStep(`stopping ${nameNodes(pids)}`, async (onStep) => {
      return await stopNodes(cluster, { pids, timeoutMs: flags.timeout, onStep });
    });
    renderStop(this.output, report);
  }
}
