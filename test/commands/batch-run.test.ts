/**
 * A batch: order per key, answers in the order of the lines, bounds, stops, doubts.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchRun } from '../../src/cli/batch-run.js';
import type { BatchLine } from '../../src/cli/batch-run.js';
import { readLines } from '../../src/cli/line-reader.js';
import { keysOf } from '../../src/cli/key-operation.js';
import type { KeyOperation } from '../../src/cli/key-operation.js';
import { parseOperationLine } from '../../src/cli/operation-line.js';
import type { Outcome } from '../../src/cli/operation-outcome.js';
import { OmnikvError, UnknownOutcomeError } from '../../src/core/errors.js';

const DONE: Outcome = { kind: 'ok', answer: { kind: 'stored', version: 1 } };
const UNKNOWN: Outcome = { kind: 'unknown', error: new UnknownOutcomeError('?'), facts: {} };
const DOWN: Outcome = {
  kind: 'failed',
  error: new OmnikvError('OMNIKV_UNREACHABLE', 'nobody'),
  facts: {},
};

interface Call {
  readonly operation: KeyOperation;
  readonly settle: (outcome: Outcome) => void;
}

interface Setup {
  readonly concurrency?: number;
  readonly write?: (lines: string) => Promise<void> | undefined;
  readonly answer?: (operation: KeyOperation) => Outcome;
}

/** Answers at once with `answer`; without one the test settles `calls` itself. */
function setUp({ concurrency = 4, write, answer }: Setup = {}) {
  const calls: Call[] = [];
  const written: string[] = [];
  let readCount = 0;
  const batch = new BatchRun({
    concurrency,
    run: async (operation) => {
      if (answer !== undefined) return await Promise.resolve(answer(operation));
      return await new Promise<Outcome>((settle) => calls.push({ operation, settle }));
    },
    write: (lines) => {
      written.push(lines);
      return write?.(lines);
    },
    onStop: () => undefined,
  });
  async function* linesOf(lines: readonly string[]): AsyncGenerator<BatchLine, void> {
    for (const [index, line] of lines.entries()) {
      const parsed = parseOperationLine(line);
      readCount += 1;
      if (parsed !== undefined) yield { line: index + 1, parsed };
      await Promise.resolve();
    }
  }
  const answers = () =>
    written
      .join('')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { line: number; outcome: string; error?: Coded });
  const run = async (lines: readonly string[]) => await batch.run(linesOf(lines));
  return { batch, calls, answers, run, readCount: () => readCount };
}

interface Coded {
  readonly code: string;
}

