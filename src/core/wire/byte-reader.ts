/**
 * Reads what `ByteWriter` wrote, from bytes that may be anything (N10).
 *
 * Every violation throws `DecodeFailure`, which `decodeAll` catches. A length is checked against
 * its limit and against the bytes left before anything is allocated. Only the shortest form of a
 * number is taken, so that a value has one encoding. Nothing here recurses, and no format of this
 * room nests: the bound of N10 holds by construction.
 */

import { DecodeFailure } from './decode-failure.js';
import { readUtf8 } from './utf8.js';

const wideBytes = new Uint8Array(8);
const wide = new DataView(wideBytes.buffer);

export class ByteReader {
  private position = 0;

  constructor(readonly source: Uint8Array) {}

  get remainingBytes(): number {
    return this.source.length - this.position;
  }

  u8(): number {
    if (this.position >= this.source.length) throw new DecodeFailure('ends too early');
    return this.source[this.position++]!;
  }

  bool(): boolean {
    const byte = this.u8();
    if (byte > 1) throw new DecodeFailure('a boolean that is neither 0 nor 1');
    return byte === 1;
  }

  /** At most 2^53 - 1 (N10). */
  uint(): number {
    let byte = this.u8();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 128;
    for (let length = 2; length <= 8; length++) {
      byte = this.u8();
      if (byte < 0x80) {
        if (byte === 0) throw new DecodeFailure('a number that is not in its shortest form');
        // Seven bytes hold 49 bits; four are left.
        if (length === 8 && byte > 0x0f) break;
        return value + byte * scale;
      }
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    throw new DecodeFailure('a number above 2^53 - 1');
  }

  /** At most `max`; `what` names it in the error. */
  uintUpTo(max: number, what: string): number {
    const value = this.uint();
    if (value > max) throw new DecodeFailure(`${what} ${value} is above ${max}`);
    return value;
  }

  u64(): bigint {
    this.expectBytes(8);
    for (let i = 0; i < 8; i++) wideBytes[i] = this.source[this.position + i]!;
    this.position += 8;
    return wide.getBigUint64(0, true);
  }

  /** A copy: the caller may keep it without keeping the frame. */
  fixedBytes(count: number): Uint8Array {
    this.expectBytes(count);
    const from = this.position;
    this.position += count;
    return Uint8Array.prototype.slice.call(this.source, from, this.position);
  }

  bytes(maxBytes: number, what: string): Uint8Array {
    return this.fixedBytes(this.uintUpTo(maxBytes, `${what} length`));
  }

  text(maxBytes: number, what: string): string {
    const length = this.uintUpTo(maxBytes, `${what} length`);
    this.expectBytes(length);
    const text = readUtf8(this.source, this.position, this.position + length);
    if (text === undefined) throw new DecodeFailure(`${what} is not UTF-8`);
    this.position += length;
    return text;
  }

  /** The offset in the source, for a caller that makes views of its own. */
  get offset(): number {
    return this.position;
  }

  skip(count: number): void {
    this.expectBytes(count);
    this.position += count;
  }

  expectEnd(): void {
    if (this.remainingBytes > 0) {
      throw new DecodeFailure(`${this.remainingBytes} bytes too many`);
    }
  }

  private expectBytes(count: number): void {
    if (count > this.remainingBytes) {
      throw new DecodeFailure(`${count} bytes announced, ${this.remainingBytes} left`);
    }
  }
}

export function readU32(source: Uint8Array, offset: number): number {
  return (
    (source[offset]! |
      (source[offset + 1]! << 8) |
      (source[offset + 2]! << 16) |
      (source[offset + 3]! << 24)) >>>
    0
  );
}
