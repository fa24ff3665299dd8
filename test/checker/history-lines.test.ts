/**
 * Histories as text: what is written is read again, what is wrong is named with its line.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  checkHistory,
  formatHistoryEntry,
  formatHistoryEvent,
  HISTORY_HEADER,
  HistoryBook,
  HistoryRecorder,
  parseHistory,
  type HistoryEntry,
  type HistoryOperation,
  type HistoryResult,
} from '../../src/core/checker/index.js';
import { Prng } from '../../src/core/simulator/prng.js';
import { anySmallHistory, text, u64 } from './histories.js';

const BYTES = { kind: 'bytes', value: Uint8Array.of(0, 15, 255) } as const;

const EVERY_KIND: readonly [HistoryOperation, HistoryResult | undefined][] = [
  [{ kind: 'put', key: 'a', value: u64(2n ** 64n - 1n) }, { kind: 'stored' }],
  [{ kind: 'put', key: 'ä "\n', value: text('\u2028 "') }, undefined],
  [
    { kind: 'put', key: 'a', value: BYTES, ifAbsent: true },
    { kind: 'conditionFailed', actual: { value: BYTES } },
  ],
  [
    { kind: 'put', key: 'a', value: BYTES, ifVersion: 7 },
    { kind: 'conditionFailed', actual: { value: undefined } },
  ],
  [
    { kind: 'get', key: 'a' },
    { kind: 'value', value: undefined },
  ],
  [
    { kind: 'get', key: 'a' },
    { kind: 'value', value: text('') },
  ],
  [
    { kind: 'delete', key: 'a' },
    { kind: 'deleted', wasPresent: true },
  ],
  [
    { kind: 'increment', key: 'a', by: 3n },
    { kind: 'number', value: 2n ** 63n },
  ],
  [{ kind: 'increment', key: 'a', by: 3n }, { kind: 'notANumber' }],
  [{ kind: 'increment', key: 'a', by: 3n }, { kind: 'overflow' }],
  [
    { kind: 'compareAndSet', key: 'a', expected: u64(1), replacement: text('1') },
    { kind: 'swapped' },
  ],
  [
    { kind: 'compareAndSet', key: 'a', expected: u64(1), replacement: text('1') },
    { kind: 'conditionFailed', actual: undefined },
  ],
];

function entriesOf(lines: readonly string[]): readonly HistoryEntry[] {
  const parsed = parseHistory([HISTORY_HEADER, ...lines, ''].join('\n'));
  if (!parsed.ok) throw new Error(`line ${parsed.error.line}: ${parsed.error.reason}`);
  return parsed.entries;
}

describe('a history that was written', () => {
  test('is read again, whole operations', () => {
    const entries = EVERY_KIND.map(([operation, result], at): HistoryEntry => {
      return { client: at, call: at, return: at + 0.5, operation, result };
    });
    expect(entriesOf(entries.map(formatHistoryEntry))).toEqual(entries);
    const prng = new Prng('lines');
    for (let count = 0; count < 200; count++) {
      const history = anySmallHistory(prng).map((entry) => {
        return entry.return === undefined ? { ...entry, result: undefined } : entry;
      });
      expect(entriesOf(history.map(formatHistoryEntry))).toEqual(history);
    }
  });

  test('is read again as it was recorded: ended, failed, unknown', () => {
    const lines: string[] = [];
    const book = new HistoryBook();
    let nowUs = 5;
    const recorder = new HistoryRecorder({
      nowUs: () => nowUs,
      sink: (event) => {
        lines.push(formatHistoryEvent(event));
        book.add(event);
      },
    });
    const ids = EVERY_KIND.map(([operation], at) => recorder.began(at, operation));
    nowUs = 1_000.7;
    EVERY_KIND.forEach(([, result], at) => {
      if (at % 3 === 0) recorder.failed(ids[at]!);
      else if (at % 3 === 1) recorder.ended(ids[at]!, result);
    });
    expect(entriesOf(lines)).toEqual(book.entries());
    expect(book.entries()).toHaveLength(8);
  });

  test('no two moments of a recorder are the same, and none goes back', () => {
    const times: number[] = [];
    const nows = [5, 5, 3, 10.9, 10.9];
    const recorder = new HistoryRecorder({
      nowUs: () => nows.shift()!,
      sink: (event) => times.push(event.kind === 'began' ? event.call : 0),
    });
    for (let count = 0; count < 5; count++) recorder.began(1, { kind: 'get', key: 'a' });
    expect(times).toEqual([5, 6, 7, 10, 11]);
  });

  test('any beginning of it can be judged: what had not ended is unknown', () => {
    const lines: string[] = [];
    const sink = (event: Parameters<typeof formatHistoryEvent>[0]): unknown =>
      lines.push(formatHistoryEvent(event));
    const recorder = new HistoryRecorder({ nowUs: () => 0, sink });
    const put = recorder.began(1, { kind: 'put', key: 'a', value: u64(1) });
    const get = recorder.began(2, { kind: 'get', key: 'a' });
    recorder.ended(get, { kind: 'value', value: u64(1) });
    recorder.ended(put, { kind: 'stored' });
    for (let length = 0; length <= lines.length; length++) {
      expect(checkHistory(entriesOf(lines.slice(0, length)))).toEqual({ kind: 'valid' });
    }
  });

  test('the examples of docs/formats.md are histories', () => {
    const documented = readFileSync('docs/formats.md', 'utf8');
    const blocks = [...documented.matchAll(/```json\n([^`]*)```/g)].map((match) => match[1]!);
    expect(blocks).toHaveLength(2);
    const [whole, events] = blocks.map((block) => block.trimEnd().split('\n'));
    expect(checkHistory(entriesOf(whole!))).toEqual({ kind: 'valid' });
    const beginning = '{"id":2,"client":1,"call":1,"operation":{"kind":"get","key":"a"}}';
    expect(entriesOf([beginning, ...events!])).toHaveLength(1);
  });
});

describe('what is no history', () => {
  const begun = '{"id":1,"client":1,"call":5,"operation":{"kind":"get","key":"a"}}';
  const whole = (fields: string): string => `{"client":1,"call":1,"return":2,${fields}}`;
  const put = (value: string): string =>
    whole(`"operation":{"kind":"put","key":"a","value":${value}}`);

  test.each([
    ['nothing', '', 1, 'empty'],
    ['another file', 'hello\n', 1, 'no JSON'],
    ['another format', '{"format":"jepsen"}\n', 1, 'not a history'],
    ['another version', '{"format":"omnikv-history","version":2}', 1, 'version 2'],
  ])('%s', (_, file, line, reason) => {
    const parsed = parseHistory(file);
    expect(parsed).toMatchObject({ ok: false, error: { line } });
    if (!parsed.ok) expect(parsed.error.reason).toContain(reason);
  });

  test.each([
    ['a line cut short', ['{"id":1,"cli'], 'no JSON'],
    ['a list', ['[]'], 'not a JSON object'],
    [
      'a field of another name',
      [whole('"operation":{"kind":"get","key":"a"},"retrun":3')],
      'retrun',
    ],
    ['no operation', [whole('"result":{"kind":"stored"}')], 'operation is not'],
    [
      'an operation that is not known',
      [whole('"operation":{"kind":"append","key":"a"}')],
      'append',
    ],
    [
      'a get with a value',
      [whole('"operation":{"kind":"get","key":"a","value":1}')],
      'unknown field "value"',
    ],
    ['a number that is no text', [put('{"kind":"u64","value":5}')], 'not a text'],
    ['a number beyond 64 bits', [put('{"kind":"u64","value":"18446744073709551616"}')], '64 bits'],
    ['bytes that are no hex', [put('{"kind":"bytes","value":"abc"}')], 'hex'],
    ['a value of no kind', [put('{"kind":"float","value":"1"}')], 'u64, text, bytes'],
    [
      'a return before its call',
      ['{"client":1,"call":5,"return":4,"operation":{"kind":"get","key":"a"}}'],
      'before the call',
    ],
    [
      'a time that is none',
      ['{"client":1,"call":"now","operation":{"kind":"get","key":"a"}}'],
      'call is not a number',
    ],
    [
      'an answer to another question',
      [whole('"operation":{"kind":"get","key":"a"},"result":{"kind":"stored"}')],
      'known: value',
    ],
    [
      'a result without a return',
      [
        '{"client":1,"call":1,"operation":{"kind":"get","key":"a"},"result":{"kind":"value","value":null}}',
      ],
      '"return"',
    ],
    [
      'a result that does not say its value',
      [whole('"operation":{"kind":"get","key":"a"},"result":{"kind":"value"}')],
      'result.value',
    ],
    ['an end without a beginning', ['{"id":1,"return":2}'], 'has not begun'],
    ['two beginnings', [begun, begun], 'began before'],
    ['two ends', [begun, '{"id":1,"return":6}', '{"id":1,"return":7}'], 'ended before'],
    ['a failure with a result', [begun, '{"id":1,"failed":true,"return":6}'], 'no return'],
    ['a failure that is none', [begun, '{"id":1,"failed":false}'], 'true or left out'],
    [
      'a whole line that failed',
      [whole('"operation":{"kind":"get","key":"a"},"failed":true')],
      'leave the whole operation out',
    ],
    ['a negative id', ['{"id":-1,"return":2}'], 'below 0'],
  ])('%s: the line is named', (_, lines, reason) => {
    const parsed = parseHistory([HISTORY_HEADER, '', ...lines].join('\n'));
    expect(parsed).toMatchObject({ ok: false, error: { line: lines.length + 2 } });
    if (!parsed.ok) expect(parsed.error.reason).toContain(reason);
  });
});
