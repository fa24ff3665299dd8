/**
 * omnikv restart: stops nodes and runs them again on their data; they read their files anew.
 */

import { boolean } from '@oclif/core/flags';
import { ClusterCommand, nameNodes, nodesArgument } from '../cli/cluster-command.js';
import { startTimeoutFlag } from '../cli/flags.js';
import { renderStart } from '../cli/render-report.js';

export default class Restart extends ClusterCommand {
  static override summary = 'Stop nodes and run them again; they read their configuration anew.';
  static override description =
    'Without --rolling all stop, then all start. With it they go one after the other, and the ' +
    'cluster serves on.';
  static override examples = ['<%= config.bin %> restart 2', '<%= config.bin %> restart --rolling'];
  static override args = {
    nodes: nodesArgument({ isRequired: false, meaning: 'which nodes (all)' }),
  };
  static override flags = {
    rolling: boolean({ description: 'one after the other, the leader last' }),
    timeout: startTimeoutFlag(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Restart);
    const cluster = await this.findCluster(flags);
    const { resolveSelectors, restartNodes } = await import('../core/cluster/index.js');
    const pids = await resolveSelectors(cluster, { selectors: args.nodes ?? [], fallback: 'all' });
    const report = await this.clusterStep(`restarting ${nameNodes(pids)}`, async (onStep) => {
      const mode = flags.rolling ? 'rolling' : 'atOnce';
      return await restartNodes(cluster, { pids, mode, timeoutMs: flags.timeout, onStep });
    });
    renderStart(this.output, report);
  }
}
