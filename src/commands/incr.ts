/**
 * omnikv incr: adds to a number and prints the sum. A missing key counts from 0.
 */

import { string } from '@oclif/core/args';
import { requestIdFlag, timeoutFlag } from '../cli/flags.js';
import { answerIncr } from '../cli/store-answers.js';
import { StoreCommand, refuseUnchanged } from '../cli/store-command.js';

export default class Incr extends StoreCommand {
  static override summary = 'Add to a number and print the sum; a missing key counts from 0.';
  static override examples = [
    '<%= config.bin %> incr counter',
    '<%= config.bin %> incr counter 10',
  ];
  static override args = {
    key: string({ description: '1 to 1024 bytes', required: true, ignoreStdin: true }),
    by: string({ description: 'how much to add (1)', ignoreStdin: true }),
  };
  static override flags = { 'request-id': requestIdFlag(), timeout: timeoutFlag() };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Incr);
    const { keyArgument, numberArgument } = await import('../cli/value-argument.js');
    const key = keyArgument(args.key);
    const by = numberArgument(args.by ?? '1');
    const reply = await this.change(flags, { kind: 'increment', key, by });
    refuseUnchanged(reply, key, 'a number');
    if (reply.kind === 'number') answerIncr(this.output, key, reply);
  }
}
