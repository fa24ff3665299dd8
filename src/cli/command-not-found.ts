/**
 * The hook that oclif calls for a command it does not know.
 *
 * It suggests a command at an edit distance of at most two and never runs one.
 */

import { OmnikvError } from '../core/errors.js';
import { nearest } from './edit-distance.js';
import { quoteForMessage } from './output.js';

interface HookOptions {
  readonly id: string | undefined;
  readonly config: { readonly commandIDs: readonly string[] };
}

export default function commandNotFound(options: HookOptions): never {
  const words = (options.id ?? '').split(':').filter((word) => word !== '');
  const commands = options.config.commandIDs.map((id) => id.replaceAll(':', ' '));
  // A hook's error leaves oclif at once only where it names an exit status.
  throw Object.assign(describe(words, commands), { oclif: { exit: 64 } });
}

export function describe(words: readonly string[], commands: readonly string[]): OmnikvError {
  const typed = words.join(' ');
  const known = commands.find((command) => typed.startsWith(`${command} `));
  if (known !== undefined) {
    const extra = quoteForMessage(typed.slice(known.length + 1));
    return new OmnikvError('OMNIKV_USAGE', `${known} takes no argument, and got ${extra}`, {
      suggestions: [`omnikv ${known} --help`],
    });
  }
  const candidates = [typed, words.slice(0, 2).join(' '), words[0] ?? ''];
  const guess = candidates.map((candidate) => nearest(candidate, commands)).find(Boolean);
  return new OmnikvError('OMNIKV_USAGE', `there is no command ${quoteForMessage(typed)}`, {
    suggestions: [...(guess === undefined ? [] : [`omnikv ${guess}`]), 'omnikv --help'],
  });
}
