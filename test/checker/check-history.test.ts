/**
 * The checker judged: by brute force, by good histories, by broken ones, and by its limits.
 */

import { describe, expect, test } from 'vitest';
import {
  checkHistory,
  type HistoryEntry,
  type HistoryOperation,
  type HistoryResult,
} from '../../src/core/checker/index.js';
import { Prng } from '../../src/core/simulator/prng.js';
import { BREAKAGES } from './broken-histories.js';
import { anySmallHistory, COUNTER, goodHistory, text, u64 } from './histories.js';
import { isOrderable } from './reference.js';

const KEYS = ['a', 'b', COUNTER];

function relax(entry: HistoryEntry): HistoryEntry[] {
  const { operation, result } = entry;
  const kind = result?.kind;
  const isWithoutEffect =
    operation.kind === 'get' ||
    kind === 'conditionFailed' ||
    kind === 'notANumber' ||
    (result?.kind === 'deleted' && !result.wasPresent);
  return isWithoutEffect ? [] : [{ ...entry, return: undefined, result: undefined }];
}

/** Whether these, with all the others in doubt, can be ordered. */
function canHappen(entries: readonly HistoryEntry[], window: readonly HistoryEntry[]): boolean {
  const rest = entries.filter((entry) => !window.includes(entry));
  return isOrderable([...window, ...rest.flatMap(relax)]);
}

describe('against brute force', () => {
  const prng = new Prng('brute force');
  const histories = Array.from({ length: 10_000 }, () => anySmallHistory(prng));

  test('the verdict on 10,000 small histories is the one of trying every order', () => {
    let validCount = 0;
    for (const entries of histories) {
      const verdict = checkHistory(entries);
      const isValid = isOrderable(entries);
      expect(verdict.kind, JSON.stringify(entries, show)).toBe(isValid ? 'valid' : 'invalid');
      if (isValid) validCount += 1;
    }
    // Neither answer is right by always giving it.
    expect(validCount).toBeGreaterThan(2_000);
    expect(validCount).toBeLessThan(8_000);
  });

  test('a window cannot be ordered, and could without any one of its operations', () => {
    let windowCount = 0;
    let sizes = 0;
    for (const entries of histories.slice(0, 2_000)) {
      const verdict = checkHistory(entries);
      if (verdict.kind !== 'invalid') continue;
      const { window } = verdict;
      const context = JSON.stringify({ entries, window }, show);
      expect(canHappen(entries, window), context).toBe(false);
      for (const entry of window) {
        const without = window.filter((other) => other !== entry);
        expect(canHappen(entries, without), context).toBe(true);
      }
      windowCount += 1;
      sizes += window.length;
    }
    expect(windowCount).toBeGreaterThan(300);
    expect(sizes / windowCount).toBeLessThan(4);
  });
});

describe('against histories that were made', () => {
  test('1,000 good ones are valid', () => {
    for (let seed = 0; seed < 1_000; seed++) {
      const prng = new Prng(`good ${seed}`);
      const options = { operationCount: 60, clientCount: 5, keys: KEYS, unknownShare: 0.1 };
      const verdict = checkHistory(goodHistory(prng, options));
      expect(verdict, `seed ${seed}`).toEqual({ kind: 'valid' });
    }
  });

  test.each(Object.entries(BREAKAGES))(
    '1,000 good ones with an answer "%s" are not',
    (name, breakIt) => {
      let brokenCount = 0;
      for (let seed = 0; brokenCount < 200 && seed < 1_000; seed++) {
        const prng = new Prng(`${name} ${seed}`);
        const unknownShare = name === 'appliedTwice' ? 0 : 0.1;
        const options = { operationCount: 60, clientCount: 5, keys: KEYS, unknownShare };
        const broken = breakIt(goodHistory(prng, options), prng);
        if (broken === undefined) continue;
        brokenCount += 1;
        const verdict = checkHistory(broken);
        expect(verdict.kind, `seed ${seed}`).toBe('invalid');
        if (verdict.kind === 'invalid') expect(verdict.window.length).toBeLessThanOrEqual(6);
      }
      expect(brokenCount).toBe(200);
    },
  );

  test('200 histories of 500 operations need few steps', () => {
    for (let seed = 0; seed < 200; seed++) {
      const prng = new Prng(`large ${seed}`);
      const options = {
        operationCount: 500,
        clientCount: 10,
        keys: KEYS,
        unknownShare: 0.02,
      };
      const history = goodHistory(prng, options);
      expect(checkHistory(history, { maxSteps: 300_000 }), `seed ${seed}`).toEqual({
        kind: 'valid',
      });
    }
  });
});

