/**
 * Writes bytes into one buffer that grows by doubling; with a true size hint it never grows.
 *
 * Unsigned integers up to 2^53 - 1 are LEB128 in their shortest form, so that equal values have
 * equal bytes; a full u64 value is eight bytes, little-endian. A value that cannot be written
 * exactly is a bug of the caller and an assertion, never a truncation (R5).
 */

import { assert } from '../assert.js';
import { utf8ByteLength, writeUtf8 } from './utf8.js';

const MAX_UINT_BYTES = 8;

const wide = new DataView(new ArrayBuffer(8));
const wideBytes = new Uint8Array(wide.buffer);

export class ByteWriter {
  private buffer: Uint8Array;
  private size = 0;

  /** The first buffer: the writer has it for itself until it grows out of it, or is done. */
  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
  }

  get sizeBytes(): number {
    return this.size;
  }

  /** What was written, as a view: the writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.size === this.buffer.length ? this.buffer : this.buffer.subarray(0, this.size);
  }

  /** What was written from here on, as a copy without slack; the writer may be used again. */
  copy(from = 0): Uint8Array {
    return this.buffer.slice(from, this.size);
  }

  /** The same without a copy: for what is neither rewound nor handed to somebody who changes it. */
  view(from: number): Uint8Array {
    return this.buffer.subarray(from, this.size);
  }

  /** Forgets everything behind `sizeBytes`. */
  rewind(sizeBytes: number): void {
    assert(sizeBytes <= this.size, 'ByteWriter: rewound forward');
    this.size = sizeBytes;
  }

  /** Leaves room that the caller fills in later. */
  leave(count: number): void {
    this.reserve(count);
    this.size += count;
  }

  u8(value: number): void {
    this.reserve(1);
    this.buffer[this.size++] = value;
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  uint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'ByteWriter: not an unsigned integer');
    this.reserve(MAX_UINT_BYTES);
    const buffer = this.buffer;
    let rest = value;
    // Beyond 31 bits the bit operators would cut.
    while (rest > 0x7fffffff) {
      buffer[this.size++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 0x80) {
      buffer[this.size++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[this.size++] = rest;
  }

  /** Z2: exact over the whole range. */
  u64(value: bigint): void {
    assert(value >= 0n && value <= 0xffff_ffff_ffff_ffffn, 'ByteWriter: not an unsigned 64-bit');
    this.reserve(8);
    wide.setBigUint64(0, value, true);
    for (let i = 0; i < 8; i++) this.buffer[this.size + i] = wideBytes[i]!;
    this.size += 8;
  }

  /** A length the reader knows. */
  fixedBytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.size);
    this.size += bytes.length;
  }

  /** Length, then the bytes. */
  bytes(bytes: Uint8Array): void {
    this.uint(bytes.length);
    this.fixedBytes(bytes);
  }

  /** Byte length, then UTF-8. Lone surrogates must have been refused before. */
  text(text: string): void {
    const sizeBytes = utf8ByteLength(text);
    assert(sizeBytes >= 0, 'ByteWriter: text with a lone surrogate');
    this.uint(sizeBytes);
    this.reserve(sizeBytes);
    writeUtf8(text, sizeBytes, this.buffer, this.size);
    this.size += sizeBytes;
  }

  private reserve(count: number): void {
    const needed = this.size + count;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.size));
    this.buffer = grown;
  }
}

/** Little-endian, as everything on the wire and on the disk. */
export function writeU32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value;
  target[offset + 1] = value >>> 8;
  target[offset + 2] = value >>> 16;
  target[offset + 3] = value >>> 24;
}
