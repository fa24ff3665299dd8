/**
 * omnikv del: removes keys and prints how many of them had a value.
 */

import { string } from '@oclif/core/args';
import { requestIdFlag, timeoutFlag } from '../cli/flags.js';
import { answerDel } from '../cli/store-answers.js';
import { StoreCommand } from '../cli/store-command.js';

export default class Del extends StoreCommand {
  static override summary = 'Remove keys; print how many of them had a value.';
  static override examples = [
    '<%= config.bin %> del key',
    '<%= config.bin %> del key other another --json',
  ];
  static override args = {
    keys: string({
      description: 'the keys, removed together or not at all',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override flags = { 'request-id': requestIdFlag(), timeout: timeoutFlag() };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Del);
    const { keyArgument } = await import('../cli/value-argument.js');
    const keys = args.keys.map(keyArgument);
    const reply = await this.change(flags, { kind: 'delete', keys });
    if (reply.kind === 'deleted') answerDel(this.output, reply);
  }
}
