/**
 * omnikv resume: lets paused nodes go on (SIGCONT). Resuming what runs is no error (U7).
 */

import { ClusterCommand, nameNodes, nodesArgument } from '../cli/cluster-command.js';
import { renderResume } from '../cli/render-report.js';

export default class Resume extends ClusterCommand {
  static override summary = 'Let paused nodes go on, all of them unless some are named.';
  static override examples = ['<%= config.bin %> resume', '<%= config.bin %> resume 2 --json'];
  static override args = {
    nodes: nodesArgument({ isRequired: false, meaning: 'which nodes (the paused ones)' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Resume);
    const cluster = await this.findCluster(flags);
    const { resolveSelectors, resumeNodes } = await import('../core/cluster/index.js');
    const selectors = args.nodes ?? [];
    const pids = await resolveSelectors(cluster, { selectors, fallback: 'paused' });
    const report = await this.clusterStep(`resuming ${nameNodes(pids)}`, async (onStep) => {
      return await resumeNodes(cluster, { pids, onStep });
    });
    renderResume(this.output, report);
    this.output.success({ nodes: report.nodes });
  }
}
