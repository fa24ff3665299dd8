/**
 * What the tab key offers: verbs, the flags of a verb, and keys of the cluster.
 */

import { splitLine } from './line-syntax.js';
import { VERB_NAMES, findVerb } from './verb-syntax.js';

export const SHELL_WORDS = ['help', 'exit', 'quit'] as const;

export type Completion = [readonly string[], string];

/** `findKeys`: some keys that begin so; few, and quickly. */
export async function completeLine(
  line: string,
  findKeys: (prefix: string) => Promise<readonly string[]>,
): Promise<Completion> {
  // What is typed of the word, as it stands there; in quotes nothing is offered.
  const typed = /(?:\\.|[^\s;'"\\])*$/.exec(line)?.[0] ?? '';
  const before = splitLine(line.slice(0, line.length - typed.length));
  if (before.kind === 'fault') return [[], typed];
  const isStart = /(?:^|;)[ \t]*$/.test(line.slice(0, line.length - typed.length));
  const words = isStart ? [] : (before.statements.at(-1) ?? []);
  if (words.length === 0) return offer([...VERB_NAMES, ...SHELL_WORDS], typed);
  const name = words[0]?.text ?? '';
  if (name === 'help') return offer(VERB_NAMES, typed);
  const verb = findVerb(name);
  if (verb === undefined) return [[], typed];
  if (typed.startsWith('-')) {
    return offer(
      [...verb.switches, ...verb.options].map((flag) => `--${flag}`),
      typed,
    );
  }
  if (words.length > 1 && name !== 'del') return [[], typed];
  const keys = await findKeys(typed.replaceAll(/\\(.)/g, '$1'));
  // A control character cannot be written without quotes.
  const plain = keys.filter((key) => !/[\u0000-\u001f\u007f-\u009f]/.test(key));
  return offer(plain.map(escapeWord), typed);
}

function offer(candidates: readonly string[], typed: string): Completion {
  const hits = candidates.filter((word) => word.startsWith(typed));
  return [hits.map((word) => `${word} `), typed];
}

/** Backslashes, so that it still begins with what was typed. */
export function escapeWord(word: string): string {
  return word.replaceAll(/[\s;'"\\]/g, '\\$&').replace(/^[#{-]/, '\\$&');
}