/** Everything that can happen without an answer has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

describe('a batch', () => {
  it('answers in the order of the lines, whatever order the cluster answers in', async () => {
    const { calls, answers, run } = setUp();
    const running = run(['put a 1', '# nothing', 'putt', 'put b 1', 'put c 1']);
    await settled();
    expect(calls).toHaveLength(3);
    for (const call of [...calls].reverse()) call.settle(DONE);
    await running;
    expect(answers().map(({ line }) => line)).toEqual([1, 3, 4, 5]);
    expect(answers()[1]).toMatchObject({ line: 3, column: 1, outcome: 'failed' });
  });

  it('has as many operations in flight as asked for', async () => {
    const { calls, run } = setUp({ concurrency: 2 });
    const running = run(['get a', 'put b 1', 'put c 1', 'put d 1']);
    await settled();
    calls[0]?.settle(DONE);
    await settled();
    const open = calls.length - 1;
    expect(open).toBe(2);
    for (let at = 1; at < 4; at += 1) {
      calls[at]?.settle(DONE);
      await settled();
    }
    await running;
  });

  it('never lets operations of one key overtake each other, scans least of all', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const line = fc.oneof(
      { weight: 4, arbitrary: name.map((key) => `incr ${key}`) },
      { weight: 4, arbitrary: name.map((key) => `get ${key}`) },
      { weight: 2, arbitrary: fc.tuple(name, name).map(([x, y]) => `del ${x} ${y}`) },
      { weight: 1, arbitrary: fc.constant('scan') },
    );
    const lines = fc.array(line, { minLength: 1, maxLength: 60 });
    const draws = fc.infiniteStream(fc.nat());
    await fc.assert(
      fc.asyncProperty(lines, draws, fc.integer({ min: 1, max: 8 }), async (wanted, draw, n) => {
        const { calls, answers, run } = setUp({ concurrency: n });
        const running = run(wanted);
        const open: { readonly keys: readonly string[]; readonly call: Call }[] = [];
        const order: string[] = [];
        for (let seen = 0, done = 0; done < wanted.length; done += 1) {
          await settled();
          for (; seen < calls.length; seen += 1) {
            const call = calls[seen]!;
            const keys = keysOf(call.operation);
            const isScan = call.operation.kind === 'scan';
            const clash = open.filter((other) => {
              return isScan || other.keys.length === 0 || other.keys.some((k) => keys.includes(k));
            });
            expect(clash).toEqual([]);
            open.push({ keys, call });
            order.push(...keys.map((key) => `${key} ${JSON.stringify(kindOf(call.operation))}`));
          }
          expect(open.length).toBeLessThanOrEqual(n);
          const [next] = open.splice((draw.next().value as number) % open.length, 1);
          next?.call.settle(DONE);
        }
        await running;
        expect(answers().map(({ line: number }) => number)).toEqual(wanted.map((_, at) => at + 1));
        for (const key of ['a', 'b', 'c', 'd']) {
          expect(order.filter((item) => item.startsWith(key))).toEqual(expectedOf(wanted, key));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('sends nothing behind an unknown outcome on the same key', async () => {
    const { answers, batch, run } = setUp({
      concurrency: 1,
      answer: (operation) => (keysOf(operation).includes('a') ? UNKNOWN : DONE),
    });
    await run(['put a 1', 'put b 1', 'put a 2', 'del b a', 'scan', 'put b 2']);
    const codes = answers().map(({ outcome, error }) => error?.code ?? outcome);
    const notSent = 'OMNIKV_NOT_SENT';
    expect(codes).toEqual(['OMNIKV_UNKNOWN_OUTCOME', 'ok', notSent, notSent, notSent, 'ok']);
    expect(batch.tally.error()).toMatchObject({ exit: 75 });
  });

  it('reads no further than its window while an answer is missing or the reader is behind', async () => {
    const lines = Array.from({ length: 5_000 }, (_, at) => `put k${at} 1`);
    const first = setUp();
    const running = first.run(lines);
    await settled();
    for (let at = 1; at < first.calls.length; at += 1) {
      first.calls[at]?.settle(DONE);
      await new Promise(setImmediate);
    }
    expect(first.readCount()).toBeLessThanOrEqual(1_026);
    first.batch.stop('the test is over');
    first.calls[0]?.settle(DONE);
    await running;

    let goOn: () => void = () => undefined;
    const write = () => new Promise<void>((resolve) => (goOn = resolve));
    const second = setUp({ answer: () => DONE, write });
    const alsoRunning = second.run(lines);
    await settled();
    const readCount = second.readCount();
    await settled();
    expect(second.readCount()).toBe(readCount);
    expect(readCount).toBeLessThan(2_100);
    while (second.answers().length < lines.length) {
      goOn();
      await new Promise(setImmediate);
    }
    goOn();
    await alsoRunning;
    expect(second.batch.tally.error()).toBeUndefined();
  });

  it('stops where it is told to: what was sent is waited for, the rest says so', async () => {
    const { batch, calls, answers, run } = setUp({ concurrency: 1 });
    const running = run(['put a 1', 'put b 1', 'put c 1']);
    await settled();
    batch.stop('enough');
    calls[0]?.settle(DONE);
    await running;
    expect(answers().map(({ outcome }) => outcome)).toEqual(['ok', 'failed', 'failed']);
    expect(batch.tally.error()).toMatchObject({ code: 'OMNIKV_NOT_SENT', exit: 1 });
  });

  it('ends when the cluster answers nothing any more', async () => {
    const { batch, answers, run } = setUp({ answer: () => DOWN });
    await run(Array.from({ length: 5_000 }, (_, at) => `put k${at} 1`));
    expect(answers().length).toBeLessThan(1_100);
    expect(batch.stopReason).toContain('did not answer');
    expect(batch.tally.error()).toMatchObject({ code: 'OMNIKV_UNREACHABLE', exit: 69 });
  });

  it('gives up after as many as could be under way at once: large gets go two at a time', async () => {
    let askedCount = 0;
    const answer = (): Outcome => {
      askedCount += 1;
      return DOWN;
    };
    const { batch, run } = setUp({ concurrency: 256, answer });
    await run(Array.from({ length: 500 }, (_, at) => `get k${at}`));
    expect(batch.stopReason).toContain('did not answer');
    expect(askedCount).toBeLessThan(20);
  });

  it('has the status of what failed, 1 where it differs', async () => {
    const failed = (code: 'OMNIKV_KEY_NOT_FOUND' | 'OMNIKV_OVERFLOW'): Outcome => {
      return { kind: 'failed', error: new OmnikvError(code, 'x'), facts: {} };
    };
    const answer = (operation: KeyOperation): Outcome => {
      if (operation.kind === 'get') return failed('OMNIKV_KEY_NOT_FOUND');
      return keysOf(operation).includes('n') ? failed('OMNIKV_OVERFLOW') : DONE;
    };
    const exitOf = async (...lines: readonly string[]) => {
      const { batch, run } = setUp({ answer });
      await run(lines);
      return batch.tally.error()?.exit ?? 0;
    };
    expect(await exitOf()).toBe(0);
    expect(await exitOf('put a 1')).toBe(0);
    expect(await exitOf('get a', 'put a 1', 'get b')).toBe(4);
    expect(await exitOf('incr n', 'put a 1')).toBe(5);
    expect(await exitOf('get')).toBe(64);
    expect(await exitOf('get a', 'incr n')).toBe(1);
  });
});

function kindOf(operation: KeyOperation): string {
  return operation.kind === 'change' ? operation.operation.kind : operation.kind;
}

/** What the lines say that happens to a key, in their order. */
function expectedOf(lines: readonly string[], key: string): readonly string[] {
  return lines.flatMap((line) => {
    const [verb = '', ...keys] = line.split(' ');
    const kinds: Readonly<Record<string, string>> = { incr: 'increment', del: 'delete' };
    return keys.includes(key) ? [`${key} ${JSON.stringify(kinds[verb] ?? verb)}`] : [];
  });
}

