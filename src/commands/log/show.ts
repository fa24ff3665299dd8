/**
 * omnikv log show: the entries in the log files of a node.
 */

import { nodesArgument } from '../../cli/cluster-command.js';
import { indexFlag } from '../../cli/flags.js';
import { LogCommand } from '../../cli/log-command.js';
import type { LogTarget } from '../../cli/log-command.js';
import type { LogContents } from '../../cli/log-contents.js';
import { renderTable } from '../../cli/output.js';
import type { JsonObject } from '../../cli/output.js';
import { usageError } from '../../cli/to-omnikv-error.js';
import { OmnikvError } from '../../core/errors.js';

export default class LogShow extends LogCommand {
  static override summary = "Show the entries in the nodes' log files; reads only.";
  static override description =
    'Reads the files without asking the node, and never repairs. Entries behind the decided index ' +
    'are marked as accepted.';
  static override examples = [
    '<%= config.bin %> log show 1',
    '<%= config.bin %> log show 1 --from 2 --to 5 --json',
  ];
  static override args = {
    nodes: nodesArgument({ isRequired: false, meaning: 'which nodes (all)' }),
  };
  static override flags = {
    from: indexFlag({ description: 'the first index' }),
    to: indexFlag({ description: 'the last index, exclusive' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LogShow);
    const range = { fromIdx: flags.from ?? 0, toIdx: flags.to ?? Number.MAX_SAFE_INTEGER };
    if (range.fromIdx > range.toIdx) throw usageError('log show', '--from is behind --to');
    const cluster = await this.findCluster(flags);
    const [{ inspectLog }, { gatherLog }] = await Promise.all([
      import('../../core/storage/index.js'),
      import('../../cli/log-contents.js'),
    ]);
    const nodes: JsonObject[] = [];
    for (const target of await this.targets(cluster, args.nodes ?? [])) {
      const contents = gatherLog(inspectLog(target.files), range);
      nodes.push(await this.#show(target, contents));
      if (contents.problem !== undefined) {
        const { file, offset, what } = contents.problem;
        throw new OmnikvError('OMNIKV_CORRUPT_DATA', `${file} at offset ${offset}: ${what}`, {
          suggestions: [`omnikv log verify ${target.pid}`],
        });
      }
    }
    this.output.success({ nodes });
  }

  async #show(target: LogTarget, contents: LogContents): Promise<JsonObject> {
    const { entryToJson, entryToLine } = await import('../../cli/log-entry.js');
    const { entries, segmentCount, recordCount, state, tornBytes } = contents;
    const decidedIdx = state?.decidedIdx ?? 0;
    const acceptedIdx = state?.acceptedIdx ?? 0;
    this.output.line(
      `node ${target.pid}: decided 0..${decidedIdx}, accepted 0..${acceptedIdx}, ` +
        `${recordCount} records in ${segmentCount} segments`,
    );
    const rows = entries.map((entry) => [
      String(entry.index),
      entry.index < decidedIdx ? 'decided' : 'accepted',
      entryToLine(entry),
    ]);
    for (const row of renderTable(rows)) this.output.line(row);
    if (tornBytes > 0) this.output.note(`node ${target.pid}: the last write was torn`);
    const counts = { segmentCount, recordCount, decidedIdx, acceptedIdx, tornBytes };
    const { pid, isRunning } = target;
    return { pid, isRunning, ...counts, entries: entries.map(entryToJson) };
  }
}
