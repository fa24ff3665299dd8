/**
 * omnikv check: is a recorded history linearizable? 0 VALID, 1 INVALID, 2 UNDECIDED.
 */

import { string } from '@oclif/core/args';
import { AnsweredError } from '../cli/answered-error.js';
import { BaseCommand } from '../cli/base-command.js';
import { parseDuration } from '../cli/duration.js';
import { durationFlag } from '../cli/flags.js';
import { readHistory } from '../cli/read-history.js';
import { describeVerdict, verdictError, verdictToJson } from '../cli/render-verdict.js';

export default class Check extends BaseCommand {
  static override summary = 'Judge whether a recorded history is linearizable.';
  static override description =
    'Exit status: 0 VALID, 1 INVALID (with the smallest window of operations that has no order), ' +
    '2 UNDECIDED before the deadline. bench --record FILE writes a history; docs/formats.md ' +
    'describes it, so that others can be judged too. - is standard input.';
  static override examples = [
    '<%= config.bin %> check history.ndjson',
    '<%= config.bin %> check history.ndjson --timeout 10m --json',
  ];
  static override args = {
    file: string({ description: 'the history', required: true, ignoreStdin: true }),
  };
  static override flags = {
    timeout: durationFlag({
      description: 'how long to search',
      default: parseDuration('1m'),
      defaultHelp: async () => await Promise.resolve('1m'),
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Check);
    const { checkHistory } = await import('../core/checker/index.js');
    const { entries, isLastLineCut } = await readHistory(args.file);
    if (isLastLineCut) this.output.note('the last line is cut off and left out');
    // The search is one long call: Ctrl-C ends it as it ends any program.
    process.removeAllListeners('SIGINT');
    const deadlineMs = performance.now() + flags.timeout;
    const verdict = checkHistory(entries, {
      maxSteps: Number.MAX_SAFE_INTEGER,
      shouldStop: () => performance.now() > deadlineMs,
    });
    for (const line of describeVerdict(verdict, entries)) this.output.line(line);
    const error = verdictError(verdict);
    if (error !== undefined) throw new AnsweredError(error, verdictToJson(verdict, entries));
    this.output.success(verdictToJson(verdict, entries));
  }
}
