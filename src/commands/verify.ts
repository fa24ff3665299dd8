/**
 * omnikv verify: do all running nodes hold the same state? 0 yes, 1 no, 2 cannot tell.
 */

import { AnsweredError } from '../cli/answered-error.js';
import { ClusterCommand } from '../cli/cluster-command.js';
import { timeoutFlag } from '../cli/flags.js';
import { renderVerify, verifyError, verifyToJson } from '../cli/render-verify.js';

export default class Verify extends ClusterCommand {
  static override summary = 'Compare the states of all running nodes by their digests.';
  static override description =
    'Waits until the nodes have applied the same entries. Exit status: 0 equal, 1 different, ' +
    '2 cannot tell (writes go on, or a node does not answer). Nodes that do not run are named and ' +
    'not compared.';
  static override examples = [
    '<%= config.bin %> verify',
    '<%= config.bin %> verify --timeout 30s --json',
  ];
  static override flags = { timeout: timeoutFlag() };

  async run(): Promise<void> {
    const { flags } = await this.parse(Verify);
    const cluster = await this.findCluster(flags);
    const { verifyCluster } = await import('../core/cluster/index.js');
    const report = await this.step('comparing the nodes', async () => {
      return await verifyCluster(cluster, { timeoutMs: flags.timeout });
    });
    renderVerify(this.output, report);
    const error = verifyError(report);
    if (error !== undefined) throw new AnsweredError(error, verifyToJson(report));
    this.output.success(verifyToJson(report));
  }
}
