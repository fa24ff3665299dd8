/**
 * Lines and objects as operations: the same verbs, flags and typed values as the commands.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOperation } from '../../src/cli/key-operation.js';
import type { KeyOperation } from '../../src/cli/key-operation.js';
import { parseOperationLine } from '../../src/cli/operation-line.js';
import type { Operation, Value } from '../../src/core/client/index.js';
import { MAX_U64 } from '../../src/core/client/index.js';

function operationOf(line: string): KeyOperation {
  const parsed = parseOperationLine(line);
  if (parsed?.kind !== 'operation') throw new Error(`${line}: ${JSON.stringify(parsed)}`);
  return parsed.operation;
}

function changeOf(line: string): Operation {
  const operation = operationOf(line);
  if (operation.kind !== 'change') throw new Error(`${line} changes nothing`);
  return operation.operation;
}

function badOf(line: string): { readonly column: number; readonly message: string; next: string } {
  const parsed = parseOperationLine(line);
  if (parsed?.kind !== 'bad') throw new Error(`${line} is no bad line`);
  const { message, suggestions } = parsed.error;
  expect(parsed.error.exit).toBe(64);
  expect(suggestions.length, line).toBeGreaterThan(0);
  return { column: parsed.column, message, next: suggestions.join('\n') };
}

const u64 = (value: bigint): Value => ({ kind: 'u64', value });
const text = (value: string): Value => ({ kind: 'text', value });
const put = (key: string, value: Value) => ({ kind: 'put', key, value, condition: undefined });

describe('a line of words', () => {
  it('puts numbers, and text and bytes where they are asked for', () => {
    expect(changeOf(`put a ${MAX_U64}`)).toEqual(put('a', u64(MAX_U64)));
    expect(changeOf('put a "5"')).toEqual(put('a', u64(5n)));
    expect(changeOf(`put a 'h i' --text`)).toEqual(put('a', text('h i')));
    expect(changeOf(`put --text -- a '--text'`)).toEqual(put('a', text('--text')));
    expect(changeOf(`put a '--text' --text`)).toEqual(put('a', text('--text')));
    const bytes = { kind: 'bytes', value: Buffer.from('hello') } as const;
    expect(changeOf('put a aGVsbG8= --base64')).toEqual(put('a', bytes));
  });

  it('has the conditions, the reads and the pastes of a command', () => {
    expect(changeOf('put a 1 --if-absent')).toMatchObject({ condition: { kind: 'absent' } });
    const condition = { kind: 'version', version: 12 };
    expect(changeOf('put a 1 --if-version=12')).toMatchObject({ condition });
    expect(changeOf('omnikv put a 1 --if-version 12')).toMatchObject({ condition });
    expect(changeOf('del a b a')).toEqual({ kind: 'delete', keys: ['a', 'b', 'a'] });
    expect(changeOf('incr a')).toEqual({ kind: 'increment', key: 'a', by: 1n });
    expect(operationOf('get a --default -- ')).toMatchObject({ fallback: '--' });
    expect(operationOf('get a --consistency local --node 2')).toMatchObject({
      consistency: 'local',
      node: 2,
    });
    expect(operationOf('scan user: --limit 3 --reverse --keys')).toMatchObject({
      request: { prefix: 'user:', limit: 3, isReverse: true, isKeysOnly: true },
    });
  });

  it('is nothing where it is blank or a comment', () => {
    for (const line of ['', '  ', '# put a 5']) expect(parseOperationLine(line)).toBeUndefined();
  });

  it.each([
    ['putt a 5', 1, /no operation "putt"/, /put/],
    ['put a', 5, /needs more words/, /put KEY VALUE/],
    ['put a 5 6', 9, /one word too many/, /quotes/],
    ['put a hello', 7, /is no number/, /put a hello --text/],
    ['put a 007', 7, /begins with a zero/, /write 7/],
    ['put a -1', 7, /no flag "-1"/, /quotes/],
    ['put a -', 7, /standard input/, /'-' --text/],
    ['put "" 5', 5, /at least 1 byte/, /1 to 1024/],
    ['put a 5 --txt', 9, /no flag "--txt"/, /--text/],
    ['put a 5 --if-version', 9, /needs a value/, /put KEY/],
    ['put a 5 --if-version x', 22, /no whole number/, /digits/],
    ['put a 5 --if-absent --if-version 3', 34, /exclude/, /one of them/],
    ['put a é= --base64', 7, /is no base64/, /aGVsbG8=/],
    ['get 😀 x', 7, /one word too many/, /get KEY/],
    ['get a; get b', 6, /one operation/, /line of its own/],
    ['incr a b', 8, /is no number/, /./],
    ['scan --limit 0', 14, /at least 1/, /./],
    [`put 'a`, 5, /never closed/, /close it/],
    ['omnikv', 1, /missing/, /put, get/],
    ['get a --node 0', 14, /no node/, /status/],
    ['get a --consistency x', 21, /no consistency/, /local/],
  ])('%s is answered with place, reason and next step', (line, column, message, next) => {
    const bad = badOf(line);
    expect(bad.column).toBe(column);
    expect(bad.message).toMatch(message);
    expect(bad.next).toMatch(next);
  });
});

describe('an object', () => {
  it('is the same operation', () => {
    expect(changeOf('{"op":"put","key":"a","value":5}')).toEqual(put('a', u64(5n)));
    const max = `{"kind":"u64","value":"${MAX_U64}","version":7}`;
    expect(changeOf(`{"op":"put","key":"a","value":${max}}`)).toEqual(put('a', u64(MAX_U64)));
    const texts = '"old":{"kind":"text","value":"x"},"new":2';
    expect(changeOf(` {"op":"cas","key":"a",${texts}}`)).toEqual({
      kind: 'compareAndSet',
      key: 'a',
      expected: text('x'),
      replacement: u64(2n),
    });
    expect(changeOf('{"op":"del","keys":["a","b"]}')).toEqual({ kind: 'delete', keys: ['a', 'b'] });
    expect(changeOf(`{"op":"incr","key":"a","by":"${MAX_U64}"}`)).toMatchObject({ by: MAX_U64 });
    expect(operationOf('{"op":"scan","prefix":"a","keys":true}')).toMatchObject({ kind: 'scan' });
  });

  it.each([
    ['{"op":"put","key":"a","value":"5"}', 23, /is no value/, /"kind":"text"/],
    ['{"op":"put","key":"a","value":9007199254740993}', 23, /no whole number/, /u64/],
    ['{"op":"put","key":"a","value":-0}', 23, /no whole number/, /u64/],
    ['{"op":"put","key":"a","value":1,"ifAbsnt":true}', 33, /no field/, /ifAbsent/],
    ['{"op":"put","key":"a"}', 1, /"value" is missing/, /./],
    ['{"op":"put","value":5}', 1, /"key" is missing/, /./],
    ['{"op":"pot","key":"a"}', 2, /names no operation/, /"op":"put"/],
    ['{"op":"put",}', 13, /no JSON object/, /"op"/],
    ['{"op":"put"', 12, /no JSON object/, /"op"/],
    ['{"op":"get","key":5}', 13, /is no key/, /./],
    ['{"op":"get","key":"\\ud800"}', 13, /surrogate/, /UTF-8/],
    ['{"op":"scan","limit":0}', 14, /from 1/, /./],
  ])('%s is answered with place, reason and next step', (line, column, message, next) => {
    const bad = badOf(line);
    expect(bad.message).toMatch(message);
    expect(bad.next).toMatch(next);
    expect(bad.column).toBe(column);
  });

  it('no JSON makes the reader throw', () => {
    const field = fc.constantFrom('key', 'keys', 'value', 'by', 'old', 'new', 'limit', 'ifVersion');
    const verb = fc.constantFrom('put', 'get', 'del', 'incr', 'cas', 'scan', 'x');
    fc.assert(
      fc.property(verb, fc.dictionary(field, fc.jsonValue()), (op, fields) => {
        expect(parseOperationLine(JSON.stringify({ op, ...fields }))).toBeDefined();
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what is written is read back', () => {
  const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
  const number = fc.bigInt({ min: 0n, max: MAX_U64 });
  const value: fc.Arbitrary<Value> = fc.oneof(
    number.map(u64),
    fc.string({ unit: 'binary', maxLength: 20 }).map(text),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => ({ kind: 'bytes' as const, value: bytes })),
  );
  const condition = fc.oneof(
    fc.constant(undefined),
    fc.constant({ kind: 'absent' as const }),
    fc.record({ kind: fc.constant('version' as const), version: fc.nat() }),
  );
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), key, value, condition }),
    fc.record({
      kind: fc.constant('delete' as const),
      keys: fc.array(key, { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('increment' as const), key, by: number }),
    fc.record({
      kind: fc.constant('compareAndSet' as const),
      key,
      expected: value,
      replacement: value,
    }),
  );
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const any: fc.Arbitrary<KeyOperation> = fc.oneof(
    fc.record({
      kind: fc.constant('change' as const),
      operation,
      requestId: optional(fc.constant(`${'0a'.repeat(16)}@7`)),
    }),
    fc.record({
      kind: fc.constant('get' as const),
      key,
      fallback: optional(fc.string({ unit: 'binary' })),
      consistency: fc.constantFrom('linearizable' as const, 'local' as const),
      node: optional(fc.integer({ min: 1, max: 9 })),
    }),
    fc.record({
      kind: fc.constant('scan' as const),
      request: fc.record({
        prefix: fc.string({ unit: 'binary' }),
        from: optional(key),
        to: optional(key),
        limit: optional(fc.integer({ min: 1 })),
        isReverse: fc.boolean(),
        isKeysOnly: fc.boolean(),
      }),
    }),
  );

  it('every operation, as a line or as an object', () => {
    fc.assert(
      fc.property(any, (wanted) => {
        const line = formatOperation(wanted);
        expect(line).not.toContain('\n');
        expect(plain(operationOf(line))).toEqual(plain(wanted));
      }),
      { numRuns: 2_000 },
    );
  });

  /** Bytes are compared as bytes, whatever array holds them. */
  function plain(operation: KeyOperation): unknown {
    return JSON.parse(
      JSON.stringify(operation, (_name, item: unknown) => {
        if (typeof item === 'bigint') return `${item}n`;
        if (item instanceof Uint8Array) return Buffer.from(item).toString('hex');
        if (typeof item === 'object' && item !== null && 'type' in item && item.type === 'Buffer') {
          return Buffer.from((item as unknown as { readonly data: number[] }).data).toString('hex');
        }
        return item;
      }),
    );
  }
});
