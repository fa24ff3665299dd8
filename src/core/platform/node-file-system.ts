/**
 * The real FileSystem: node:fs, on a local disk.
 *
 * It must stay thin: nothing is cached, retried or repaired here, and no error is swallowed (the
 * storage decides, D17). New files are 0600 and new directories 0700 whatever the umask (D1).
 */

import * as fs from 'node:fs';

import type { FileHandle, FileStatus, FileSystem } from './ports.js';
import { writeFully, writeFullySync } from './write-fully.js';

const FLAGS = { read: 'r', readWrite: 'r+', create: 'wx+' } as const;

class NodeFileHandle implements FileHandle {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  read(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let size = 0;
    while (size < length) {
      const count = fs.readSync(this.#descriptor, bytes, size, length - size, position + size);
      if (count === 0) break;
      size += count;
    }
    return size === length ? bytes : bytes.subarray(0, size);
  }

  writeSync(bytes: Uint8Array, position: number): void {
    writeFullySync(
      (from, offset, at) => fs.writeSync(this.#descriptor, from, offset, from.length - offset, at),
      bytes,
      position,
    );
  }

  write(bytes: Uint8Array, position: number, done: (error: Error | undefined) => void): void {
    writeFully(
      (from, offset, at, wrote) =>
        fs.write(this.#descriptor, from, offset, from.length - offset, at, wrote),
      bytes,
      position,
      done,
    );
  }

  sync(done: (error: Error | undefined) => void): void {
    fs.fdatasync(this.#descriptor, (error) => done(error ?? undefined));
  }

  syncNow(): void {
    fs.fdatasyncSync(this.#descriptor);
  }

  size(): number {
    return fs.fstatSync(this.#descriptor).size;
  }

  close(): void {
    fs.closeSync(this.#descriptor);
  }
}

function status(path: string): FileStatus | undefined {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
  return {
    kind,
    sizeBytes: Number(stat.size),
    mode: Number(stat.mode & 0o7777n),
    identity: `${stat.dev}:${stat.ino}`,
  };
}

function remove(path: string): void {
  if (fs.lstatSync(path).isDirectory()) fs.rmdirSync(path);
  else fs.unlinkSync(path);
}

/** A plain Uint8Array: views of a Buffer cost several times as much. */
function readFile(path: string): Uint8Array {
  const { buffer, byteOffset, length } = fs.readFileSync(path);
  return new Uint8Array(buffer, byteOffset, length);
}

/** A directory is synced through a descriptor of its own; fsync, as fdatasync may skip entries. */
function syncDirectory(path: string): void {
  const descriptor = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function startDirectorySync(path: string, done: (error: Error | undefined) => void): void {
  fs.open(path, 'r', (openError, descriptor) => {
    if (openError) {
      done(openError);
      return;
    }
    fs.fsync(descriptor, (syncError) => {
      fs.close(descriptor, (closeError) => done(syncError ?? closeError ?? undefined));
    });
  });
}

export const nodeFileSystem: FileSystem = Object.freeze({
  status,
  list: (directory: string) => fs.readdirSync(directory),
  makeDirectory: (path: string) => fs.mkdirSync(path, { mode: 0o700 }),
  open: (path: string, mode: keyof typeof FLAGS) =>
    new NodeFileHandle(fs.openSync(path, FLAGS[mode], 0o600)),
  readFile,
  rename: (from: string, to: string) => fs.renameSync(from, to),
  remove,
  syncDirectory,
  startDirectorySync,
  freeBytes: (path: string) => {
    const { bavail, bsize } = fs.statfsSync(path);
    return bavail * bsize;
  },
});
