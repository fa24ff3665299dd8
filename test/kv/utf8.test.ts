/**
 * The order and the size of keys, against the encoder of the platform.
 */

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { compareKeys, utf8SizeBytes } from '../../src/core/kv/utf8.js';

const text = fc.string({ unit: 'binary' });
/** Few code points around every border, so that shared prefixes and borders are common. */
const borderText = fc
  .array(
    fc.constantFrom(
      '',
      '\u007f',
      '\u0080',
      '\u07ff',
      '\u0800',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{103ff}',
      '😀',
      '\u{10ffff}',
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(''));

it('orders keys by their UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.oneof(text, borderText), fc.oneof(text, borderText), (a, b) => {
      const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
      expect(Math.sign(compareKeys(a, b))).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

it('puts U+10000 and above behind U+FFFF, where JavaScript does not', () => {
  expect(['\uffff', '😀'].sort()).toEqual(['😀', '\uffff']);
  expect(compareKeys('😀', '\uffff')).toBeGreaterThan(0);
});

it('measures a text as the encoder does', () => {
  fc.assert(
    fc.property(fc.oneof(text, borderText), (a) => {
      expect(utf8SizeBytes(a)).toBe(Buffer.byteLength(a));
    }),
  );
});

it.each([
  ...['\ud800', 'a\udc00', '\udc00\ud800', '\ud83d', '\ud83d\ud83d\ude00', 'x\ud83d'],
  ...['\udc00\udc00', '\ud800\ue000', '\ud800a', '\ud800\udbff'],
])('has no size for a lone surrogate: %j', (broken) => {
  expect(utf8SizeBytes(broken)).toBeUndefined();
});
