/**
 * The verbs of a line: what words each takes, and the operation that they make.
 *
 * Verbs, flags and typed values are those of the commands of the same name: a value is a number
 * unless --text or --base64 says otherwise, and its kind is never guessed from its look.
 */

import type { Condition, Consistency, Value } from '../core/client/index.js';
import { checkKey } from '../core/client/index.js';
import { OmnikvError } from '../core/errors.js';
import { nearest } from './edit-distance.js';
import { parsePid, parseWholeNumber } from './flags.js';
import type { KeyOperation } from './key-operation.js';
import { LineError } from './line-error.js';
import { quoteWord } from './line-syntax.js';
import type { Statement, Word } from './line-syntax.js';
import { quoteForMessage } from './output.js';
import { checked, numberArgument } from './value-argument.js';

interface Verb {
  readonly usage: string;
  readonly summary: string;
  readonly minWords: number;
  readonly maxWords: number;
  readonly switches: readonly string[];
  /** Flags that take a word. */
  readonly options: readonly string[];
  readonly parse: (given: Given) => KeyOperation;
}

/** The words of one statement behind its verb, sorted. */
interface Given {
  readonly verb: Word;
  readonly words: readonly Word[];
  readonly switches: ReadonlySet<string>;
  readonly options: ReadonlyMap<string, Word>;
}

export const VERBS = {
  put: {
    usage: 'put KEY VALUE [--text|--base64] [--if-absent|--if-version N] [--request-id ID]',
    summary: 'store a value',
    minWords: 2,
    maxWords: 2,
    switches: ['text', 'base64', 'if-absent'],
    options: ['if-version', 'request-id'],
    parse: parsePut,
  },
  get: {
    usage: 'get KEY [--default X] [--consistency local [--node N]]',
    summary: 'print the value of a key',
    minWords: 1,
    maxWords: 1,
    switches: [],
    options: ['default', 'consistency', 'node'],
    parse: parseGet,
  },
  del: {
    usage: 'del KEY… [--request-id ID]',
    summary: 'remove keys; print how many had a value',
    minWords: 1,
    maxWords: Infinity,
    switches: [],
    options: ['request-id'],
    parse: (given) => change(given, { kind: 'delete', keys: given.words.map(parseKey) }),
  },
  incr: {
    usage: 'incr KEY [BY] [--request-id ID]',
    summary: 'add to a number and print the sum',
    minWords: 1,
    maxWords: 2,
    switches: [],
    options: ['request-id'],
    parse: parseIncr,
  },
  cas: {
    usage: 'cas KEY OLD NEW [--text|--base64] [--request-id ID]',
    summary: 'replace a value that is the expected one',
    minWords: 3,
    maxWords: 3,
    switches: ['text', 'base64'],
    options: ['request-id'],
    parse: parseCas,
  },
  scan: {
    usage: 'scan [PREFIX] [--from KEY] [--to KEY] [--limit N] [--reverse] [--keys]',
    summary: 'list keys and values in the order of the keys',
    minWords: 0,
    maxWords: 1,
    switches: ['reverse', 'keys'],
    options: ['from', 'to', 'limit'],
    parse: parseScan,
  },
} as const satisfies Record<string, Verb>;

export type VerbName = keyof typeof VERBS;

export const VERB_NAMES = Object.keys(VERBS) as readonly VerbName[];

export function findVerb(text: string): Verb | undefined {
  return Object.hasOwn(VERBS, text) ? VERBS[text as VerbName] : undefined;
}

/** `omnikv put …` is `put …`: what a message tells people to type can be pasted. LineError. */
export function parseStatement(statement: Statement): KeyOperation {
  const words = statement[0]?.text === 'omnikv' ? statement.slice(1) : statement;
  const [first] = words;
  if (first === undefined) {
    throw new LineError(statement[0]?.at ?? 0, 'an operation is missing', [verbList()]);
  }
  const verb = findVerb(first.text);
  if (verb === undefined) {
    const guess = nearest(first.text, VERB_NAMES);
    const next = guess === undefined ? verbList() : `did you mean ${guess}?`;
    throw new LineError(first.at, `there is no operation ${quoteForMessage(first.text)}`, [next]);
  }
  const given = sortWords(first, verb, words.slice(1));
  checkCount(given, verb);
  return verb.parse(given);
}

function verbList(): string {
  return `the operations are ${VERB_NAMES.join(', ')}`;
}

function sortWords(verbWord: Word, verb: Verb, rest: Statement): Given {
  const words: Word[] = [];
  const switches = new Set<string>();
  const options = new Map<string, Word>();
  let areFlagsOver = false;
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at]!;
    const isFlag = !areFlagsOver && word.text.startsWith('-') && word.text !== '-';
    // `--name='two words'` is one word, and a flag: what is quoted is its value.
    const isQuoted = word.isQuoted && !/^--[a-z-]+=/.test(word.text);
    if (!isFlag || isQuoted) {
      words.push(word);
      continue;
    }
    if (word.text === '--') {
      areFlagsOver = true;
      continue;
    }
    const [, name = '', value] = /^--?([^=]*)(?:=([^]*))?$/.exec(word.text) ?? [];
    if (verb.switches.includes(name) && word.text === `--${name}`) switches.add(name);
    else if (verb.options.includes(name) && word.text.startsWith('--')) {
      if (value === undefined) at += 1;
      const given = value === undefined ? rest[at] : { ...word, text: value };
      if (given === undefined) throw usage(word, verb, `--${name} needs a value`);
      options.set(name, given);
    } else throw unknownFlag(word, name, verb);
  }
  return { verb: verbWord, words, switches, options };
}

