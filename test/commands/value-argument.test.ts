/**
 * What a value, a key and a text on the command line may be.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeText,
  keyArgument,
  numberArgument,
  textArgument,
} from '../../src/cli/value-argument.js';
import { OmnikvError } from '../../src/core/errors.js';
import { MAX_U64 } from '../../src/core/client/index.js';

function errorOf(work: () => unknown): OmnikvError {
  try {
    work();
  } catch (error) {
    if (error instanceof OmnikvError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a value argument', () => {
  it('is every u64, exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_U64 }), (value) => {
        expect(numberArgument(value.toString())).toBe(value);
      }),
    );
    expect(numberArgument('18446744073709551615')).toBe(MAX_U64);
    expect(numberArgument('0')).toBe(0n);
  });

  it.each([
    '',
    ' ',
    ' 5',
    '5 ',
    '+5',
    '-1',
    '-0',
    '5.0',
    '1e3',
    '0x10',
    '007',
    '00',
    '1_000',
    '1,000',
    '٥',
    'NaN',
    'hello',
    '18446744073709551616',
    '99999999999999999999',
    '1'.repeat(100_000),
    '5\n',
  ])('is refused when it is %j', (text) => {
    const error = errorOf(() => numberArgument(text));
    expect(error.code).toBe('OMNIKV_INVALID_VALUE');
    expect(error.exit).toBe(64);
    expect(error.message).toContain('0 to 18446744073709551615');
    expect(error.message.length).toBeLessThan(300);
  });

  it('names the command that stores text, quoted for the shell', () => {
    const textCommand = ['omnikv', 'put', "it's", 'hello world', '--text'];
    const error = errorOf(() => numberArgument('hello world', { textCommand }));
    expect(error.suggestions).toContain(`omnikv put 'it'\\''s' 'hello world' --text`);
    expect(error.message).toContain('--text');
  });

  it('never changes 007 silently', () => {
    const error = errorOf(() => numberArgument('007'));
    expect(error.message).toContain('begins with a zero');
    expect(error.suggestions).toContain('write 7 for the number');
  });
});

describe('a key argument', () => {
  it.each(['a', ' ', 'a b', `"quoted"`, '😀', '-1', '__proto__', 'k'.repeat(1024)])(
    'may be %j',
    (key) => {
      expect(keyArgument(key)).toBe(key);
    },
  );

  it.each(['', 'k'.repeat(1025), '😀'.repeat(257), 'x'.repeat(65_536), '\uFFFD'])(
    'is refused: %#',
    (key) => {
      expect(errorOf(() => keyArgument(key)).code).toBe('OMNIKV_INVALID_KEY');
    },
  );
});

describe('a text', () => {
  it('is at most 1 MiB', () => {
    expect(textArgument('x'.repeat(1_048_576))).toMatchObject({ kind: 'text' });
    expect(errorOf(() => textArgument('x'.repeat(1_048_577))).code).toBe('OMNIKV_VALUE_TOO_LARGE');
  });

  it('that came as bytes must be UTF-8, and keeps a byte order mark', () => {
    expect(decodeText(Buffer.from('\uFEFFñ'))).toEqual({ kind: 'text', value: '\uFEFFñ' });
    const error = errorOf(() => decodeText(Uint8Array.of(0xff, 0xfe)));
    expect(error.code).toBe('OMNIKV_INVALID_VALUE');
  });
});
