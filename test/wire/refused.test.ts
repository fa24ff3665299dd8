/**
 * What no encoder of ours would write is refused, and the borders of UTF-8 are where they belong.
 */

import { crc32 as nativeCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { crc32, crc32OfRange } from '../../src/core/wire/checksum.js';
import {
  decodeCommand,
  encodeClientRequest,
  encodePeerMessage,
} from '../../src/core/wire/index.js';
import { readUtf8, utf8ByteLength, writeUtf8 } from '../../src/core/wire/utf8.js';

describe('a command that is refused (N10)', () => {
  const request = (...operation: number[]): number[] => [3, 1, 1, ...operation];
  const k = [1, 0x6b];
  const u64 = [1, 1, 0, 0, 0, 0, 0, 0, 0];
  it.each<[string, number[]]>([
    ['an unknown command', [9]],
    ['an unknown operation', request(9, ...k)],
    ['a put under an empty key', request(1, 0, ...u64, 0)],
    ['a put under an unknown condition', request(1, ...k, ...u64, 9)],
    ['a put of an unknown kind of value', request(1, ...k, 9, 1)],
    ['a delete of no key', request(2, 0)],
    ['a delete of an empty key', request(2, 1, 0)],
    ['an increment of an empty key', request(3, 0, 1, 0, 0, 0, 0, 0, 0, 0)],
  ])('%s', (_, bytes) => {
    expect(decodeCommand(Uint8Array.from(bytes))).toMatchObject({ ok: false });
  });

  it('and the same with what belongs there is taken', () => {
    const put = Uint8Array.from(request(1, ...k, ...u64, 0));
    expect(decodeCommand(put)).toMatchObject({ ok: true });
    expect(decodeCommand(Uint8Array.from(request(2, 1, ...k)))).toMatchObject({ ok: true });
  });
});

describe('UTF-8', () => {
  const texts = [
    ...['\u007f', '\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff'],
    ...Array.from({ length: 14 }, (_, length) => 'abcdefghijklmn'.slice(0, length)),
    ...['\u{10000}', '\u{103ff}', '\u{10fc00}', '\u{10ffff}', '\ufeffa', 'x'.repeat(63)],
    ...['x'.repeat(64), 'x'.repeat(65), `${'x'.repeat(63)}\u0080`, `${'x'.repeat(64)}\u{10000}y`],
  ];
  it.each(texts)('is measured, written and read as the platform does: %j', (text) => {
    const expected = Buffer.from(text);
    expect(utf8ByteLength(text)).toBe(expected.length);
    const target = new Uint8Array(expected.length + 2).fill(0xee);
    writeUtf8(text, expected.length, target, 1);
    expect(Buffer.from(target)).toEqual(Buffer.from([0xee, ...expected, 0xee]));
    expect(readUtf8(target, 1, 1 + expected.length)).toBe(text);
  });

  it.each([
    '\ud800',
    '\udc00',
    '\udc00\udc00',
    '\ud800\ue000',
    '\udbff\ud800',
    'a\udbff',
    '\ud800a',
  ])('has no length for a lone surrogate: %j', (text) => {
    expect(utf8ByteLength(text)).toBe(-1);
  });

  it.each([[0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x61, 0xff]])(
    'is not read from bytes that are none: %j',
    (...bytes) => {
      expect(readUtf8(Uint8Array.from(bytes), 0, bytes.length)).toBeUndefined();
    },
  );
});

it('D13: is the CRC-32 of zlib for every length, range and seed', () => {
  const bytes = Uint8Array.from({ length: 140 }, (_, i) => (i * 151 + 7) & 0xff);
  for (let length = 0; length <= bytes.length; length++) {
    const part = bytes.subarray(0, length);
    for (const seed of [0, 1, 0xcbf43926]) {
      expect(crc32(part, seed)).toBe(nativeCrc32(part, seed));
      const from = length >> 1;
      const range = bytes.subarray(from, length);
      expect(crc32OfRange(bytes, from, length, seed)).toBe(nativeCrc32(range, seed));
    }
  }
});

it('gives each frame bytes of its own: a later one never writes over an earlier one', () => {
  const frames = Array.from({ length: 3_000 }, (_, i) => {
    const frame =
      i % 2 === 0
        ? encodeClientRequest({ id: i, deadlineMs: 1_000, body: { kind: 'ping' } })
        : encodePeerMessage({
            ...{ configurationId: 1, from: 1, to: 2 },
            body: { kind: 'decidedRequest', fromIdx: i },
          });
    return { frame, asEncoded: frame.slice() };
  });
  const changed = frames.filter(({ frame, asEncoded }) => Buffer.compare(frame, asEncoded) !== 0);
  expect(changed).toEqual([]);
});
