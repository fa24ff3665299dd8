/**
 * R5: the limits of keys, values and operations, at their edges.
 */

import { describe, expect, it } from 'vitest';

import type { Operation } from '../../src/core/kv/command.js';
import {
  checkKey,
  checkOperation,
  checkScanBounds,
  checkValue,
} from '../../src/core/kv/validate.js';
import { MAX_U64, type Value } from '../../src/core/kv/value.js';
import { MAX_KEY_BYTES, MAX_KEYS_PER_DELETE, MAX_VALUE_BYTES } from '../../src/core/limits.js';

const five: Value = { kind: 'u64', value: 5n };
const bytes = (sizeBytes: number): Value => ({ kind: 'bytes', value: new Uint8Array(sizeBytes) });

describe('a key', () => {
  it('has 1 to 1024 bytes of UTF-8', () => {
    expect(checkKey('k')).toBeUndefined();
    expect(checkKey('k'.repeat(MAX_KEY_BYTES))).toBeUndefined();
    expect(checkKey('é'.repeat(MAX_KEY_BYTES / 2))).toBeUndefined();
    expect(checkKey('')?.code).toBe('OMNIKV_INVALID_KEY');
    expect(checkKey('k'.repeat(MAX_KEY_BYTES + 1))?.code).toBe('OMNIKV_INVALID_KEY');
    expect(checkKey('é'.repeat(MAX_KEY_BYTES / 2) + 'k')?.code).toBe('OMNIKV_INVALID_KEY');
  });

  it('has no lone surrogate', () => {
    expect(checkKey('a\ud800')?.code).toBe('OMNIKV_INVALID_KEY');
  });
});

describe('a value', () => {
  it('is a number of 64 bits', () => {
    expect(checkValue({ kind: 'u64', value: MAX_U64 })).toBeUndefined();
    expect(checkValue({ kind: 'u64', value: MAX_U64 + 1n })?.code).toBe('OMNIKV_INVALID_VALUE');
    expect(checkValue({ kind: 'u64', value: -1n })?.code).toBe('OMNIKV_INVALID_VALUE');
  });

  it('has at most 1 MiB', () => {
    expect(checkValue(bytes(MAX_VALUE_BYTES))).toBeUndefined();
    expect(checkValue(bytes(MAX_VALUE_BYTES + 1))?.code).toBe('OMNIKV_VALUE_TOO_LARGE');
    const text = (value: string): Value => ({ kind: 'text', value });
    expect(checkValue(text('é'.repeat(MAX_VALUE_BYTES / 2)))).toBeUndefined();
    expect(checkValue(text('é'.repeat(MAX_VALUE_BYTES / 2) + 'k'))?.code).toBe(
      'OMNIKV_VALUE_TOO_LARGE',
    );
    expect(checkValue(text('\udfff'))?.code).toBe('OMNIKV_INVALID_VALUE');
  });
});

describe('an operation', () => {
  const refused: readonly (readonly [string, Operation, string])[] = [
    ['a put of a bad key', put('', five), 'OMNIKV_INVALID_KEY'],
    ['a put of a bad value', put('k', bytes(MAX_VALUE_BYTES + 1)), 'OMNIKV_VALUE_TOO_LARGE'],
    ['a delete with a bad key', { kind: 'delete', keys: ['a', ''] }, 'OMNIKV_INVALID_KEY'],
    ['a delete of too many keys', deleteOf(MAX_KEYS_PER_DELETE + 1), 'OMNIKV_INVALID_KEY'],
    ['a delete of nothing', deleteOf(0), 'OMNIKV_INVALID_KEY'],
    ['an increment of a bad key', { kind: 'increment', key: '', by: 1n }, 'OMNIKV_INVALID_KEY'],
    ['an increment by less', { kind: 'increment', key: 'k', by: -1n }, 'OMNIKV_INVALID_VALUE'],
    ['a swap of a bad key', swap('', five, five), 'OMNIKV_INVALID_KEY'],
    [
      'a swap from a bad value',
      swap('k', { kind: 'u64', value: -1n }, five),
      'OMNIKV_INVALID_VALUE',
    ],
    ['a swap to a bad value', swap('k', five, { kind: 'u64', value: -1n }), 'OMNIKV_INVALID_VALUE'],
    [
      'a swap of two values of 1 MiB',
      swap('k', bytes(MAX_VALUE_BYTES), bytes(MAX_VALUE_BYTES)),
      'OMNIKV_VALUE_TOO_LARGE',
    ],
  ];
  it.each(refused)('is refused: %s', (_name, operation, code) => {
    expect(checkOperation(operation)?.code).toBe(code);
  });

  it.each<Operation>([
    put('k', bytes(MAX_VALUE_BYTES)),
    deleteOf(MAX_KEYS_PER_DELETE),
    { kind: 'increment', key: 'k', by: MAX_U64 },
    { kind: 'increment', key: 'k', by: 0n },
    swap('k', five, bytes(MAX_VALUE_BYTES)),
  ])('is taken within the limits: $kind', (operation) => {
    expect(checkOperation(operation)).toBeUndefined();
  });
});

describe('the bounds of a scan', () => {
  const all = {
    prefix: '',
    from: undefined,
    to: undefined,
    limit: 1,
    isReverse: false,
    isKeysOnly: false,
  };

  it('may be the successor of the longest key', () => {
    expect(checkScanBounds({ ...all, from: 'k'.repeat(MAX_KEY_BYTES) + '\0' })).toBeUndefined();
    expect(checkScanBounds({ ...all, to: 'k'.repeat(MAX_KEY_BYTES + 2) })?.code).toBe(
      'OMNIKV_INVALID_KEY',
    );
    expect(checkScanBounds({ ...all, prefix: '\ud800' })?.code).toBe('OMNIKV_INVALID_KEY');
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity])('refuse a limit of %d', (limit) => {
    expect(checkScanBounds({ ...all, limit })?.code).toBe('OMNIKV_USAGE');
  });
});

function put(key: string, value: Value): Operation {
  return { kind: 'put', key, value, condition: undefined };
}

function swap(key: string, expected: Value, replacement: Value): Operation {
  return { kind: 'compareAndSet', key, expected, replacement };
}

function deleteOf(keyCount: number): Operation {
  return { kind: 'delete', keys: Array.from({ length: keyCount }, (_, at) => `k${at}`) };
}
