/**
 * The skeleton's frames: a length (u32), then that many bytes. No checksum, no limit: it is a ceiling.
 */

import type { Socket } from 'node:net';

const LENGTH_BYTES = 4;

/** Calls `onFrame` with each body as a view of the chunk. */
export function readFrames(socket: Socket, onFrame: (body: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
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
  #parts: Buffer[] = [];
  #isDeferred = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(...parts: readonly Buffer[]): void {
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeUInt32LE(parts.reduce((sum, part) => sum + part.length, 0));
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
