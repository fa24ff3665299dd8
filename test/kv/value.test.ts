/**
 * Values: what counts as a number, and when two values are the same.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isEqualValue, MAX_U64, parseU64, valueSizeBytes } from '../../src/core/kv/value.js';

describe('parseU64', () => {
  it('reads every number of 64 bits as it is printed', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_U64 }), (number) => {
        expect(parseU64(number.toString())).toBe(number);
      }),
    );
  });

  it('reads the edges exactly', () => {
    expect(parseU64('0')).toBe(0n);
    expect(parseU64('9007199254740993')).toBe(9007199254740993n);
    expect(parseU64('18446744073709551615')).toBe(MAX_U64);
  });

  it.each([
    ['18446744073709551616', 'one too many'],
    ['99999999999999999999', 'twenty digits and too large'],
    ['100000000000000000000', 'twenty-one digits'],
    ['007', 'would be printed as 7'],
    ['00', 'would be printed as 0'],
    ['-0', 'a sign'],
    ['-1', 'a sign'],
    ['+1', 'a sign'],
    ['', 'nothing'],
    [' 1', 'a blank'],
    ['1\n', 'a line end'],
    ['1_000', 'a separator'],
    ['1e3', 'an exponent'],
    ['1.0', 'a fraction'],
    ['0x10', 'hexadecimal'],
    ['5n', 'a suffix'],
    ['٣', 'a digit of another script'],
    ['hello', 'a word'],
  ])('refuses %j: %s', (text) => {
    expect(parseU64(text)).toBeUndefined();
  });
});

describe('isEqualValue', () => {
  it('takes the number 5, the text "5" and the byte 0x35 for three values', () => {
    const values = [
      { kind: 'u64', value: 5n },
      { kind: 'text', value: '5' },
      { kind: 'bytes', value: new Uint8Array([0x35]) },
    ] as const;
    for (const a of values) {
      for (const b of values) expect(isEqualValue(a, b)).toBe(a === b);
    }
  });

  it('compares bytes by content and length', () => {
    const bytes = (...value: number[]) =>
      ({ kind: 'bytes', value: new Uint8Array(value) }) as const;
    expect(isEqualValue(bytes(1, 2), bytes(1, 2))).toBe(true);
    expect(isEqualValue(bytes(1, 2), bytes(1, 3))).toBe(false);
    expect(isEqualValue(bytes(1, 2), bytes(1, 2, 0))).toBe(false);
    expect(isEqualValue(bytes(), bytes())).toBe(true);
  });
});

describe('valueSizeBytes', () => {
  it('counts a text in UTF-8', () => {
    expect(valueSizeBytes({ kind: 'text', value: 'aé€😀' })).toBe(1 + 2 + 3 + 4);
    expect(valueSizeBytes({ kind: 'text', value: '\ud800' })).toBe(Infinity);
    expect(valueSizeBytes({ kind: 'u64', value: 0n })).toBe(8);
  });
});
