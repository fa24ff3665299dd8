/**
 * omnikv log verify: checks the log files of nodes as recovery would, and changes nothing.
 */

import { AnsweredError } from '../../cli/answered-error.js';
import { nodesArgument } from '../../cli/cluster-command.js';
import { LogCommand } from '../../cli/log-command.js';
import type { LogTarget } from '../../cli/log-command.js';
import type { JsonObject } from '../../cli/output.js';
import { OmnikvError } from '../../core/errors.js';

export default class LogVerify extends LogCommand {
  static override summary = "Check the nodes' log files; say where they are damaged; reads only.";
  static override description =
    'A torn last write is what a crash leaves: recovery cuts it, and it is no damage. Damage is ' +
    'exit 65.';
  static override examples = [
    '<%= config.bin %> log verify',
    '<%= config.bin %> log verify 2 --json',
  ];
  static override args = {
    nodes: nodesArgument({ isRequired: false, meaning: 'which nodes (all)' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LogVerify);
    const cluster = await this.findCluster(flags);
    const nodes: JsonObject[] = [];
    const errors: OmnikvError[] = [];
    for (const target of await this.targets(cluster, args.nodes ?? [])) {
      const { answer, error } = await this.#verify(target);
      nodes.push(answer);
      if (error !== undefined) errors.push(error);
    }
    const [first] = errors;
    if (first !== undefined) throw new AnsweredError(first, { nodes });
    this.output.success({ nodes });
  }

  async #verify(target: LogTarget): Promise<{ answer: JsonObject; error?: OmnikvError }> {
    const { verifyLog } = await import('../../core/storage/index.js');
    const { pid, isRunning } = target;
    try {
      const found = verifyLog(target.files);
      const counts = `${found.entryCount} entries, ${found.recordCount} records`;
      this.output.line(`node ${pid}: ${found.verdict}, ${counts}, ${found.segmentCount} segments`);
      for (const { file, offset, what } of found.problems) {
        this.output.line(`  ${file} at offset ${offset}: ${what}`);
      }
      const answer = { pid, isRunning, ...found };
      if (found.verdict !== 'corrupt') return { answer };
      const what = found.problems.at(-1)?.what ?? 'the log is damaged';
      const error = new OmnikvError('OMNIKV_CORRUPT_DATA', `node ${pid}: ${what}`, {
        suggestions: ['omnikv status', 'omnikv explain OMNIKV_CORRUPT_DATA'],
      });
      return { answer, error };
    } catch (error) {
      if (!(error instanceof OmnikvError)) throw error;
      this.output.line(`node ${pid}: ${error.message}`);
      return { answer: { pid, isRunning, verdict: 'unreadable', problem: error.message }, error };
    }
  }
}
