/**
 * D16: makes the next segment ahead of its use: `next.tmp`, filled with zeros and synced.
 *
 * Zero-filled space needs no block allocation when records are written, and cannot hold bytes
 * that parse (D22). One file at a time, one write in flight. A full disk is no failure here: the
 * spare is a reserve (D19), and it is tried again when it is needed; any other error is D17.
 */

import type { FileHandle, FileSystem, FileSystemError } from '../platform/ports.js';
import { NEXT_SEGMENT_FILE } from './segment-header.js';

/** Filled and synced piece by piece, so that a sync of the log never waits for all of it. */
const PIECE_BYTES = 1024 * 1024;

export interface PreparedSegment {
  readonly path: string;
  readonly handle: FileHandle;
  readonly sizeBytes: number;
}

type Taken = (error: Error | undefined, prepared?: PreparedSegment) => void;

export interface SegmentPreparerOptions {
  readonly fileSystem: FileSystem;
  readonly logPath: string;
  readonly segmentBytes: number;
  /** D17: an error of the disk that must stop the storage. */
  readonly failed: (error: Error) => void;
}

interface Filling {
  readonly handle: FileHandle;
  filledBytes: number;
  isBusy: boolean;
}

export class SegmentPreparer {
  readonly #options: SegmentPreparerOptions;
  readonly #path: string;
  readonly #zeros: Uint8Array;
  #file: Filling | undefined;
  #targetBytes = 0;
  #waiting: { readonly taken: Taken; readonly requiredBytes: number } | undefined;
  #stopped: (() => void) | undefined;
  #isStarved = false;
  #isHalted = false;

  constructor(options: SegmentPreparerOptions) {
    this.#options = options;
    this.#path = `${options.logPath}/${NEXT_SEGMENT_FILE}`;
    this.#zeros = new Uint8Array(Math.min(PIECE_BYTES, options.segmentBytes));
  }

  /** Whether the spare could not be made for want of space. */
  get isStarved(): boolean {
    return this.#isStarved;
  }

  /** Begins, or tries again, unless a file is there or being made. */
  start(): void {
    if (this.#file !== undefined || this.#stopped !== undefined || this.#isHalted) return;
    this.#targetBytes = Math.max(this.#options.segmentBytes, this.#waiting?.requiredBytes ?? 0);
    try {
      const handle = this.#options.fileSystem.open(this.#path, 'create');
      this.#file = { handle, filledBytes: 0, isBusy: false };
      this.#isStarved = false;
      this.#fill(this.#file);
    } catch (error) {
      this.#giveUp(error as Error);
    }
  }

  /** Hands the file over as soon as it is ready. The caller owns it then. */
  take(requiredBytes: number, taken: Taken): void {
    this.#waiting = { taken, requiredBytes };
    if (this.#file === undefined) {
      this.start();
      return;
    }
    this.#targetBytes = Math.max(this.#targetBytes, requiredBytes);
    if (!this.#file.isBusy) this.#fill(this.#file);
  }

  /** D17: from now on nothing is written. */
  halt(): void {
    this.#isHalted = true;
  }

  /** Removes the spare once nothing is in flight; after a halt it is left as it is. */
  stop(done: () => void): void {
    this.#stopped = done;
    if (this.#file === undefined || !this.#file.isBusy) this.#finishStop();
  }

  #fill(file: Filling): void {
    const left = this.#targetBytes - file.filledBytes;
    if (left <= 0) {
      this.#ready(file);
      return;
    }
    file.isBusy = true;
    const piece = left < this.#zeros.length ? this.#zeros.subarray(0, left) : this.#zeros;
    const next = (error: Error | undefined): void => {
      file.isBusy = false;
      if (this.#stopped !== undefined) {
        this.#finishStop();
        return;
      }
      if (this.#isHalted) return;
      if (error) {
        this.#giveUp(error);
        return;
      }
      file.filledBytes += piece.length;
      this.#fill(file);
    };
    file.handle.write(piece, file.filledBytes, (error) =>
      error !== undefined || this.#isHalted ? next(error) : file.handle.sync(next),
    );
  }

  #ready(file: Filling): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#file = undefined;
    waiting.taken(undefined, {
      path: this.#path,
      handle: file.handle,
      sizeBytes: file.filledBytes,
    });
  }

  #giveUp(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if ((error as FileSystemError).code === 'ENOSPC' && waiting === undefined) {
      // Nothing of the log is in this file yet: it is thrown away whole, and never trusted.
      this.#isStarved = true;
      try {
        this.#discard();
      } catch (discardError) {
        this.#options.failed(discardError as Error);
      }
      return;
    }
    if (waiting === undefined) this.#options.failed(error);
    else waiting.taken(error);
  }

  #discard(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    file.handle.close();
    if (!this.#isHalted) this.#options.fileSystem.remove(this.#path);
  }

  #finishStop(): void {
    try {
      this.#discard();
    } catch (error) {
      this.#options.failed(error as Error);
    }
    this.#stopped?.();
  }
}
