/**
 * The FileSystem port of one life of a process.
 *
 * What waits for the disk ends later, by the queue, never inline; when the process dies, what is
 * under way may still happen in part, and nobody hears of it. After that every call throws.
 */

import type { FileHandle, FileStatus, FileSystem, FileSystemError } from '../../platform/ports.js';
import { assert } from '../../assert.js';
import type { FileNode } from './directory.js';
import { endDirectorySync } from './directory.js';
import { diskError } from './disk-error.js';
import type { Faults } from './faults.js';
import type { Volume } from './volume.js';

type Done = (error: Error | undefined) => void;

/** A call that is under way. */
interface Operation {
  /** Its effect on the disk. */
  readonly end: () => FileSystemError | undefined;
  /** The process died: what happens of it all the same. */
  readonly abandon: () => void;
}

export interface ProcessFilesOptions {
  readonly volume: Volume;
  readonly faults: Faults;
  readonly after: (delayUs: number, run: () => void) => void;
}

export class ProcessFiles implements FileSystem {
  readonly #volume: Volume;
  readonly #faults: Faults;
  readonly #after: ProcessFilesOptions['after'];
  readonly #underWay = new Set<Operation>();
  #isDead = false;

  constructor({ volume, faults, after }: ProcessFilesOptions) {
    this.#volume = volume;
    this.#faults = faults;
    this.#after = after;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** What was under way may have happened in part. */
  die(): void {
    this.#isDead = true;
    for (const operation of this.#underWay) operation.abandon();
    this.#underWay.clear();
  }

  status(path: string): FileStatus | undefined {
    this.#call('stat', path);
    return this.#volume.status(path);
  }

  list(directory: string): readonly string[] {
    this.#call('scandir', directory);
    return [...this.#volume.directory(directory, 'scandir').entries.keys()];
  }

  makeDirectory(path: string): void {
    this.#call('mkdir', path);
    this.#volume.makeDirectory(path);
  }

  open(path: string, mode: 'read' | 'readWrite' | 'create'): FileHandle {
    this.#call('open', path);
    const file =
      mode === 'create' ? this.#volume.createFile(path) : this.#volume.file(path, 'open');
    return this.#handle(file, path, mode !== 'read');
  }

  readFile(path: string): Uint8Array {
    this.#call('read', path);
    const { contents } = this.#volume.file(path, 'read');
    return contents.read(0, contents.sizeBytes);
  }

  rename(from: string, to: string): void {
    this.#call('rename', from);
    this.#volume.rename(from, to);
  }

  remove(path: string): void {
    this.#call('unlink', path);
    this.#volume.remove(path);
  }

  syncDirectory(path: string): void {
    this.#beAlive();
    const error = this.#beginDirectorySync(path)();
    if (error !== undefined) throw error;
  }

  startDirectorySync(path: string, done: Done): void {
    this.#beAlive();
    const end = this.#beginDirectorySync(path);
    this.#startSync(path, end, done);
  }

  freeBytes(path: string): number {
    this.#call('statfs', path);
    if (this.#volume.find(path, 'statfs') === undefined) throw diskError('ENOENT', 'statfs', path);
    const freeBytes = this.#faults.capacityBytes - this.#volume.usedBytes;
    return Math.max(0, Math.min(freeBytes, Number.MAX_SAFE_INTEGER));
  }

  #handle(file: FileNode, path: string, isWritable: boolean): FileHandle {
    const { contents } = file;
    let isOpen = true;
    const enter = (action: string): void => {
      this.#beAlive();
      if (!isOpen) throw diskError('EBADF', action, path);
    };
    const write = (bytes: Uint8Array, position: number): (() => FileSystemError | undefined) => {
      enter('write');
      if (!isWritable) throw diskError('EBADF', 'write', path);
      assert(!file.isBeingWritten, `D14: two writes of ${path} at a time`);
      return this.#beginWrite(file, path, { bytes, position });
    };
    return {
      read: (position, length) => {
        enter('read');
        this.#call('read', path);
        return contents.read(position, length);
      },
      writeSync: (bytes, position) => {
        const error = write(bytes, position)();
        if (error !== undefined) throw error;
      },
      write: (bytes, position, done) => {
        const end = write(bytes, position);
        this.#startWrite(file, path, { bytes, position, end }, done);
      },
      sync: (done) => {
        enter('fsync');
        this.#startSync(path, this.#beginSync(file, path), done);
      },
      syncNow: () => {
        enter('fsync');
        const error = this.#beginSync(file, path)();
        if (error !== undefined) throw error;
      },
      size: () => {
        enter('fstat');
        this.#call('fstat', path);
        return contents.sizeBytes;
      },
      close: () => {
        enter('close');
        isOpen = false;
        this.#call('close', path);
      },
    };
  }

  /** What the write will do, decided now and done when it is called. */
  #beginWrite(
    file: FileNode,
    path: string,
    { bytes, position }: { readonly bytes: Uint8Array; readonly position: number },
  ): () => FileSystemError | undefined {
    const fault = this.#faults.writeFault(path, bytes.length);
    return () => {
      const wantedBytes = fault?.prefixBytes ?? bytes.length;
      const sizeBytes = Math.min(wantedBytes, this.#roomBytes(file, position));
      const part = sizeBytes === bytes.length ? bytes : bytes.subarray(0, sizeBytes);
      this.#volume.write(file, part, position);
      if (fault !== undefined) return diskError(fault.code, 'write', path);
      if (sizeBytes === bytes.length) return undefined;
      this.#faults.report('full', `${sizeBytes} of ${bytes.length} bytes ${path}`);
      return diskError('ENOSPC', 'write', path);
    };
  }

  /** What may be written at `position` before the disk is full. */
  #roomBytes({ contents }: FileNode, position: number): number {
    const { capacityBytes } = this.#faults;
    if (capacityBytes === Infinity) return Infinity;
    const freeBytes = Math.max(0, Math.floor(capacityBytes - this.#volume.usedBytes));
    return Math.max(0, contents.sizeBytes + freeBytes - position);
  }

  #beginSync({ contents }: FileNode, path: string): () => FileSystemError | undefined {
    const isFailing = this.#faults.isSyncFailing(path);
    const ticket = contents.beginSync();
    return () => {
      if (!isFailing) {
        contents.endSync(ticket);
        return undefined;
      }
      contents.failSync(ticket, () => this.#faults.hasPageArrived());
      return diskError('EIO', 'fsync', path);
    };
  }

  #beginDirectorySync(path: string): () => FileSystemError | undefined {
    const directory = this.#volume.directory(path, 'fsync');
    const isFailing = this.#faults.isSyncFailing(path);
    const upTo = this.#volume.lastChange;
    return () => {
      if (isFailing) return diskError('EIO', 'fsync', path);
      endDirectorySync(directory, upTo);
      return undefined;
    };
  }

  #startWrite(
    file: FileNode,
    path: string,
    write: {
      readonly bytes: Uint8Array;
      readonly position: number;
      readonly end: () => FileSystemError | undefined;
    },
    done: Done,
  ): void {
    const { bytes, position, end } = write;
    file.isBeingWritten = true;
    const operation = {
      end: () => {
        file.isBeingWritten = false;
        return end();
      },
      abandon: () => {
        file.isBeingWritten = false;
        const sizeBytes = Math.min(
          this.#faults.prefixBytes(bytes.length),
          this.#roomBytes(file, position),
        );
        this.#volume.write(file, bytes.subarray(0, sizeBytes), position);
      },
    };
    this.#start(operation, this.#faults.writeLatencyUs(path), done);
  }

  #startSync(path: string, end: () => FileSystemError | undefined, done: Done): void {
    const abandon = (): void => {
      if (this.#faults.hasSyncEnded()) end();
    };
    this.#start({ end, abandon }, this.#faults.syncLatencyUs(path), done);
  }

  #start(operation: Operation, latencyUs: number, done: Done): void {
    this.#underWay.add(operation);
    this.#after(latencyUs, () => {
      if (!this.#underWay.delete(operation)) return;
      done(operation.end());
    });
  }

  #call(action: string, path: string): void {
    this.#beAlive();
    if (this.#faults.isCallFailing(action, path)) throw diskError('EIO', action, path);
  }

  #beAlive(): void {
    assert(!this.#isDead, 'a dead process called its file system');
  }
}
