/**
 * omnikv status: what runs, who leads, how far each node is, which links work. Exit 0 healthy, 3
 * degraded, 69 no quorum; the answer is printed in every case. With --watch it looks again and again.
 */

import { boolean } from '@oclif/core/flags';
import { AnsweredError } from '../cli/answered-error.js';
import { ClusterCommand } from '../cli/cluster-command.js';
import { drawCluster, drawLinks, hasOddLink, shapeOf } from '../cli/draw-cluster.js';
import { timeoutFlag } from '../cli/flags.js';
import { renderFaults } from '../cli/render-faults.js';
import {
  faultsBeyondMatrix,
  healthError,
  loopDelays,
  statusNotes,
  statusTable,
  statusToJson,
  summaryOf,
} from '../cli/render-status.js';
import { Screen } from '../cli/screen.js';
import { DEFAULT_INTERVAL_MS, forFlag, intervalFlag } from '../cli/watch-flags.js';
import type { Cluster, ClusterLook } from '../core/cluster/index.js';

export default class Status extends ClusterCommand {
  static override summary = 'Show the nodes: role, ballot, log, lag, process, links.';
  static override description =
    'Exit status: 0 healthy, 3 degraded (a leader, some nodes down or cut off), 69 no quorum. ' +
    'Indices are lengths: DECIDED 12 means entries 0..12. Where a link is not as it should be, ' +
    'the matrix of links follows: rows send, columns receive. --watch redraws until Ctrl-C; its ' +
    'exit status after --for is that of the last picture.';
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --json --timeout 1s',
    '<%= config.bin %> status --detail',
    '<%= config.bin %> status --watch --for 1s',
  ];
  static override flags = {
    timeout: timeoutFlag(),
    detail: boolean({ description: "also all links, and how late each node's event loop was" }),
    watch: boolean({ description: 'draw the cluster again and again' }),
    interval: intervalFlag(['watch']),
    for: forFlag(['watch']),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const cluster = await this.findCluster(flags);
    if (flags.watch) this.#end(await this.#watch(cluster, flags));
    else this.#end(await this.#lookOnce(cluster, flags));
  }

  async #lookOnce(
    cluster: Cluster,
    flags: { readonly timeout: number; readonly detail: boolean },
  ): Promise<Pick<ClusterLook, 'status' | 'picture'>> {
    const { collectPicture } = await import('../core/cluster/index.js');
    const look = await this.step('asking the nodes', async () => {
      return await collectPicture(cluster, { timeoutMs: flags.timeout });
    });
    const { status, picture } = look;
    for (const line of statusTable(status)) this.output.line(line);
    if (flags.detail) for (const line of loopDelays(status)) this.output.line(line);
    if (flags.detail || hasOddLink(picture) || status.faults.length > 0) {
      const matrix = drawLinks(picture, (text, colour) => this.output.paint(text, colour));
      const faults = renderFaults(faultsBeyondMatrix(status), Date.now());
      for (const line of ['', ...matrix, '']) this.output.line(line);
      for (const fault of faults) this.output.line(`link ${fault}`);
    }
    this.output.line(summaryOf(status, picture));
    for (const note of statusNotes(status)) this.output.note(note);
    return look;
  }

  async #watch(
    cluster: Cluster,
    flags: { readonly interval?: number | undefined; readonly for?: number | undefined },
  ): Promise<ClusterLook> {
    const { watchCluster } = await import('../core/cluster/index.js');
    const screen = new Screen(this.output);
    let shape = '';
    return await watchCluster(cluster, {
      intervalMs: flags.interval ?? DEFAULT_INTERVAL_MS,
      durationMs: flags.for,
      onLook: ({ status, picture }) => {
        // Off a terminal entries that were decided are no change worth a picture.
        const key = shapeOf(picture);
        if (!this.output.isJson) {
          screen.show(
            drawCluster(picture, (text, colour) => this.output.paint(text, colour)),
            key,
          );
        } else if (key !== shape) this.output.streamItem(statusToJson(status, picture));
        shape = key;
      },
    });
  }

  #end({ status, picture }: Pick<ClusterLook, 'status' | 'picture'>): void {
    const error = healthError(status, picture);
    const answer = statusToJson(status, picture);
    if (error !== undefined) throw new AnsweredError(error, answer);
    this.output.success(answer);
  }
}
