/**
 * omnikv status: what runs, who leads, how far each node is. Exit 0 healthy, 3 degraded, 69 no
 * quorum; the answer is printed in every case.
 */

import { boolean } from '@oclif/core/flags';
import { AnsweredError } from '../cli/answered-error.js';
import { ClusterCommand } from '../cli/cluster-command.js';
import { timeoutFlag } from '../cli/flags.js';
import {
  describeCluster,
  healthError,
  loopDelays,
  statusNotes,
  statusTable,
  statusToJson,
} from '../cli/render-status.js';

export default class Status extends ClusterCommand {
  static override summary = 'Show the nodes: role, ballot, log, lag, process, links.';
  static override description =
    'Exit status: 0 healthy, 3 degraded (a leader, some nodes down), 69 no quorum. Indices are ' +
    'lengths: DECIDED 12 means entries 0..12.';
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --json --timeout 1s',
    '<%= config.bin %> status --detail',
  ];
  static override flags = {
    timeout: timeoutFlag(),
    detail: boolean({ description: 'also how late the event loop of each node was' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const cluster = await this.findCluster(flags);
    const { collectStatus } = await import('../core/cluster/index.js');
    const status = await this.step('asking the nodes', async () => {
      return await collectStatus(cluster, { timeoutMs: flags.timeout });
    });
    for (const line of statusTable(status)) this.output.line(line);
    if (flags.detail) for (const line of loopDelays(status)) this.output.line(line);
    this.output.line(describeCluster(status));
    for (const note of statusNotes(status)) this.output.note(note);
    const error = healthError(status);
    if (error !== undefined) throw new AnsweredError(error, statusToJson(status));
    this.output.success(statusToJson(status));
  }
}
