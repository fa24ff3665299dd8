/**
 * omnikv cas: replaces a value that is the expected one, and prints the new value.
 */

import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { requestIdFlag, timeoutFlag } from '../cli/flags.js';
import { valueToLine } from '../cli/render-value.js';
import { textCommand } from '../cli/shell-quote.js';
import { answerCas } from '../cli/store-answers.js';
import { StoreCommand, refuseUnchanged } from '../cli/store-command.js';
import type { Value } from '../core/client/index.js';

export default class Cas extends StoreCommand {
  static override summary = 'Replace a value if it is the expected one; print the new value.';
  static override description =
    'The number 5 and the text "5" are two values. For a key without a value: put --if-absent.';
  static override examples = [
    '<%= config.bin %> cas key 5 6',
    '<%= config.bin %> cas greeting hello goodbye --text',
  ];
  static override args = {
    key: string({ description: '1 to 1024 bytes', required: true, ignoreStdin: true }),
    old: string({ description: 'the value it must have', required: true, ignoreStdin: true }),
    new: string({ description: 'the value it gets', required: true, ignoreStdin: true }),
  };
  static override flags = {
    text: boolean({ description: 'both values are text' }),
    'request-id': requestIdFlag(),
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Cas);
    const { keyArgument, numberArgument, textArgument } = await import('../cli/value-argument.js');
    const key = keyArgument(args.key);
    const instead = textCommand('cas', [key, args.old, args.new]);
    const read = (typed: string): Value =>
      flags.text
        ? textArgument(typed)
        : { kind: 'u64', value: numberArgument(typed, { textCommand: instead }) };
    const expected = read(args.old);
    const replacement = read(args.new);
    const reply = await this.change(flags, { kind: 'compareAndSet', key, expected, replacement });
    refuseUnchanged(reply, key, valueToLine(expected));
    if (reply.kind === 'swapped') answerCas(this.output, key, { replacement, reply });
  }
}
