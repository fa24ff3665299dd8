/**
 * omnikv scan: lists keys and values in the order of the keys.
 */

import { string } from '@oclif/core/args';
import { boolean, option, string as text } from '@oclif/core/flags';
import { indexFlag, nodeFlag, timeoutFlag } from '../cli/flags.js';
import { scanLine, valueToJson } from '../cli/render-value.js';
import { StoreCommand } from '../cli/store-command.js';
import { usageError } from '../cli/to-omnikv-error.js';
import type { ScanItem } from '../core/client/index.js';

export default class Scan extends StoreCommand {
  static override summary = 'List keys and values, one a line, in the order of the keys.';
  static override description =
    'Key and value are separated by a tab; text is quoted as in JSON. A long scan is read page by ' +
    'page, and each page is one read.';
  static override examples = [
    '<%= config.bin %> scan',
    '<%= config.bin %> scan user: --keys --limit 10',
    '<%= config.bin %> scan --from a --to c --reverse --json',
  ];
  static override args = {
    prefix: string({ description: 'only keys that begin with it', ignoreStdin: true }),
  };
  static override flags = {
    from: text({ description: 'the first key, inclusive', helpValue: 'KEY' }),
    to: text({ description: 'the last key, exclusive', helpValue: 'KEY' }),
    limit: indexFlag({ description: 'at most so many' }),
    reverse: boolean({ description: 'from the last key down' }),
    keys: boolean({ description: 'keys only' }),
    consistency: option({
      options: ['linearizable', 'local'] as const,
      default: 'linearizable' as const,
      description: 'how fresh the answer must be',
    })(),
    node: nodeFlag({ description: 'the node to ask first' }),
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Scan);
    if (flags.limit === 0) throw usageError('scan', '--limit is at least 1');
    const options = {
      prefix: args.prefix ?? '',
      isReverse: flags.reverse,
      isKeysOnly: flags.keys,
      consistency: flags.consistency,
      deadlineMs: flags.timeout,
      ...(flags.from === undefined ? {} : { from: flags.from }),
      ...(flags.to === undefined ? {} : { to: flags.to }),
      ...(flags.limit === undefined ? {} : { limit: flags.limit }),
      ...(flags.node === undefined ? {} : { node: flags.node }),
    };
    const items: unknown[] = [];
    await this.withClient(flags, async (client) => {
      for await (const page of client.scanPages(options)) {
        for (const item of page.items) {
          if (this.output.isJson) items.push(toJsonItem(item, flags.keys));
          else this.output.line(scanLine(item, flags.keys));
        }
      }
    });
    this.output.success({ items });
  }
}

function toJsonItem(item: ScanItem, isKeysOnly: boolean): unknown {
  if (isKeysOnly) return { key: item.key, version: item.version };
  return { key: item.key, value: { ...valueToJson(item.value), version: item.version } };
}
