/**
 * omnikv start: runs the nodes and waits until a leader serves.
 */

import { boolean } from '@oclif/core/flags';
import { ClusterCommand, nameNodes, nodesArgument } from '../cli/cluster-command.js';
import { startTimeoutFlag } from '../cli/flags.js';
import { renderStart } from '../cli/render-report.js';
import { usageError } from '../cli/to-omnikv-error.js';
import type { Cluster } from '../core/cluster/index.js';

export default class Start extends ClusterCommand {
  static override summary = 'Run the nodes that are down; wait until a leader serves.';
  static override description =
    'The nodes go on when the command ends; with --foreground they end with it.';
  static override examples = [
    '<%= config.bin %> start',
    '<%= config.bin %> start 2 --no-wait',
    '<%= config.bin %> start --foreground',
  ];
  static override args = {
    nodes: nodesArgument({ isRequired: false, meaning: 'which nodes (down)' }),
  };
  static override flags = {
    wait: boolean({ description: 'wait until a leader serves', default: true, allowNo: true }),
    foreground: boolean({ description: 'keep the nodes as children, until Ctrl-C' }),
    timeout: startTimeoutFlag(),
  };

  #abort: AbortController | undefined;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Start);
    if (flags.foreground && !flags.wait) {
      throw usageError('start', '--foreground and --no-wait exclude each other');
    }
    const cluster = await this.findCluster(flags);
    const { resolveSelectors, startNodes } = await import('../core/cluster/index.js');
    const pids = await resolveSelectors(cluster, { selectors: args.nodes ?? [], fallback: 'down' });
    if (flags.foreground) {
      await this.#foreground(cluster, pids, flags.timeout);
      return;
    }
    const report = await this.clusterStep(`starting ${nameNodes(pids)}`, async (onStep) => {
      const readiness = flags.wait ? 'leader' : 'none';
      return await startNodes(cluster, { pids, readiness, timeoutMs: flags.timeout, onStep });
    });
    if (pids.length === 0) this.output.note('no node is down');
    renderStart(this.output, report);
  }

  async #foreground(cluster: Cluster, pids: readonly number[], timeoutMs: number): Promise<void> {
    const { describeStep, runInForeground } = await import('../core/cluster/index.js');
    this.#abort = new AbortController();
    await runInForeground(cluster, {
      pids,
      timeoutMs,
      signal: this.#abort.signal,
      onStep: (step) => this.output.note(describeStep(step)),
      onReady: (report) => renderStart(this.output, report),
    });
  }

  /** Ctrl-C ends the nodes that run in the foreground; that is how the command ends well. */
  protected override interrupt(): void {
    if (this.#abort === undefined || this.#abort.signal.aborted) super.interrupt();
    else this.#abort.abort();
  }
}
