/**
 * Makes one OmnikvError of whatever a command threw.
 *
 * oclif's parse errors become OMNIKV_USAGE in one short line: as they come they carry eleven
 * kilobytes of internals, the home directory among them. System errors become OMNIKV_IO. What is
 * left is a bug of ours and says so, without a stack trace.
 */

import { OmnikvError } from '../core/errors.js';
import { nearest } from './edit-distance.js';
import { printable, quoteForMessage } from './output.js';

/** What is known of the command whose arguments were wrong. */
export interface CommandFacts {
  /** As typed: `log show`. Empty where no command is known. */
  readonly command: string;
  readonly flags: readonly string[];
}

const NO_COMMAND: CommandFacts = { command: '', flags: [] };

export function toOmnikvError(thrown: unknown, facts: CommandFacts = NO_COMMAND): OmnikvError {
  if (thrown instanceof OmnikvError) return withNode(withoutParserNoise(thrown, facts));
  if (!(thrown instanceof Error)) {
    return new OmnikvError('OMNIKV_INTERNAL', `something was thrown: ${String(thrown)}`);
  }
  if ('oclif' in thrown) return parseError(thrown, facts);
  if ('code' in thrown && thrown.code === 'OMNIKV_INTERNAL') {
    return new OmnikvError('OMNIKV_INTERNAL', thrown.message, { cause: thrown });
  }
  if ('syscall' in thrown) return new OmnikvError('OMNIKV_IO', thrown.message, { cause: thrown });
  return new OmnikvError('OMNIKV_INTERNAL', `${thrown.name}: ${thrown.message}`, { cause: thrown });
}

/** The registry's advice says NODE; where the message names the node, a person can paste it. */
function withNode(error: OmnikvError): OmnikvError {
  const pid = /^node (\d+)\b/.exec(error.message)?.[1];
  if (pid === undefined || !error.suggestions.some((text) => /\bNODE\b/.test(text))) return error;
  const suggestions = error.suggestions.map((text) => text.replaceAll(/\bNODE\b/g, pid));
  return new OmnikvError(error.code, error.message, { suggestions, cause: error });
}

/** oclif writes "Parsing --timeout \n\t…\nSee more help with --help" around a message of ours. */
function withoutParserNoise(error: OmnikvError, facts: CommandFacts): OmnikvError {
  const match = /^Parsing (--\S+) \n\t([^]*)\nSee more help with --help$/.exec(error.message);
  const isUsage = error.code === 'OMNIKV_USAGE';
  if (match === null && !(isUsage && error.suggestions.length === 0)) return error;
  const message = match === null ? error.message : `${match[1] ?? ''}: ${match[2] ?? ''}`;
  const suggestions = error.suggestions.length > 0 ? error.suggestions : helpSuggestions(facts);
  return new OmnikvError(error.code, message, { suggestions, cause: error });
}

function parseError(thrown: Error, facts: CommandFacts): OmnikvError {
  const { message, hints } = describeParseError(thrown, facts);
  return new OmnikvError('OMNIKV_USAGE', message, {
    suggestions: [...hints, ...helpSuggestions(facts)],
    cause: thrown,
  });
}

interface ParseErrorText {
  readonly message: string;
  readonly hints: readonly string[];
}

function describeParseError(thrown: Error, facts: CommandFacts): ParseErrorText {
  if ('flags' in thrown && Array.isArray(thrown.flags)) {
    return unknownFlags(thrown.flags.map(String), facts);
  }
  if ('args' in thrown && Array.isArray(thrown.args)) {
    if (thrown.constructor.name === 'RequiredArgsError') {
      const names = thrown.args.map((arg: { name: string }) => arg.name.toUpperCase());
      return { message: `${facts.command} needs ${names.join(' and ')}`, hints: [] };
    }
    const extra = thrown.args.map((arg: unknown) => quoteForMessage(String(arg))).join(', ');
    return {
      message: `too many arguments for ${facts.command}: ${extra}`,
      hints: ['put quotes around an argument with spaces'],
    };
  }
  const required = /Missing required flag (\S+)/.exec(thrown.message)?.[1];
  if (required !== undefined) {
    return { message: `${facts.command} needs --${required}`, hints: [] };
  }
  const text = thrown.message
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:/, '')

    .replaceAll(/\u001b\[[0-9;]*m/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return { message: text, hints: [] };
}

function unknownFlags(flags: readonly string[], facts: CommandFacts): ParseErrorText {
  const shown = flags.map((flag) => printable(flag.slice(0, 60))).join(', ');
  const hints: string[] = [];
  for (const flag of flags) {
    const name = flag.replace(/^-+/, '').split('=')[0] ?? '';
    const guess = flag.startsWith('--') ? nearest(name, facts.flags) : undefined;
    if (guess !== undefined) hints.push(`--${guess}`);
  }
  if (hints.length === 0) {
    hints.push('-- before a key or a value that begins with -');
  }
  const kind = flags.length === 1 ? 'no flag' : 'no flags';
  return { message: `${facts.command} has ${kind} ${shown}`, hints };
}

function helpSuggestions(facts: CommandFacts): readonly string[] {
  return [facts.command === '' ? 'omnikv --help' : `omnikv ${facts.command} --help`];
}

/** Arguments that are well formed each, and make no sense together. */
export function usageError(command: string, message: string): OmnikvError {
  return new OmnikvError('OMNIKV_USAGE', message, { suggestions: [`omnikv ${command} --help`] });
}
