/**
 * An operation as one JSON object: {"op":"put","key":"a","value":5}.
 *
 * A value is a whole number below 2^53, or {"kind":"u64"|"text"|"bytes","value":"…"} as answers have
 * it; a bare string is refused, since nobody can say whether "5" is the number or the text. Unknown
 * fields are refused: a misspelled condition must not be a put without one.
 */

import { checkKey } from '../core/client/index.js';
import type { Condition, Value } from '../core/client/index.js';
import { nearest } from './edit-distance.js';
import { parsePid } from './flags.js';
import type { KeyOperation } from './key-operation.js';
import { LineError } from './line-error.js';
import { quoteForMessage, toJson } from './output.js';
import { checked, numberArgument } from './value-argument.js';
import { VERB_NAMES, decodeBase64 } from './verb-syntax.js';
import type { VerbName } from './verb-syntax.js';

type Fields = Readonly<Record<string, unknown>>;

const FIELDS: Readonly<Record<VerbName, readonly string[]>> = {
  put: ['key', 'value', 'ifAbsent', 'ifVersion', 'requestId'],
  get: ['key', 'default', 'consistency', 'node'],
  del: ['key', 'keys', 'requestId'],
  incr: ['key', 'by', 'requestId'],
  cas: ['key', 'old', 'new', 'requestId'],
  scan: ['prefix', 'from', 'to', 'limit', 'reverse', 'keys'],
};

const VALUE_FORMS = [
  '{"kind":"u64","value":"5"}',
  '{"kind":"text","value":"hello"}',
  '{"kind":"bytes","value":"aGVsbG8="}',
];

/** LineError. */
export function parseObject(line: string): KeyOperation {
  const fields = readJson(line);
  const reader = new FieldReader(line, fields);
  const verb = reader.verb();
  reader.refuseUnknown(FIELDS[verb]);
  return BUILDERS[verb](reader);
}

