/**
 * omnikv top: the cluster as it changes, with throughput and a log of events.
 */

import { ClusterCommand } from '../cli/cluster-command.js';
import { forFlag, intervalFlag, DEFAULT_INTERVAL_MS } from '../cli/watch-flags.js';
import { TopRun } from '../cli/top-run.js';

export default class Top extends ClusterCommand {
  static override summary = 'Watch the cluster: throughput, nodes, links, and what happens.';
  static override description =
    'Redraws on a terminal until Ctrl-C; elsewhere each event is a line. Events: leader changes ' +
    'with their reason, links cut and healed, nodes down, paused and back, relays.';
  static override examples = [
    '<%= config.bin %> top --for 1s',
    '<%= config.bin %> top --interval 200ms --for 1s --json',
  ];
  static override flags = { interval: intervalFlag(), for: forFlag() };

  async run(): Promise<void> {
    const { flags } = await this.parse(Top);
    const cluster = await this.findCluster(flags);
    const { watchCluster } = await import('../core/cluster/index.js');
    const top = new TopRun(this.output);
    await watchCluster(cluster, {
      intervalMs: flags.interval ?? DEFAULT_INTERVAL_MS,
      durationMs: flags.for,
      onLook: (look) => top.look(look),
    });
    this.output.success(top.answer());
  }
}
