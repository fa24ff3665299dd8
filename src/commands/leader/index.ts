/**
 * omnikv leader: which node leads. Exit 69 where none does.
 */

import { ClusterCommand } from '../../cli/cluster-command.js';
import { timeoutFlag } from '../../cli/flags.js';
import { OmnikvError } from '../../core/errors.js';

export default class Leader extends ClusterCommand {
  static override summary = 'Show which node leads; leader move hands the lead over.';
  static override examples = ['<%= config.bin %> leader', '<%= config.bin %> leader --json'];
  static override flags = { timeout: timeoutFlag() };

  async run(): Promise<void> {
    const { flags } = await this.parse(Leader);
    const cluster = await this.findCluster(flags);
    const { collectStatus } = await import('../../core/cluster/index.js');
    const status = await this.step('asking the nodes', async () => {
      return await collectStatus(cluster, { timeoutMs: flags.timeout });
    });
    const { leader, runningCount, nodes } = status;
    if (leader === undefined) {
      const message = `no node leads: ${runningCount} of ${nodes.length} nodes run`;
      throw new OmnikvError('OMNIKV_NO_QUORUM', message, { suggestions: ['omnikv status'] });
    }
    const ballot = nodes.find((node) => node.pid === leader)?.status?.ballot ?? null;
    this.output.line(`node ${leader} leads`);
    this.output.success({ leader, ballot });
  }
}
