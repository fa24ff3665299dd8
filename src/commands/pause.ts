/**
 * omnikv pause: stops nodes where they stand (SIGSTOP), until resume, or for a while.
 *
 * With --for it stays, and whatever ends it lets the nodes go on first.
 */

import { ClusterCommand, nameNodes, nodesArgument } from '../cli/cluster-command.js';
import { durationFlag } from '../cli/flags.js';
import { Interruption } from '../cli/interruption.js';
import { renderPause, renderResume } from '../cli/render-report.js';
import type { Cluster, ResumeReport } from '../core/cluster/index.js';

export default class Pause extends ClusterCommand {
  static override summary = 'Stop nodes where they stand (SIGSTOP); resume lets them go on.';
  static override description =
    'A paused node keeps its process, its data and its connections, and says nothing. With --for ' +
    'the command stays until the time is over and resumes the nodes, also on Ctrl-C.';
  static override examples = [
    '<%= config.bin %> pause 2',
    '<%= config.bin %> pause leader --for 500ms',
  ];
  static override args = {
    nodes: nodesArgument({ isRequired: true, meaning: 'which nodes' }),
  };
  static override flags = {
    for: durationFlag({ description: 'resume them after this time' }),
  };

  readonly #interruption = new Interruption();

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Pause);
    const cluster = await this.findCluster(flags);
    const { pauseNodes, resolveSelectors } = await import('../core/cluster/index.js');
    const pids = await resolveSelectors(cluster, { selectors: args.nodes ?? [], fallback: 'all' });
    if (flags.for === undefined) {
      const report = await this.clusterStep(`pausing ${nameNodes(pids)}`, async (onStep) => {
        return await pauseNodes(cluster, { pids, onStep });
      });
      renderPause(this.output, report);
      this.output.success({ nodes: report.nodes });
      return;
    }
    await this.#pauseFor(cluster, pids, flags.for);
  }

  async #pauseFor(cluster: Cluster, pids: readonly number[], durationMs: number): Promise<void> {
    const { pauseNodes, resumeNodes } = await import('../core/cluster/index.js');
    const interruption = this.#interruption;
    interruption.begin();
    const paused = await pauseNodes(cluster, { pids });
    let resumed: ResumeReport;
    try {
      renderPause(this.output, paused);
      await this.step(`${nameNodes(pids)} paused`, async () => {
        await interruption.sleep(durationMs);
      });
    } finally {
      resumed = await resumeNodes(cluster, { pids });
      interruption.end();
    }
    renderResume(this.output, resumed);
    const { nodes } = resumed;
    interruption.throwIfInterrupted('pause was interrupted; the nodes go on', { nodes });
    this.output.success({ nodes });
  }

  /** Ctrl-C: the nodes go on first. */
  protected override interrupt(): void {
    if (!this.#interruption.interrupt()) super.interrupt();
  }
}