function unknownFlag(word: Word, name: string, verb: Verb): LineError {
  const guess = nearest(name, [...verb.switches, ...verb.options]);
  const next = [
    ...(guess === undefined ? [] : [`--${guess}`]),
    'quotes around a key or a value that begins with -',
    verb.usage,
  ];
  return new LineError(word.at, `there is no flag ${quoteForMessage(word.text)} here`, next);
}

function checkCount(given: Given, verb: Verb): void {
  const extra = given.words[verb.maxWords];
  if (extra !== undefined) {
    const message = `one word too many: ${quoteForMessage(extra.text)}`;
    throw new LineError(extra.at, message, ['put quotes around a word with spaces', verb.usage]);
  }
  if (given.words.length >= verb.minWords) return;
  throw usage(given.words.at(-1) ?? given.verb, verb, `${given.verb.text} needs more words`);
}

function usage(word: Word, verb: Verb, message: string): LineError {
  return new LineError(word.at, message, [verb.usage]);
}

function change(
  given: Given,
  operation: Extract<KeyOperation, { kind: 'change' }>['operation'],
): KeyOperation {
  return { kind: 'change', operation, requestId: given.options.get('request-id')?.text };
}

function parseKey(word: Word): string {
  const violation = checkKey(word.text);
  if (violation === undefined) return word.text;
  const next = ['a key is 1 to 1024 bytes of UTF-8'];
  throw new LineError(word.at, violation.message, next, violation.code);
}

function parseValue(word: Word, given: Given): Value {
  const { switches } = given;
  if (switches.has('text') && switches.has('base64')) {
    throw new LineError(word.at, '--text and --base64 exclude each other', ['choose one of them']);
  }
  if (word.text === '-' && !word.isQuoted) {
    const message = '- is standard input for a command, and no value in a line';
    throw new LineError(word.at, message, ["'-' --text is the text", 'omnikv put KEY -']);
  }
  return LineError.within(word.at, () => {
    if (switches.has('text')) return checked({ kind: 'text', value: word.text });
    if (switches.has('base64')) return checked({ kind: 'bytes', value: decodeBase64(word.text) });
    const instead = [given.verb.text, ...given.words.map(({ text }) => quoteWord(text)), '--text'];
    return { kind: 'u64', value: parseNumber(word.text, instead.join(' ')) };
  });
}

function parseNumber(text: string, instead: string | undefined): bigint {
  try {
    return numberArgument(text);
  } catch (error) {
    if (!(error instanceof OmnikvError) || instead === undefined) throw error;
    const suggestions = [...error.suggestions, ...(instead.length > 1_000 ? [] : [instead])];
    throw new OmnikvError(error.code, error.message, { suggestions, cause: error });
  }
}

export function decodeBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return bytes;
  throw new OmnikvError('OMNIKV_INVALID_VALUE', `${quoteForMessage(text)} is no base64`, {
    suggestions: ['base64 with its padding, as RFC 4648 has it: aGVsbG8='],
  });
}

function parsePut(given: Given): KeyOperation {
  const [key, value] = given.words as readonly [Word, Word];
  const operation = { kind: 'put', key: parseKey(key), value: parseValue(value, given) } as const;
  return change(given, { ...operation, condition: parseCondition(given) });
}

function parseCondition(given: Given): Condition | undefined {
  const version = given.options.get('if-version');
  const isIfAbsent = given.switches.has('if-absent');
  if (version === undefined) return isIfAbsent ? { kind: 'absent' } : undefined;
  if (isIfAbsent) {
    const message = '--if-absent and --if-version exclude each other';
    throw new LineError(version.at, message, ['choose one of them']);
  }
  return { kind: 'version', version: parseCount(version) };
}

function parseCount(word: Word): number {
  try {
    return parseWholeNumber(word.text);
  } catch {
    const next = ['a whole number in plain digits'];
    throw new LineError(word.at, `${quoteForMessage(word.text)} is no whole number`, next);
  }
}

function parseGet(given: Given): KeyOperation {
  const { options } = given;
  const consistency = options.get('consistency');
  const node = options.get('node');
  return {
    kind: 'get',
    key: parseKey(given.words[0]!),
    fallback: options.get('default')?.text,
    consistency: consistency === undefined ? 'linearizable' : parseConsistency(consistency),
    node: node && LineError.within(node.at, () => parsePid(node.text)),
  };
}

function parseConsistency(word: Word): Consistency {
  if (word.text === 'local' || word.text === 'linearizable') return word.text;
  const message = `there is no consistency ${quoteForMessage(word.text)}`;
  throw new LineError(word.at, message, ['linearizable or local']);
}

function parseIncr(given: Given): KeyOperation {
  const [key, by] = given.words as readonly [Word, Word | undefined];
  return change(given, {
    kind: 'increment',
    key: parseKey(key),
    by: by === undefined ? 1n : LineError.within(by.at, () => parseNumber(by.text, undefined)),
  });
}

function parseCas(given: Given): KeyOperation {
  const [key, expected, replacement] = given.words as readonly [Word, Word, Word];
  return change(given, {
    kind: 'compareAndSet',
    key: parseKey(key),
    expected: parseValue(expected, given),
    replacement: parseValue(replacement, given),
  });
}

function parseScan(given: Given): KeyOperation {
  const { options, switches, words } = given;
  const limit = options.get('limit');
  const count = limit && parseCount(limit);
  if (limit !== undefined && count === 0) {
    throw new LineError(limit.at, '--limit is at least 1', ['leave it away for all']);
  }
  return {
    kind: 'scan',
    request: {
      prefix: words[0]?.text ?? '',
      from: options.get('from')?.text,
      to: options.get('to')?.text,
      limit: count,
      isReverse: switches.has('reverse'),
      isKeysOnly: switches.has('keys'),
    },
  };
}
