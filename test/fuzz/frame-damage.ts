/**
 * A body as a frame: with checksums that are right, so that what is inside gets to its decoder, or
 * with a damaged frame around it.
 */

import type { Prng } from '../../src/core/simulator/prng.js';
import { crc32OfRange } from '../../src/core/wire/index.js';

const HEADER_BYTES = 12;
const TRAILER_BYTES = 4;

/** Writes the frame into `target` and gives back how long it is. */
export function seal(target: Uint8Array, kind: number, body: Uint8Array): number {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  view.setUint16(0, 0x4b4f, true);
  target[2] = 1;
  target[3] = kind;
  view.setUint32(4, body.length, true);
  target.set(body, HEADER_BYTES);
  signHeader(target);
  const end = HEADER_BYTES + body.length;
  view.setUint32(end, crc32OfRange(target, HEADER_BYTES, end), true);
  return end + TRAILER_BYTES;
}

function signHeader(frame: Uint8Array): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint32(8, crc32OfRange(frame, 0, 8), true);
}

const LENGTHS = [0, 1, 4_097, 2 ** 21, 2 ** 21 + 1, 2 ** 24 + 1, 2 ** 31, 2 ** 32 - 1];

/** Magic, version, kind or length false, with a right checksum over them; or any bit of it all. */
export function damageFrame(frame: Uint8Array, sizeBytes: number, random: Prng): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  switch (random.int(0, 5)) {
    case 0:
      frame[random.int(0, 1)]! ^= 1 << random.int(0, 7);
      signHeader(frame);
      return;
    case 1:
      frame[2] = random.int(0, 255);
      signHeader(frame);
      return;
    case 2:
      frame[3] = random.int(0, 255);
      signHeader(frame);
      return;
    case 3:
      view.setUint32(4, random.pick(LENGTHS), true);
      signHeader(frame);
      return;
    case 4:
      view.setUint32(4, random.int(0, 2 * sizeBytes), true);
      signHeader(frame);
      return;
    default:
      frame[random.int(0, sizeBytes - 1)]! ^= 1 << random.int(0, 7);
  }
}
