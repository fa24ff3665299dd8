/**
 * D13: a program with a wrong checksum never starts. The module is loaded inside a test, so that a
 * failing self-check is a failing test.
 */

import { crc32 as zlibCrc32 } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const loadChecksum = () => import('../../src/core/wire/checksum.js');

describe('the checksum', () => {
  it('passes its own check when it is loaded', async () => {
    const { checkChecksum } = await loadChecksum();
    expect(() => {
      checkChecksum();
    }).not.toThrow();
  });

  it('is the CRC-32 of zlib at every length and from every seed', async () => {
    const { crc32 } = await loadChecksum();
    const seed = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), seed, (bytes, from) => {
        expect(crc32(bytes, from)).toBe(zlibCrc32(bytes, from));
        expect(crc32(bytes)).toBe(zlibCrc32(bytes));
      }),
    );
  });

  it('of two parts is joined from the one of each', async () => {
    const { crc32, joinCrc32 } = await loadChecksum();
    const part = fc.uint8Array({ maxLength: 3_000 });
    fc.assert(
      fc.property(part, part, (head, tail) => {
        const whole = zlibCrc32(new Uint8Array([...head, ...tail]));
        expect(joinCrc32(crc32(head), crc32(tail), tail.length)).toBe(whole);
      }),
    );
    // More than any frame holds.
    const long = new Uint8Array(2 ** 25 + 5);
    long[7] = 9;
    expect(joinCrc32(crc32(long.subarray(0, 3)), crc32(long.subarray(3)), long.length - 3)).toBe(
      zlibCrc32(long),
    );
  });

  it('of a part is that of the part alone', async () => {
    const { crc32OfRange } = await loadChecksum();
    const bytes = Uint8Array.from({ length: 300 }, (_, at) => (at * 31) & 0xff);
    for (const [from, to] of [
      [0, 0],
      [3, 20],
      [3, 67],
      [3, 68],
      [10, 300],
    ] as const) {
      expect(crc32OfRange(bytes, from, to)).toBe(zlibCrc32(bytes.subarray(from, to)));
      expect(crc32OfRange(bytes, from, to, 7)).toBe(zlibCrc32(bytes.subarray(from, to), 7));
    }
  });
});
