/**
 * omnikv crash: kills nodes as a crash would (SIGKILL). Nothing acknowledged is lost (S2).
 */

import { ClusterCommand, nameNodes, nodesArgument } from '../cli/cluster-command.js';
import { timeoutFlag } from '../cli/flags.js';
import { renderStop } from '../cli/render-report.js';

export default class Crash extends ClusterCommand {
  static override summary = 'Kill nodes at once (SIGKILL); recover brings them back.';
  static override examples = ['<%= config.bin %> crash 2', '<%= config.bin %> crash leader'];
  static override args = {
    nodes: nodesArgument({ isRequired: true, meaning: 'which nodes' }),
  };
  static override flags = { timeout: timeoutFlag() };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Crash);
    const cluster = await this.findCluster(flags);
    const { crashNodes, resolveSelectors } = await import('../core/cluster/index.js');
    const pids = await resolveSelectors(cluster, { selectors: args.nodes ?? [], fallback: 'down' });
    const report = await this.clusterStep(`killing ${nameNodes(pids)}`, async (onStep) => {
      return await crashNodes(cluster, { pids, timeoutMs: flags.timeout, onStep });
    });
    renderStop(this.output, report);
  }
}
