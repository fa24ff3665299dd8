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

const POLYNOMIAL = 0xedb88320;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
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

/**
 * The CRC of two parts, one behind the other, from the CRC of each: a part that many messages share
 * is gone over once. In the field of polynomials: head · x^(8 · tailBytes) + tail.
 */
export function joinCrc32(head: number, tail: number, tailBytes: number): number {
  return (product(head, zeroBytes(tailBytes)) ^ tail) >>> 0;
}

/** x^0, for the highest bit is the lowest power. */
const ONE = 0x80000000;

/** x^(8 · 2^i). */
const POWERS = new Int32Array(32);
let power = 0x00800000;
for (let i = 0; i < POWERS.length; i++) {
  POWERS[i] = power;
  power = product(power, power);
}

let lastCount = 0;
let lastZeros = ONE;

/** x^(8 · count): what `count` more bytes of zero multiply a CRC by. Parts of a turn are of one length. */
function zeroBytes(count: number): number {
  if (count === lastCount) return lastZeros;
  let zeros = ONE;
  for (let i = 0, rest = count; rest > 0; i++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) zeros = product(POWERS[i]!, zeros);
  }
  lastCount = count;
  lastZeros = zeros;
  return zeros;
}

function product(a: number, b: number): number {
  let sum = 0;
  for (let rest = a | 0, term = b | 0; rest !== 0; rest <<= 1) {
    if (rest < 0) sum ^= term;
    term = term & 1 ? (term >>> 1) ^ POLYNOMIAL : term >>> 1;
  }
  return sum;
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
  assert(
    joinCrc32(crc32(long.subarray(0, 5)), crc32(long.subarray(5)), long.length - 5) === crc32(long),
    'CRC-32 of two parts can be joined',
  );
}

checkChecksum();
