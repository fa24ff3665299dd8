/**
 * omnikv scenario: the partial partitions that stop other systems, around the nodes that have the
 * roles at this moment.
 */

import { string } from '@oclif/core/args';
import { ClusterCommand } from '../cli/cluster-command.js';
import { faultDurationFlag, resetFlag } from '../cli/link-flags.js';
import { renderScenario } from '../cli/render-links.js';

export default class Scenario extends ClusterCommand {
  static override summary = 'Bring the running cluster into a partial partition by name.';
  static override description =
    'quorum-loss: one follower, the hub, keeps its links with all nodes, all other links are cut. ' +
    'constrained: the same, the leader is cut off from the hub as well, and the log of the hub is ' +
    'made to fall behind first (under writes). chained: the leader loses its link with one ' +
    'follower. restore: all links are healed. A scenario heals all other faults first.';
  static override examples = [
    '<%= config.bin %> scenario quorum-loss',
    '<%= config.bin %> scenario constrained --for 30s',
    '<%= config.bin %> scenario chained --json',
    '<%= config.bin %> scenario restore',
  ];
  static override args = {
    name: string({
      description: 'quorum-loss, constrained, chained or restore',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override flags = { for: faultDurationFlag(), reset: resetFlag() };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Scenario);
    const cluster = await this.findCluster(flags);
    const { runScenario } = await import('../core/cluster/index.js');
    const { name } = args;
    const report = await this.clusterStep(`scenario ${name}`, async (onStep) => {
      const options = { durationMs: flags.for, isReset: flags.reset, onStep };
      return await runScenario(cluster, { name, ...options });
    });
    renderScenario(this.output, report);
  }
}
