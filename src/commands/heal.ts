/**
 * omnikv heal: takes the faults of links away, all of them unless links are named. Idempotent (U7).
 */

import { ClusterCommand } from '../cli/cluster-command.js';
import { linksArgument } from '../cli/link-flags.js';
import { renderHealedLinks } from '../cli/render-links.js';

export default class Heal extends ClusterCommand {
  static override summary = 'Heal links, all of them unless some are named.';
  static override description =
    'Undoes cut, isolate, split, link and scenario. Nodes that are down or paused stay so: recover ' +
    'and resume bring them back.';
  static override examples = ['<%= config.bin %> heal', '<%= config.bin %> heal 1-3 --json'];
  static override args = { links: linksArgument({ isRequired: false, meaning: 'which links' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Heal);
    const cluster = await this.findCluster(flags);
    const { healLinks, resolveLinks } = await import('../core/cluster/index.js');
    const texts = args.links ?? [];
    const links = texts.length === 0 ? undefined : await resolveLinks(cluster, texts);
    const report = await this.clusterStep('healing links', async (onStep) => {
      return await healLinks(cluster, { links, onStep });
    });
    renderHealedLinks(this.output, report);
  }
}
