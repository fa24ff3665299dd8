/**
 * omnikv why leader: which heartbeats make the leader the leader, or what keeps every node from it.
 */

import { AnsweredError } from '../../cli/answered-error.js';
import { ClusterCommand } from '../../cli/cluster-command.js';
import { timeoutFlag } from '../../cli/flags.js';
import { renderWhyLeader, whyLeaderToJson } from '../../cli/render-why.js';
import { OmnikvError } from '../../core/errors.js';

export default class WhyLeader extends ClusterCommand {
  static override summary = 'Explain why the leader leads: who answers it, who follows it.';
  static override description =
    'A node takes over when it is unhappy with its leader, all who answer it are unhappy too, and ' +
    'a quorum answers. Exit status 69 where no node leads with a quorum.';
  static override examples = [
    '<%= config.bin %> why leader',
    '<%= config.bin %> why leader --json',
  ];
  static override flags = { timeout: timeoutFlag() };

  async run(): Promise<void> {
    const { flags } = await this.parse(WhyLeader);
    const cluster = await this.findCluster(flags);
    const { whyLeader } = await import('../../core/cluster/index.js');
    const why = await this.step('asking the nodes', async () => {
      return await whyLeader(cluster, { timeoutMs: flags.timeout });
    });
    for (const line of renderWhyLeader(why)) this.output.line(line);
    const answer = whyLeaderToJson(why);
    if (why.kind === 'leads' && why.hasQuorum) {
      this.output.success(answer);
      return;
    }
    const error = new OmnikvError('OMNIKV_NO_QUORUM', 'no node leads with a quorum', {
      suggestions: ['omnikv why stuck'],
    });
    throw new AnsweredError(error, answer);
  }
}