describe('unknown outcomes', () => {
  test('may take effect long after the call, once, or never', () => {
    const unknown = entry(0, undefined, { kind: 'put', key: 'k', value: u64(1) }, undefined);
    const early = entry(2, 3, { kind: 'get', key: 'k' }, { kind: 'value', value: undefined });
    const late = entry(4, 5, { kind: 'get', key: 'k' }, { kind: 'value', value: u64(1) });
    const never = entry(6, 7, { kind: 'get', key: 'k' }, { kind: 'value', value: undefined });
    expect(checkHistory([unknown, early]).kind).toBe('valid');
    expect(checkHistory([unknown, early, late]).kind).toBe('valid');
    expect(checkHistory([unknown, late, never]).kind).toBe('invalid');
  });

  test('do not reach back before their call', () => {
    const read = entry(0, 1, { kind: 'get', key: 'k' }, { kind: 'value', value: u64(1) });
    const later = entry(2, undefined, { kind: 'put', key: 'k', value: u64(1) }, undefined);
    expect(checkHistory([read, later])).toEqual({ kind: 'invalid', key: 'k', window: [read] });
  });

  test('in great number do not make the search long', () => {
    const order = new Prng('storm').shuffle(Array.from({ length: 100 }, (_, at) => at));
    const history: HistoryEntry[] = [];
    for (let at = 0; at < 100; at++) {
      const value = u64(at);
      history.push(entry(at * 10, undefined, { kind: 'put', key: 'k', value }, undefined));
      history.push(entry(at * 10, undefined, { kind: 'increment', key: 'n', by: 1n }, undefined));
    }
    for (let at = 0; at < 100; at++) {
      const call = at * 10 + 1_000;
      const result: HistoryResult = { kind: 'value', value: u64(order[at]!) };
      const sum: HistoryResult = { kind: 'value', value: u64(at + 1) };
      history.push(entry(call, call + 5, { kind: 'get', key: 'k' }, result));
      history.push(entry(call, call + 5, { kind: 'get', key: 'n' }, sum));
    }
    expect(checkHistory(history, { maxSteps: 100_000 })).toEqual({ kind: 'valid' });
    const tooMany = entry(
      9_000,
      9_001,
      { kind: 'get', key: 'n' },
      { kind: 'value', value: u64(101) },
    );
    expect(checkHistory([...history, tooMany], { maxSteps: 1_000_000 })).toEqual({
      kind: 'invalid',
      key: 'n',
      window: [tooMany],
    });
  });
});

describe('the smallest window', () => {
  test('of a lost update is the two operations that contradict each other', () => {
    const history: HistoryEntry[] = [];
    for (let at = 0; at < 500; at++) {
      const sum = BigInt(at < 400 ? at + 1 : at);
      const operation = { kind: 'increment', key: 'n', by: 1n } as const;
      history.push(entry(at * 10, at * 10 + 15, operation, { kind: 'number', value: sum }));
    }
    expect(checkHistory(history)).toEqual({
      kind: 'invalid',
      key: 'n',
      window: [history[399], history[400]],
    });
  });

  test('of a stale read is the read and the two writes', () => {
    const history = Array.from({ length: 200 }, (_, at) =>
      entry(at * 10, at * 10 + 5, { kind: 'put', key: 'k', value: u64(at) }, { kind: 'stored' }),
    );
    const read = entry(2_000, 2_001, { kind: 'get', key: 'k' }, { kind: 'value', value: u64(150) });
    const verdict = checkHistory([...history, read]);
    expect(verdict.kind).toBe('invalid');
    if (verdict.kind !== 'invalid') return;
    expect(verdict.window).toHaveLength(3);
    expect(verdict.window).toContain(history[150]);
    expect(verdict.window).toContain(read);
  });
});

describe('limits', () => {
  const prng = new Prng('limits');
  const options = { operationCount: 200, clientCount: 20, keys: ['a'], unknownShare: 0 };
  const good = goodHistory(prng, options);

  test('a search that runs out of steps is undecided, and says of which key', () => {
    const verdict = checkHistory(good, { maxSteps: 100 });
    expect(verdict.kind).toBe('undecided');
    if (verdict.kind === 'undecided') expect(verdict.reason).toContain('key "a"');
  });

  test('a search that is told to stop is undecided', () => {
    const many = Array.from({ length: 50 }, (_, at) => {
      return good.map((each) => ({ ...each, operation: { ...each.operation, key: `k${at}` } }));
    }).flat();
    expect(checkHistory(many).kind).toBe('valid');
    const verdict = checkHistory(many, { shouldStop: () => true });
    expect(verdict).toMatchObject({ kind: 'undecided' });
  });

  test('nothing at all is valid', () => {
    expect(checkHistory([])).toEqual({ kind: 'valid' });
  });
});

describe('answers that no store gives', () => {
  test.each<[string, HistoryOperation, HistoryResult]>([
    ['a put without condition fails one', put('k'), { kind: 'conditionFailed', actual: undefined }],
    ['a put answers a number', put('k'), { kind: 'number', value: 1n }],
    ['a get is stored', { kind: 'get', key: 'k' }, { kind: 'stored' }],
    ['a delete is swapped', { kind: 'delete', key: 'k' }, { kind: 'swapped' }],
    [
      'a sum beyond 64 bits',
      { kind: 'increment', key: 'k', by: 1n },
      { kind: 'number', value: 2n ** 64n },
    ],
    ['an overflow of nothing', { kind: 'increment', key: 'k', by: 1n }, { kind: 'overflow' }],
    [
      'a swap that is stored',
      { kind: 'compareAndSet', key: 'k', expected: u64(1), replacement: u64(2) },
      { kind: 'stored' },
    ],
  ])('%s', (_, operation, result) => {
    const history = [entry(0, 1, operation, result)];
    expect(checkHistory(history)).toEqual({ kind: 'invalid', key: 'k', window: history });
  });

  test('a put under a version succeeds only where there was a value', () => {
    const conditional = { ...put('k'), ifVersion: 7 };
    const stored = entry(2, 3, conditional, { kind: 'stored' });
    const failed = entry(2, 3, conditional, {
      kind: 'conditionFailed',
      actual: { value: text('x') },
    });
    const first = entry(0, 1, { kind: 'put', key: 'k', value: text('x') }, { kind: 'stored' });
    expect(checkHistory([stored]).kind).toBe('invalid');
    expect(checkHistory([first, stored]).kind).toBe('valid');
    expect(checkHistory([first, failed]).kind).toBe('valid');
    expect(checkHistory([failed]).kind).toBe('invalid');
  });
});

function put(key: string): HistoryOperation {
  return { kind: 'put', key, value: u64(1) };
}

function entry(
  call: number,
  end: number | undefined,
  operation: HistoryOperation,
  result: HistoryResult | undefined,
): HistoryEntry {
  return { client: 1, call, return: end, operation, result };
}

function show(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
