/**
 * omnikv why stuck: what is missing for progress, and the smallest remedies, as commands to type.
 */

import { AnsweredError } from '../../cli/answered-error.js';
import { ClusterCommand } from '../../cli/cluster-command.js';
import { timeoutFlag } from '../../cli/flags.js';
import { commandsOf, renderWhyStuck, whyStuckToJson } from '../../cli/render-why.js';
import { OmnikvError } from '../../core/errors.js';

export default class WhyStuck extends ClusterCommand {
  static override summary = 'Explain why nothing is decided, and what to type.';
  static override description =
    'Names the missing nodes and links, and the smallest sets of them whose return lets a node ' +
    'reach a quorum. Exit status 0 where the cluster is not stuck, 69 where it is.';
  static override examples = ['<%= config.bin %> why stuck', '<%= config.bin %> why stuck --json'];
  static override flags = { timeout: timeoutFlag() };

  async run(): Promise<void> {
    const { flags } = await this.parse(WhyStuck);
    const cluster = await this.findCluster(flags);
    const { whyStuck } = await import('../../core/cluster/index.js');
    const why = await this.step('asking the nodes', async () => {
      return await whyStuck(cluster, { timeoutMs: flags.timeout });
    });
    for (const line of renderWhyStuck(why)) this.output.line(line);
    const answer = whyStuckToJson(why);
    if (why.kind !== 'stuck') {
      this.output.success(answer);
      return;
    }
    const [smallest] = why.cures.sets;
    const suggestions = smallest === undefined ? ['omnikv logs'] : commandsOf(smallest.cures);
    const message = `no node reaches a quorum of ${why.needed}`;
    throw new AnsweredError(new OmnikvError('OMNIKV_NO_QUORUM', message, { suggestions }), answer);
  }
}
