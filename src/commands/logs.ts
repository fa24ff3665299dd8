/**
 * omnikv logs: the last lines of the nodes' logs, and with -f what comes.
 */

import { boolean } from '@oclif/core/flags';
import { ClusterCommand, nodesArgument } from '../cli/cluster-command.js';
import { indexFlag } from '../cli/flags.js';
import { LogTail } from '../cli/log-tail.js';
import { logLineToJson, logLineToText, parseLogLine, timeOf } from '../cli/render-log-line.js';
import type { LogLine } from '../cli/render-log-line.js';
import { loggerFileOf } from '../cli/node-config-file.js';

const DEFAULT_LINE_COUNT = 50;
const FOLLOW_MS = 200;

export default class Logs extends ClusterCommand {
  static override summary = "Show the end of the nodes' logs.";
  static override description = 'Lines of several nodes are put in order of their time (UTC).';
  static override examples = [
    '<%= config.bin %> logs 2',
    '<%= config.bin %> logs leader -n 5 --json',
  ];
  static override args = {
    nodes: nodesArgument({ isRequired: false, meaning: 'which nodes (all)' }),
  };
  static override flags = {
    follow: boolean({ char: 'f', description: 'show what comes, until Ctrl-C' }),
    lines: indexFlag({ char: 'n', description: 'how many lines of each node (50)' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs);
    const cluster = await this.findCluster(flags);
    const { resolveSelectors } = await import('../core/cluster/index.js');
    const pids = await resolveSelectors(cluster, { selectors: args.nodes ?? [], fallback: 'all' });
    const tails: { readonly pid: number; readonly tail: LogTail }[] = [];
    for (const pid of pids)
      tails.push({ pid, tail: new LogTail(await loggerFileOf(cluster, pid)) });
    const lineCount = flags.lines ?? DEFAULT_LINE_COUNT;
    this.#show(
      tails.flatMap(({ pid, tail }) =>
        tail.readLast(lineCount).map((text) => parseLogLine(pid, text)),
      ),
    );
    while (flags.follow) {
      await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
      this.#show(
        tails.flatMap(({ pid, tail }) => tail.readNew().map((text) => parseLogLine(pid, text))),
      );
    }
  }

  #show(lines: readonly LogLine[]): void {
    const sorted = [...lines].sort((a, b) => {
      return timeOf(a) < timeOf(b) ? -1 : Number(timeOf(a) > timeOf(b));
    });
    for (const line of sorted) {
      this.output.line(logLineToText(line));
      this.output.streamItem(logLineToJson(line));
    }
  }
}
