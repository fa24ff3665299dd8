/**
 * One thing that is wrong with a configuration, and the error that reports them.
 *
 * All problems are told at once: nobody likes to mend a file in five rounds.
 */

import { OmnikvError } from '../errors.js';

export interface ConfigProblem {
  /** `config/node1.toml:3`, or what else was read. */
  readonly place: string;
  readonly message: string;
}

const MAX_SHOWN = 40;

export function configError(
  problems: readonly ConfigProblem[],
  suggestions: readonly string[],
): OmnikvError {
  const lines = problems.map((problem) => `${problem.place}: ${problem.message}`);
  return new OmnikvError('OMNIKV_INVALID_CONFIG', lines.join('\n'), { suggestions });
}

/** A value in a message: on one line, not too long. */
export function shown(raw: string): string {
  const line = raw.replaceAll(/\s+/g, ' ');
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN - 1)}…` : line;
}
