/**
 * omnikv get: prints a value and nothing else.
 */

import { string } from '@oclif/core/args';
import { boolean, option, string as text } from '@oclif/core/flags';
import { nodeFlag, timeoutFlag } from '../cli/flags.js';
import { renderTable } from '../cli/output.js';
import { valueToLine, versionedToJson } from '../cli/render-value.js';
import { commandLine } from '../cli/shell-quote.js';
import { answerGet } from '../cli/store-answers.js';
import { StoreCommand } from '../cli/store-command.js';
import type { Found } from '../core/client/index.js';
import { OmnikvError } from '../core/errors.js';

export default class Get extends StoreCommand {
  static override summary = 'Print the value of a key.';
  static override description =
    'A read is linearizable: it sees every put that ended before it began. --consistency local ' +
    'reads the state of one node, however old it is.';
  static override examples = [
    '<%= config.bin %> get key',
    '<%= config.bin %> get key --meta',
    '<%= config.bin %> get counter --default 0',
    '<%= config.bin %> get key --consistency local --node 2',
  ];
  static override args = {
    key: string({ description: '1 to 1024 bytes', required: true, ignoreStdin: true }),
  };
  static override flags = {
    default: text({ description: 'print this where the key has no value', helpValue: 'X' }),
    meta: boolean({ description: 'print kind and version, too' }),
    consistency: option({
      options: ['linearizable', 'local'] as const,
      default: 'linearizable' as const,
      description: 'how fresh the answer must be',
    })(),
    node: nodeFlag({ description: 'the node to ask first' }),
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Get);
    const { keyArgument } = await import('../cli/value-argument.js');
    const key = keyArgument(args.key);
    const found = await this.withClient(flags, async (client) => {
      return await client.get(key, {
        consistency: flags.consistency,
        deadlineMs: flags.timeout,
        ...(flags.node === undefined ? {} : { node: flags.node }),
      });
    });
    if (found === undefined) this.#answerMissing(key, flags.default);
    else this.#answer(key, found, flags.meta);
  }

  #answer(key: string, found: Found, isWithMeta: boolean): void {
    if (!isWithMeta) {
      answerGet(this.output, key, found);
      return;
    }
    this.output.success({ key, value: versionedToJson(found) });
    const rows = [
      ['value', valueToLine(found.value)],
      ['kind', found.value.kind],
      ['version', String(found.version)],
    ];
    for (const row of renderTable(rows)) this.output.line(row);
  }

  #answerMissing(key: string, fallback: string | undefined): void {
    if (fallback === undefined) {
      throw new OmnikvError('OMNIKV_KEY_NOT_FOUND', `${JSON.stringify(key)} has no value`, {
        suggestions: [
          commandLine(['omnikv', 'put', key, '5']),
          'omnikv scan',
          commandLine(['omnikv', 'get', key, '--default', '0']),
        ],
      });
    }
    this.output.success({ key, value: null, default: fallback });
    this.output.line(fallback);
  }
}
