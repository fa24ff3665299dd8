/**
 * omnikv put: stores one value. It prints nothing.
 */

import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import { indexFlag, requestIdFlag, timeoutFlag } from '../cli/flags.js';
import { textCommand } from '../cli/shell-quote.js';
import { answerPut } from '../cli/store-answers.js';
import { StoreCommand, refuseUnchanged } from '../cli/store-command.js';
import { usageError } from '../cli/to-omnikv-error.js';
import type { Condition, Value } from '../core/client/index.js';

interface PutInput {
  readonly key: string;
  readonly typed: string | undefined;
  readonly file: string | undefined;
  readonly isText: boolean;
}

export default class Put extends StoreCommand {
  static override summary = 'Store a value: a number unless text or bytes are asked for.';
  static override description =
    'A value is a whole number from 0 to 18446744073709551615. --text stores text; --file PATH ' +
    'and - (standard input) store bytes, or text with --text.';
  static override examples = [
    '<%= config.bin %> put key 5',
    "<%= config.bin %> put greeting 'hello world' --text",
    '<%= config.bin %> put key 6 --if-version 12',
    'printf %s hello | <%= config.bin %> put blob -',
  ];
  static override args = {
    key: string({ description: '1 to 1024 bytes', required: true, ignoreStdin: true }),
    value: string({ description: 'a whole number, or -', ignoreStdin: true }),
  };
  static override flags = {
    text: boolean({ description: 'the value is text' }),
    file: text({ description: 'take the value from a file', helpValue: 'PATH' }),
    'if-absent': boolean({ description: 'only where the key has no value' }),
    'if-version': indexFlag({ description: 'only where the key has this version' }),
    'request-id': requestIdFlag(),
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Put);
    const { keyArgument } = await import('../cli/value-argument.js');
    const key = keyArgument(args.key);
    const { condition, wanted } = parseCondition(flags['if-absent'], flags['if-version']);
    const value = await readValue({
      key,
      typed: args.value,
      file: flags.file,
      isText: flags.text,
    });
    const reply = await this.change(flags, { kind: 'put', key, value, condition });
    refuseUnchanged(reply, key, wanted);
    if (reply.kind === 'stored') answerPut(this.output, key, reply);
  }
}

async function readValue(input: PutInput): Promise<Value> {
  const { checked, decodeText, numberArgument, textArgument } =
    await import('../cli/value-argument.js');
  const { key, typed, file, isText } = input;
  if (file !== undefined && typed !== undefined) {
    throw usageError('put', 'put takes a value or --file, not both');
  }
  const path = typed === '-' ? '-' : file;
  if (path !== undefined) {
    const { readInput } = await import('../cli/read-input.js');
    const bytes = await readInput(path);
    return isText ? decodeText(bytes) : checked({ kind: 'bytes', value: bytes });
  }
  if (typed === undefined) throw usageError('put', 'put needs a value: omnikv put KEY VALUE');
  if (isText) return textArgument(typed);
  const instead = textCommand('put', [key, typed]);
  return { kind: 'u64', value: numberArgument(typed, { textCommand: instead }) };
}

function parseCondition(
  isIfAbsent: boolean,
  ifVersion: number | undefined,
): { readonly condition: Condition | undefined; readonly wanted: string } {
  if (isIfAbsent && ifVersion !== undefined) {
    throw usageError('put', '--if-absent and --if-version exclude each other');
  }
  if (isIfAbsent) return { condition: { kind: 'absent' }, wanted: 'no value' };
  if (ifVersion === undefined) return { condition: undefined, wanted: 'anything' };
  return { condition: { kind: 'version', version: ifVersion }, wanted: `version ${ifVersion}` };
}
