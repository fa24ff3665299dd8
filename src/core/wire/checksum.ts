/**
 * CRC-32 (the zlib polynomial) for frames and records.
 *
 * Invariant: the two ways of computing it agree bit for bit; the self-test below runs when the
 * module is loaded, so a program with a wrong checksum never writes or reads a byte (D13).
 */

import { crc32 as nativeCrc32 } from 'node:zlib';

import { assert } from '../assert.js';

/** Below this a call into zlib (about 190 ns) costs more than a table in JavaScript. */
const NATIVE_FROM_BYTES = 64;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  return remainder;
});

/** CRC-32 of `bytes`, as an unsigned 32-bit integer. `seed`: the CRC of what comes before. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return bytes.length < NATIVE_FROM_BYTES
    ? tableCrc32(bytes, 0, bytes.length, seed)
    : nativeCrc32(bytes, seed);
}

/** The same for a part; a short one without making a view of it. */
export function crc32OfRange(bytes: Uint8Array, from: number, to: number, seed = 0): number {
  return to - from < NATIVE_FROM_BYTES
    ? tableCrc32(bytes, from, to, seed)
    : nativeCrc32(bytes.subarray(from, to), seed);
}

function tableCrc32(bytes: Uint8Array, from: number, to: number, seed: number): number {
  let crc = ~seed;
  for (let i = from; i < to; i++) {
    crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/** D13: known answers, seeding, and agreement of both ways. Throws where one does not hold. */
export function checkChecksum(): void {
  const check = Uint8Array.from('123456789', (digit) => digit.charCodeAt(0));
  const long = Uint8Array.from({ length: 2 * NATIVE_FROM_BYTES }, (_, i) => (i * 7) & 0xff);
  assert(crc32(check) === 0xcbf43926, 'CRC-32 of "123456789"');
  assert(nativeCrc32(check, 0) === 0xcbf43926, 'zlib.crc32 of "123456789"');
  assert(tableCrc32(long, 0, long.length, 0) === crc32(long), 'CRC-32: table and zlib agree');
  assert(
    crc32(long.subarray(5), crc32(long.subarray(0, 5))) === crc32(long),
    'CRC-32 can be continued from a seed',
  );
}

checkChecksum();
