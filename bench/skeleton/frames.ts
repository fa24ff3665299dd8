/**
 * Frames: a length (u32), then that many bytes. No checksum, no limit: they are for a ceiling.
 */

import type { Socket } from 'node:net';

const LENGTH_BYTES = 4;

/** Of the length. */
export type ByteOrder = 'little-endian' | 'big-endian';

/** Calls `onFrame` with each body as a view of the chunk. */
export function readFrames(
  socket: Socket,
  onFrame: (body: Buffer) => void,
  byteOrder: ByteOrder = 'little-endian',
): void {
  const isBig = byteOrder === 'big-endian';
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const length = isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
      const end = at + LENGTH_BYTES + length;
      if (end > bytes.length) break;
      onFrame(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    rest = bytes.subarray(at);
  });
}

/** Frames of one turn of the event loop, as one write. */
export class FrameWriter {
  readonly #socket: Socket;
  readonly #byteOrder: ByteOrder;
  #parts: Buffer[] = [];
  #isDeferred = false;

  constructor(socket: Socket, byteOrder: ByteOrder = 'little-endian') {
    this.#socket = socket;
    this.#byteOrder = byteOrder;
  }

  write(...parts: readonly Buffer[]): void {
    const length = u32(parts.reduce((sum, part) => sum + part.length, 0));
    if (this.#byteOrder === 'big-endian') length.swap32();
    this.#parts.push(length, ...parts);
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    setImmediate(() => {
      this.#isDeferred = false;
      const bytes = Buffer.concat(this.#parts);
      this.#parts = [];
      this.#socket.write(bytes);
    });
  }
}

export function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
