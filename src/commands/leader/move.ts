/**
 * omnikv leader move: hands the lead over to another node while the cluster works on.
 */

import { string } from '@oclif/core/args';
import { ClusterCommand } from '../../cli/cluster-command.js';
import { timeoutFlag } from '../../cli/flags.js';
import { OmnikvError } from '../../core/errors.js';

export default class LeaderMove extends ClusterCommand {
  static override summary = 'Hand the lead over to another node, while the cluster works on.';
  static override description =
    'Nothing is refused and nothing is lost: the leader leads until the other node has taken over. ' +
    'Without NODE the one that has the longest log does.';
  static override examples = [
    '<%= config.bin %> leader move',
    '<%= config.bin %> leader move 2 --timeout 10s',
  ];
  static override args = {
    node: string({ description: 'which node shall lead: 2, random', ignoreStdin: true }),
  };
  static override flags = { timeout: timeoutFlag() };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LeaderMove);
    const cluster = await this.findCluster(flags);
    const { moveLeader, resolveSelectors } = await import('../../core/cluster/index.js');
    let to: number | undefined;
    if (args.node !== undefined) {
      const options = { selectors: [args.node], fallback: 'all' } as const;
      const pids = await resolveSelectors(cluster, options);
      if (pids.length !== 1) {
        const message = `one node leads, and ${args.node} names ${pids.length}`;
        throw new OmnikvError('OMNIKV_USAGE', message, { suggestions: ['omnikv leader move 2'] });
      }
      to = pids[0];
    }
    const report = await this.step('handing the lead over', async () => {
      return await moveLeader(cluster, { to, timeoutMs: flags.timeout });
    });
    const { outcome, from, leader } = report;
    if (outcome === 'ledAlready') this.output.note(`node ${leader} led already`);
    else this.output.line(`node ${leader} leads, node ${from} has handed over`);
    this.output.success({ outcome, from, leader });
  }
}
