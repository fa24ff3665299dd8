/**
 * The primitives: numbers in their shortest form and exact, texts exact or refused, checksums.
 */

import { crc32 as nativeCrc32 } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ByteReader } from '../../src/core/wire/index.js';
import {
  ByteWriter,
  checkChecksum,
  crc32,
  crc32OfRange,
  decodeAll,
} from '../../src/core/wire/index.js';
import { bytes, text, u64, uint } from './arbitraries.js';
import { valueOf } from './frames.js';

function write(fill: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(1));
  fill(writer);
  return writer.finish();
}

const readUint = (reader: ByteReader): number => reader.uint();

describe('numbers', () => {
  it('N10: every number up to 2^53 - 1 comes back', () => {
    fc.assert(
      fc.property(uint, (value) => {
        const encoded = write((writer) => writer.uint(value));
        expect(valueOf(decodeAll(encoded, readUint))).toBe(value);
      }),
      { numRuns: 2_000 },
    );
  });

  it('N10: 2^53 and longer forms are refused', () => {
    const tooLarge = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
    const endless = new Array<number>(20).fill(0x80);
    for (const encoded of [tooLarge, endless, [0x80, 0x00], [0xff, 0x80, 0x00]]) {
      expect(decodeAll(Uint8Array.from(encoded), readUint).ok).toBe(false);
    }
  });

  it('Z2: a u64 is exact over its whole range', () => {
    fc.assert(
      fc.property(u64, (value) => {
        const encoded = write((writer) => writer.u64(value));
        expect(encoded).toHaveLength(8);
        expect(valueOf(decodeAll(encoded, (reader) => reader.u64()))).toBe(value);
      }),
    );
  });

  it('refuses to write what it could not write exactly', () => {
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53, Infinity]) {
      expect(() => write((writer) => writer.uint(value))).toThrow('unsigned');
    }
    for (const value of [-1n, 2n ** 64n]) {
      expect(() => write((writer) => writer.u64(value))).toThrow('64-bit');
    }
  });
});

describe('texts', () => {
  it('come back exactly, a leading byte order mark and a zero character included', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.constantFrom('\ufeff', '\0', '😀'.repeat(40))), (value) => {
        const encoded = write((writer) => writer.text(value));
        expect(encoded.subarray(encoded.length - Buffer.byteLength(value))).toEqual(
          new Uint8Array(Buffer.from(value)),
        );
        expect(valueOf(decodeAll(encoded, (reader) => reader.text(1_000, 'text')))).toBe(value);
      }),
    );
  });

  it('R5: a lone surrogate has no UTF-8 form and is not written', () => {
    for (const value of ['\ud800', 'a\udc00b', '\ud800\ud800', 'x\udbff']) {
      expect(() => write((writer) => writer.text(value))).toThrow('surrogate');
    }
  });

  it('N10: bytes that are no UTF-8 are refused', () => {
    for (const invalid of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) {
      const encoded = Uint8Array.from([invalid.length, ...invalid]);
      expect(decodeAll(encoded, (reader) => reader.text(10, 'text')).ok).toBe(false);
    }
  });

  it('N10: a length is checked against its limit and the bytes left', () => {
    const encoded = write((writer) => writer.text('abcdef'));
    expect(decodeAll(encoded, (reader) => reader.text(5, 'text')).ok).toBe(false);
    expect(decodeAll(encoded.subarray(0, 4), (reader) => reader.text(10, 'text')).ok).toBe(false);
  });
});

describe('checksums', () => {
  it('D13: the self-test passes, and the known answer is right', () => {
    checkChecksum();
    expect(crc32(new Uint8Array(Buffer.from('123456789')))).toBe(0xcbf43926);
  });

  it('D13: any length, range and seed agree with zlib', () => {
    fc.assert(
      fc.property(bytes({ maxLength: 200 }), fc.nat(), fc.nat(0xffffffff), (data, at, seed) => {
        const from = at % (data.length + 1);
        expect(crc32(data, seed)).toBe(nativeCrc32(data, seed));
        expect(crc32OfRange(data, from, data.length)).toBe(nativeCrc32(data.subarray(from)));
      }),
    );
  });
});
