/**
 * omnikv wait: waits until the cluster is as it should be, for scripts.
 */

import { string } from '@oclif/core/flags';
import { ClusterCommand } from '../cli/cluster-command.js';
import { timeoutFlag } from '../cli/flags.js';
import { describeCluster, statusToJson } from '../cli/render-status.js';

export default class Wait extends ClusterCommand {
  static override summary = 'Wait until the cluster is as it should be; exit 124 if it is not.';
  static override examples = [
    '<%= config.bin %> wait --for leader',
    '<%= config.bin %> wait --for synced --timeout 30s',
    '<%= config.bin %> wait --for node=2:down',
  ];
  static override flags = {
    for: string({
      description: 'leader, quorum, synced, decided=N, node=2:up or node=2:down',
      required: true,
      helpValue: 'WHAT',
    }),
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Wait);
    const cluster = await this.findCluster(flags);
    const { parseWaitCondition, waitFor } = await import('../core/cluster/index.js');
    const condition = parseWaitCondition(flags.for, cluster.pids);
    const status = await this.step(`waiting for ${flags.for}`, async () => {
      return await waitFor(cluster, { condition, timeoutMs: flags.timeout });
    });
    this.output.line(describeCluster(status));
    this.output.success(statusToJson(status));
  }
}
