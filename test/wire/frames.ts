/**
 * Small tools of the wire tests: the body of a frame, the value of a decoding, a frame forged by
 * hand, independent of the code under test.
 */

import { crc32 } from 'node:zlib';

import type { Decoded, FrameResult } from '../../src/core/wire/index.js';
import { type FrameReader } from '../../src/core/wire/index.js';

export function bodyOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(12, frame.length - 4);
}

export function valueOf<T>(decoded: Decoded<T>): T {
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return decoded.value;
}

export interface ForgedHeader {
  readonly magic?: number;
  readonly version?: number;
  readonly kind?: number;
  readonly length?: number;
  readonly isHeaderCrcWrong?: boolean;
  readonly isBodyCrcWrong?: boolean;
}

/** A frame with any header one likes; checksums are right unless said otherwise. */
export function forge(body: Uint8Array, header: ForgedHeader = {}): Uint8Array {
  const frame = Buffer.alloc(16 + body.length);
  frame.writeUInt16LE(header.magic ?? 0x4b4f, 0);
  frame.writeUInt8(header.version ?? 1, 2);
  frame.writeUInt8(header.kind ?? 3, 3);
  frame.writeUInt32LE(header.length ?? body.length, 4);
  const headerCrc = crc32(frame.subarray(0, 8));
  frame.writeUInt32LE(header.isHeaderCrcWrong === true ? headerCrc ^ 1 : headerCrc, 8);
  frame.set(body, 12);
  const bodyCrc = crc32(body);
  frame.writeUInt32LE(
    (header.isBodyCrcWrong === true ? bodyCrc ^ 1 : bodyCrc) >>> 0,
    12 + body.length,
  );
  return new Uint8Array(frame);
}

/** Everything a reader gives for these chunks; a failure once. */
export function readAll(reader: FrameReader, chunks: Iterable<Uint8Array>): readonly FrameResult[] {
  const results: FrameResult[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (;;) {
      const result = reader.next();
      if (result === undefined) break;
      results.push(result);
      if (result.kind === 'error') return results;
    }
  }
  return results;
}

/** Cuts `bytes` at the given sizes, again and again. */
export function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let from = 0;
  for (let i = 0; from < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
