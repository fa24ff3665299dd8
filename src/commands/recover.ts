/**
 * omnikv recover: runs nodes again on their own data and waits until they have caught up.
 */

import { ClusterCommand, nameNodes, nodesArgument } from '../cli/cluster-command.js';
import { startTimeoutFlag } from '../cli/flags.js';
import { renderRecover } from '../cli/render-report.js';

export default class Recover extends ClusterCommand {
  static override summary = 'Bring nodes back on their data; wait until they have caught up.';
  static override description =
    'Says from where a node came back and how far it caught up. Without a quorum it ends once the ' +
    'node is up, and says what is missing.';
  static override examples = ['<%= config.bin %> recover 2', '<%= config.bin %> recover'];
  static override args = {
    nodes: nodesArgument({ isRequired: false, meaning: 'which nodes (down)' }),
  };
  static override flags = { timeout: startTimeoutFlag() };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Recover);
    const cluster = await this.findCluster(flags);
    const { recoverNodes, resolveSelectors } = await import('../core/cluster/index.js');
    const pids = await resolveSelectors(cluster, { selectors: args.nodes ?? [], fallback: 'down' });
    const report = await this.clusterStep(`recovering ${nameNodes(pids)}`, async (onStep) => {
      return await recoverNodes(cluster, { pids, timeoutMs: flags.timeout, onStep });
    });
    renderRecover(this.output, report);
  }
}
