/**
 * Cuts a stream of bytes into frames. Any bytes in; frames or one typed error out (N5, N10).
 *
 * After the first error every call gives that error again: inside a stream nothing is ever
 * resynchronised. The limit is checked before memory is taken, and memory is taken for what has
 * arrived, not for what a header announces: a frame that is announced but never sent costs nothing.
 *
 * A frame that lies in one chunk is a view of it, not a copy. A body therefore keeps its chunk (up
 * to 64 KiB as Node reads them) alive while it is kept itself: decoders copy what outlives the
 * call (see `peer-decoder.ts` for entries). A frame that spans chunks is gathered in a buffer that
 * at most doubles what has arrived, so the work stays linear even for one-byte chunks. Bytes that
 * were given out are never overwritten.
 */

import { crc32OfRange } from './checksum.js';
import { readU32 } from './byte-reader.js';
import type { ProtocolError } from './decoded.js';
import { protocolError } from './decoded.js';
import type { FrameKind } from './frame.js';
import {
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  FRAME_TRAILER_BYTES,
  FRAME_VERSION,
  isFrameKind,
} from './frame.js';

export type FrameResult =
  | { readonly kind: 'frame'; readonly frameKind: FrameKind; readonly body: Uint8Array }
  | { readonly kind: 'error'; readonly error: ProtocolError };

const EMPTY = new Uint8Array(0);
const UNKNOWN = -1;

export class FrameReader {
  /** The bytes that no frame has taken yet: [start, end) of `buffer`. */
  private buffer: Uint8Array = EMPTY;
  private start = 0;
  private end = 0;
  /** True where `buffer` is our own, with room behind `end`. */
  private isGathered = false;
  /** Header to trailer, once the header has been checked. */
  private frameBytes = UNKNOWN;
  private failure: Extract<FrameResult, { kind: 'error' }> | undefined;

  constructor(private maxBodyBytes: number) {}

  /** The next frame on is held to another limit: small until the handshake is done (N6). */
  setMaxBodyBytes(maxBodyBytes: number): void {
    this.maxBodyBytes = maxBodyBytes;
  }

  get bufferedBytes(): number {
    return this.end - this.start;
  }

  push(chunk: Uint8Array): void {
    if (this.failure !== undefined || chunk.length === 0) return;
    if (this.start === this.end) {
      this.buffer = chunk;
      this.start = 0;
      this.end = chunk.length;
      this.isGathered = false;
    } else if (this.isGathered && this.buffer.length - this.end >= chunk.length) {
      this.buffer.set(chunk, this.end);
      this.end += chunk.length;
    } else {
      this.gather(chunk);
    }
  }

  /** The next frame, the error that ended the stream, or undefined: more bytes are needed. */
  next(): FrameResult | undefined {
    if (this.failure !== undefined) return this.failure;
    if (this.frameBytes === UNKNOWN) {
      if (this.bufferedBytes < FRAME_HEADER_BYTES) return undefined;
      const error = this.checkHeader();
      if (error !== undefined) return this.fail(error);
    }
    if (this.bufferedBytes < this.frameBytes) return undefined;
    const from = this.start + FRAME_HEADER_BYTES;
    const to = this.start + this.frameBytes - FRAME_TRAILER_BYTES;
    if (crc32OfRange(this.buffer, from, to) !== readU32(this.buffer, to)) {
      return this.fail('frame body: wrong checksum');
    }
    const body = this.buffer.subarray(from, to);
    const frameKind = this.buffer[this.start + 3] as FrameKind;
    this.start += this.frameBytes;
    this.frameBytes = UNKNOWN;
    // Not to keep a chunk alive that has been read to its end.
    if (this.start === this.end) this.clear();
    return { kind: 'frame', frameKind, body };
  }

  private checkHeader(): string | undefined {
    const { buffer, start } = this;
    const magic = buffer[start]! | (buffer[start + 1]! << 8);
    if (magic !== FRAME_MAGIC) return 'not a frame: wrong magic number';
    if (crc32OfRange(buffer, start, start + 8) !== readU32(buffer, start + 8)) {
      return 'frame header: wrong checksum';
    }
    const version = buffer[start + 2]!;
    if (version !== FRAME_VERSION) return `frame version ${version} is not known`;
    const kind = buffer[start + 3]!;
    if (!isFrameKind(kind)) return `frame kind ${kind} is not known`;
    const length = readU32(buffer, start + 4);
    if (length > this.maxBodyBytes) {
      return `a frame of ${length} bytes, ${this.maxBodyBytes} allowed`;
    }
    this.frameBytes = FRAME_HEADER_BYTES + length + FRAME_TRAILER_BYTES;
    return undefined;
  }

  /** Copies the rest and the chunk into a buffer with room, but never more than the frame needs. */
  private gather(chunk: Uint8Array): void {
    const rest = this.bufferedBytes;
    const needed = rest + chunk.length;
    const frameBytes = this.frameBytes === UNKNOWN ? FRAME_HEADER_BYTES : this.frameBytes;
    const grown = new Uint8Array(Math.max(needed, Math.min(2 * needed, frameBytes)));
    grown.set(this.buffer.subarray(this.start, this.end));
    grown.set(chunk, rest);
    this.buffer = grown;
    this.start = 0;
    this.end = needed;
    this.isGathered = true;
  }

  private fail(reason: string): FrameResult {
    this.failure = { kind: 'error', error: protocolError(reason) };
    this.clear();
    return this.failure;
  }

  private clear(): void {
    this.buffer = EMPTY;
    this.start = 0;
    this.end = 0;
    this.isGathered = false;
  }
}
