/**
 * Frames: how messages lie in a stream of bytes (N5). All numbers little-endian.
 *
 *     0        2         3      4          8            12        12+length   16+length
 *     | magic  | version | kind |  length  | headerCrc  |  body   |  bodyCrc  |
 *       u16      u8        u8      u32        u32           …          u32
 *
 * headerCrc covers bytes 0 to 7, so a length is believed only after its checksum and its limit
 * have been checked. A frame is written straight into one buffer: `beginFrame` leaves room for the
 * header, the codec writes the body behind it, `endFrame` fills in the rest.
 */

import { assert } from '../assert.js';
import { ByteWriter, writeU32 } from './byte-writer.js';
import { crc32OfRange, joinCrc32 } from './checksum.js';

export const FRAME_MAGIC = 0x4b4f; // "OK" in the stream
export const FRAME_VERSION = 1;
export const FRAME_HEADER_BYTES = 12;
export const FRAME_TRAILER_BYTES = 4;

export const FRAME_KIND = {
  hello: 1,
  helloReply: 2,
  peerMessage: 3,
  clientRequest: 4,
  serverReply: 5,
  relayedRequest: 6,
  relayedReply: 7,
} as const;

export type FrameKind = (typeof FRAME_KIND)[keyof typeof FRAME_KIND];

const HIGHEST_KIND = FRAME_KIND.relayedReply;

export function isFrameKind(kind: number): kind is FrameKind {
  return kind >= 1 && kind <= HIGHEST_KIND;
}

/** `bodyBytes`: what the body will take; too small a guess costs a copy, nothing else. */
export function beginFrame(bodyBytes: number): ByteWriter {
  const writer = new ByteWriter(frameBuffer(FRAME_HEADER_BYTES + bodyBytes + FRAME_TRAILER_BYTES));
  writer.leave(FRAME_HEADER_BYTES);
  return writer;
}

/** The body written so far. */
export function frameBodyBytes(writer: ByteWriter): number {
  return writer.sizeBytes - FRAME_HEADER_BYTES;
}

/** The end of a body whose checksum is known. */
export interface CheckedTail {
  readonly sizeBytes: number;
  readonly crc: number;
}

/** The whole frame. `maxBodyBytes` is the limit that the other end will check. */
export function endFrame(
  writer: ByteWriter,
  kind: FrameKind,
  maxBodyBytes: number,
  tail?: CheckedTail,
): Uint8Array {
  const length = frameBodyBytes(writer);
  assert(length <= maxBodyBytes, `a frame body of ${length} bytes, ${maxBodyBytes} allowed`);
  // Before the view is taken: it may make the buffer grow.
  writer.leave(FRAME_TRAILER_BYTES);
  const frame = writer.finish();
  frame[0] = FRAME_MAGIC & 0xff;
  frame[1] = FRAME_MAGIC >>> 8;
  frame[2] = FRAME_VERSION;
  frame[3] = kind;
  writeU32(frame, 4, length);
  writeU32(frame, 8, crc32OfRange(frame, 0, 8));
  const bodyEnd = FRAME_HEADER_BYTES + length;
  writeU32(frame, bodyEnd, bodyCrc(frame, bodyEnd, tail));
  return frame;
}

function bodyCrc(frame: Uint8Array, bodyEnd: number, tail: CheckedTail | undefined): number {
  if (tail === undefined) return crc32OfRange(frame, FRAME_HEADER_BYTES, bodyEnd);
  const head = crc32OfRange(frame, FRAME_HEADER_BYTES, bodyEnd - tail.sizeBytes);
  return joinCrc32(head, tail.crc, tail.sizeBytes);
}

const SLAB_BYTES = 64 * 1024;
const MAX_SLAB_FRAME_BYTES = 16 * 1024;

let slab = new Uint8Array(0);
let slabUsed = 0;

/**
 * Most frames share a slab: an allocation each would cost more than all the rest. Frames live
 * until they are written to a socket, so a slab goes when its frames have gone. No part of a slab
 * is given out twice.
 */
function frameBuffer(sizeBytes: number): Uint8Array {
  if (sizeBytes > MAX_SLAB_FRAME_BYTES) return new Uint8Array(sizeBytes);
  if (slabUsed + sizeBytes > slab.length) {
    slab = new Uint8Array(SLAB_BYTES);
    slabUsed = 0;
  }
  const from = slabUsed;
  slabUsed += sizeBytes;
  return slab.subarray(from, slabUsed);
}