describe('the lines of a stream', () => {
  async function read(chunks: readonly Uint8Array[], limitBytes?: number): Promise<unknown[]> {
    const lines: unknown[] = [];
    async function* stream(): AsyncGenerator<Uint8Array, void> {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
    }
    for await (const line of readLines(stream(), limitBytes)) {
      lines.push(line.kind === 'text' ? line.text : line.kind);
    }
    return lines;
  }

  it('are the same however the bytes are cut', async () => {
    const cut = fc.array(fc.nat({ max: 30 }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' })), cut, async (texts, cuts) => {
        const lines = texts.map((text) => text.replaceAll(/[\r\n\ufeff]/g, ''));
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const ends = [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b)];
        const chunks = [...ends, bytes.length].map((end, at) => {
          return bytes.subarray(at === 0 ? 0 : ends[at - 1], end);
        });
        expect(await read(chunks)).toEqual(lines);
      }),
    );
  });

  it('may end with CR LF, with nothing, and begin with a byte order mark', async () => {
    const bytes = Buffer.from('\ufeffa\r\n\nb');
    expect(await read([bytes])).toEqual(['a', '', 'b']);
  });

  it('are told apart where they are no UTF-8 or too long, and the next is whole', async () => {
    const bad = Buffer.from([0x61, 0xff, 0x0a]);
    expect(await read([bad, Buffer.from('b\n')])).toEqual(['notUtf8', 'b']);
    const long = Buffer.from(`${'x'.repeat(30)}\nb\n`);
    expect(await read([long.subarray(0, 15), long.subarray(15)], 10)).toEqual(['tooLong', 'b']);
  });
});