function readJson(line: string): Fields {
  try {
    const parsed: unknown = JSON.parse(line);
    if (isFields(parsed)) return parsed;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const position = /at position (\d+)/.exec(message)?.[1];
    const at = position === undefined ? line.trimEnd().length : Number(position);
    throw new LineError(at, 'this is no JSON object', ['{"op":"put","key":"a","value":5}']);
  }
  throw new LineError(0, 'this is no JSON object', ['{"op":"put","key":"a","value":5}']);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const BUILDERS: Readonly<Record<VerbName, (reader: FieldReader) => KeyOperation>> = {
  put: (reader) =>
    change(reader, {
      kind: 'put',
      key: reader.key('key'),
      value: reader.value('value'),
      condition: condition(reader),
    }),
  get: (reader) => ({
    kind: 'get',
    key: reader.key('key'),
    fallback: reader.text('default'),
    consistency: reader.oneOf('consistency', ['linearizable', 'local']) ?? 'linearizable',
    node: reader.pid('node'),
  }),
  del: (reader) => change(reader, { kind: 'delete', keys: reader.keys() }),
  incr: (reader) =>
    change(reader, { kind: 'increment', key: reader.key('key'), by: reader.amount('by') }),
  cas: (reader) =>
    change(reader, {
      kind: 'compareAndSet',
      key: reader.key('key'),
      expected: reader.value('old'),
      replacement: reader.value('new'),
    }),
  scan: (reader) => ({
    kind: 'scan',
    request: {
      prefix: reader.text('prefix') ?? '',
      from: reader.text('from'),
      to: reader.text('to'),
      limit: reader.count('limit', 1),
      isReverse: reader.isTrue('reverse'),
      isKeysOnly: reader.isTrue('keys'),
    },
  }),
};

function change(
  reader: FieldReader,
  operation: Extract<KeyOperation, { kind: 'change' }>['operation'],
): KeyOperation {
  return { kind: 'change', operation, requestId: reader.text('requestId') };
}

function condition(reader: FieldReader): Condition | undefined {
  const version = reader.count('ifVersion', 0);
  const isIfAbsent = reader.isTrue('ifAbsent');
  if (version === undefined) return isIfAbsent ? { kind: 'absent' } : undefined;
  if (isIfAbsent) throw reader.wrong('ifVersion', 'and "ifAbsent" exclude each other', []);
  return { kind: 'version', version };
}

class FieldReader {
  readonly #line: string;
  readonly #fields: Fields;

  constructor(line: string, fields: Fields) {
    this.#line = line;
    this.#fields = fields;
  }

  verb(): VerbName {
    const op = this.#fields.op;
    const verb = VERB_NAMES.find((name) => name === op);
    if (verb !== undefined) return verb;
    const guess = typeof op === 'string' ? nearest(op, VERB_NAMES) : undefined;
    const next = guess === undefined ? `one of ${VERB_NAMES.join(', ')}` : `"op":"${guess}"`;
    throw this.wrong('op', 'names no operation', [next]);
  }

  refuseUnknown(known: readonly string[]): void {
    for (const name of Object.keys(this.#fields)) {
      if (name === 'op' || known.includes(name)) continue;
      const guess = nearest(name, known);
      const next = guess === undefined ? `the fields are ${known.join(', ')}` : `"${guess}"`;
      throw this.wrong(name, 'is no field of this operation', [next]);
    }
  }

  text(name: string): string | undefined {
    const value = this.#fields[name];
    if (value === undefined || typeof value === 'string') return value;
    throw this.wrong(name, 'is not a string', [`"${name}":"…"`]);
  }

  key(name: string): string {
    return this.#checkedKey(name, this.#fields[name]);
  }

  keys(): readonly string[] {
    const { key, keys } = this.#fields;
    if (keys === undefined) return [this.key('key')];
    if (key !== undefined) throw this.wrong('keys', 'and "key" exclude each other', []);
    if (!Array.isArray(keys)) throw this.wrong('keys', 'is no list', ['"keys":["a","b"]']);
    return keys.map((item: unknown) => this.#checkedKey('keys', item));
  }

  value(name: string): Value {
    const value = this.#fields[name];
    if (typeof value === 'number') return { kind: 'u64', value: this.#exact(name, value) };
    if (!isFields(value) || typeof value.value !== 'string') {
      throw this.wrong(
        name,
        'is no value: a number, or an object that names its kind',
        VALUE_FORMS,
      );
    }
    const { kind, value: content } = value;
    // `version` is what answers have: they can be read back.
    const extra = Object.keys(value).find((key) => !['kind', 'value', 'version'].includes(key));
    if (extra !== undefined) throw this.wrong(extra, 'is no field of a value', VALUE_FORMS);
    return LineError.within(this.#placeOf(name), () => {
      if (kind === 'u64') return { kind, value: numberArgument(content) };
      if (kind === 'text') return checked({ kind, value: content });
      if (kind === 'bytes') return checked({ kind, value: decodeBase64(content) });
      throw this.wrong(name, 'has no kind of ours', VALUE_FORMS);
    });
  }

  /** What incr adds: digits as a string, too, so that every u64 can be written. */
  amount(name: string): bigint {
    const value = this.#fields[name];
    if (value === undefined) return 1n;
    if (typeof value === 'number') return this.#exact(name, value);
    if (typeof value !== 'string') throw this.wrong(name, 'is no number', [`"${name}":1`]);
    return LineError.within(this.#placeOf(name), () => numberArgument(value));
  }

  count(name: string, min: number): number | undefined {
    const value = this.#fields[name];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
    throw this.wrong(name, `is no whole number from ${min}`, [`"${name}":${min + 1}`]);
  }

  pid(name: string): number | undefined {
    const value = this.count(name, 1);
    if (value === undefined) return undefined;
    return LineError.within(this.#placeOf(name), () => parsePid(String(value)));
  }

  isTrue(name: string): boolean {
    const value = this.#fields[name] ?? false;
    if (typeof value === 'boolean') return value;
    throw this.wrong(name, 'is neither true nor false', [`"${name}":true`]);
  }

  oneOf<Name extends string>(name: string, names: readonly Name[]): Name | undefined {
    const value = this.#fields[name];
    if (value === undefined) return undefined;
    const found = names.find((known) => known === value);
    if (found === undefined) throw this.wrong(name, `is none of ${names.join(', ')}`, []);
    return found;
  }

  wrong(name: string, problem: string, next: readonly string[]): LineError {
    const isMissing = !(name in this.#fields) && this.#placeOf(name) === 0;
    const message = isMissing ? `"${name}" is missing` : `${quoteForMessage(name)} ${problem}`;
    return new LineError(this.#placeOf(name), message, next);
  }

  #checkedKey(name: string, value: unknown): string {
    if (typeof value !== 'string') {
      throw this.wrong(name, 'is no key: a string of 1 to 1024 bytes', [`"${name}":"a"`]);
    }
    const violation = checkKey(value);
    if (violation === undefined) return value;
    const next = ['a key is 1 to 1024 bytes of UTF-8'];
    throw new LineError(this.#placeOf(name), violation.message, next, violation.code);
  }

  #exact(name: string, value: number): bigint {
    if (Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)) return BigInt(value);
    const next = '{"kind":"u64","value":"18446744073709551615"} is exact';
    throw this.wrong(name, `is no whole number from 0 to 2^53 - 1`, [next]);
  }

  /** The first place where the name stands: good enough to look at. */
  #placeOf(name: string): number {
    return Math.max(0, this.#line.indexOf(toJson(name)));
  }
}
