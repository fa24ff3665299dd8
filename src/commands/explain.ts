/**
 * omnikv explain: what an error id means, and what to do next. It needs no cluster.
 */

import { string } from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.js';
import { nearest } from '../cli/edit-distance.js';
import { quoteForMessage, renderTable } from '../cli/output.js';
import { ERROR_IDS, OmnikvError, describeError, isErrorId } from '../core/errors.js';
import type { ErrorId } from '../core/errors.js';

export default class Explain extends BaseCommand {
  static override summary = 'Say what an error id means and what to do next.';
  static override examples = [
    '<%= config.bin %> explain OMNIKV_NO_QUORUM',
    '<%= config.bin %> explain no-quorum --json',
  ];
  static override args = {
    id: string({ description: 'an error id; without one, all are listed', ignoreStdin: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Explain);
    if (args.id === undefined) {
      this.#list();
      return;
    }
    const id = findErrorId(args.id);
    const { exit, meaning, next } = describeError(id);
    for (const line of [`${id} (exit status ${exit})`, '', meaning, '', `Next: ${next}`]) {
      this.output.line(line);
    }
    this.output.success({ id, exit, meaning, next });
  }

  #list(): void {
    const rows = ERROR_IDS.map((id) => [id, String(describeError(id).exit)]);
    for (const row of renderTable([['ID', 'EXIT'], ...rows])) this.output.line(row);
    this.output.success({
      errors: ERROR_IDS.map((id) => ({ id, exit: describeError(id).exit })),
    });
  }
}

/** Case, a missing prefix and - for _ do not matter. */
export function findErrorId(text: string): ErrorId {
  const upper = text.trim().toUpperCase().replaceAll('-', '_');
  const id = upper.startsWith('OMNIKV_') ? upper : `OMNIKV_${upper}`;
  if (isErrorId(id)) return id;
  // The prefix that all share must not make everything look near.
  const names = ERROR_IDS.map((known) => known.slice('OMNIKV_'.length));
  const name = nearest(id.slice('OMNIKV_'.length), names);
  throw new OmnikvError('OMNIKV_USAGE', `there is no error id ${quoteForMessage(text)}`, {
    suggestions: [
      ...(name === undefined ? [] : [`omnikv explain OMNIKV_${name}`]),
      'omnikv explain',
    ],
  });
}
