/**
 * The end of a log file, and what is appended to it.
 *
 * A node's log is rotated by renaming (a full file becomes `<path>.1`), so that a follower looks
 * at the inode, not only at the size. Reading never creates or locks anything.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const BLOCK_BYTES = 64 * 1024;

export class LogTail {
  readonly #path: string;
  #inode = -1;
  #offset = 0;
  /** The beginning of a line whose end has not been written yet. */
  #partial = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** The last lines of the file; none where it does not exist. Later calls go on from there. */
  readLast(lineCount: number): string[] {
    return this.#withFile((file, sizeBytes) => {
      let start = sizeBytes;
      let bytes = Buffer.alloc(0);
      while (start > 0 && countLines(bytes) <= lineCount) {
        const length = Math.min(BLOCK_BYTES, start);
        start -= length;
        bytes = Buffer.concat([readAt(file, start, length), bytes]);
      }
      this.#offset = sizeBytes;
      const lines = this.#takeLines(bytes);
      return lines.slice(Math.max(lines.length - lineCount, 0));
    });
  }

  /** The lines that were appended since the last call. */
  readNew(): string[] {
    return this.#withFile((file, sizeBytes, inode) => {
      if (inode !== this.#inode || sizeBytes < this.#offset) {
        this.#offset = 0;
        this.#partial = Buffer.alloc(0);
      }
      this.#inode = inode;
      const bytes = readAt(file, this.#offset, sizeBytes - this.#offset);
      this.#offset += bytes.length;
      return this.#takeLines(bytes);
    });
  }

  #takeLines(bytes: Buffer): string[] {
    const all = Buffer.concat([this.#partial, bytes]);
    const end = all.lastIndexOf(0x0a) + 1;
    this.#partial = all.subarray(end);
    const text = all.subarray(0, end).toString();
    return text.split('\n').filter((line) => line !== '');
  }

  #withFile(work: (file: number, sizeBytes: number, inode: number) => string[]): string[] {
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch (error) {
      // A node that never ran has no log.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
    try {
      const status = fstatSync(file);
      if (this.#inode === -1) this.#inode = status.ino;
      return work(file, status.size, status.ino);
    } finally {
      closeSync(file);
    }
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x0a) count += 1;
  return count;
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  const readBytes = readSync(file, buffer, 0, length, position);
  return buffer.subarray(0, readBytes);
}
