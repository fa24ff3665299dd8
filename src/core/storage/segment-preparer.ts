/**
 * D16: makes the next segment ahead of its use: `next.tmp`, filled with zeros and synced.
 *
 * Zero-filled space needs no block allocation when records are written, and cannot hold bytes
 * that parse (D22). One file at a time, one write in flight. A full disk is no failure here: the
 * spare is a reserve (D19), and it is tried again when it is needed; any other error is D17.
 */

import { FILL_BYTES } from '../limits.js';
import type { FileSystem, FileSystemError, LogFile } from '../platform/ports.js';
import type { LogFiles } from './log-files.js';
import { NEXT_SEGMENT_FILE } from './segment-header.js';

export interface PreparedSegment {
  readonly path: string;
  readonly file: LogFile;
  readonly sizeBytes: number;
}

type Taken = (error: Error | undefined, prepared?: PreparedSegment) => void;

export interface SegmentPreparerOptions {
  readonly fileSystem: FileSystem;
  readonly logFiles: LogFiles;
  readonly logPath: string;
  readonly segmentBytes: number;
  /** D17: an error of the disk that must stop the storage. */
  readonly failed: (error: Error) => void;
}

interface Filling {
  readonly file: LogFile;
  filledBytes: number;
  isBusy: boolean;
}

export class SegmentPreparer {
  readonly #options: SegmentPreparerOptions;
  readonly #path: string;
  #spare: Filling | undefined;
  #targetBytes = 0;
  #waiting: { readonly taken: Taken; readonly requiredBytes: number } | undefined;
  #stopped: (() => void) | undefined;
  #isStarved = false;
  #isHalted = false;

  constructor(options: SegmentPreparerOptions) {
    this.#options = options;
    this.#path = `${options.logPath}/${NEXT_SEGMENT_FILE}`;
  }

  /** Whether the spare could not be made for want of space. */
  get isStarved(): boolean {
    return this.#isStarved;
  }

  /** Begins, or tries again, unless a file is there or being made. */
  start(): void {
    if (this.#spare !== undefined || this.#stopped !== undefined || this.#isHalted) return;
    this.#targetBytes = Math.max(this.#options.segmentBytes, this.#waiting?.requiredBytes ?? 0);
    try {
      const file = this.#options.logFiles.create(this.#path);
      this.#spare = { file, filledBytes: 0, isBusy: false };
      this.#isStarved = false;
      this.#fill(this.#spare);
    } catch (error) {
      this.#giveUp(error as Error);
    }
  }

  /** Hands the file over as soon as it is ready. The caller owns it then. */
  take(requiredBytes: number, taken: Taken): void {
    this.#waiting = { taken, requiredBytes };
    if (this.#spare === undefined) {
      this.start();
      return;
    }
    this.#targetBytes = Math.max(this.#targetBytes, requiredBytes);
    if (!this.#spare.isBusy) this.#fill(this.#spare);
  }

  /** D17: from now on nothing is written. */
  halt(): void {
    this.#isHalted = true;
  }

  /** Removes the spare once nothing is in flight; after a halt it is left as it is. */
  stop(done: () => void): void {
    this.#stopped = done;
    if (this.#spare === undefined || !this.#spare.isBusy) this.#finishStop();
  }

  /** Piece by piece, so that the log never waits for all of it. */
  #fill(spare: Filling): void {
    const left = this.#targetBytes - spare.filledBytes;
    if (left <= 0) {
      this.#ready(spare);
      return;
    }
    spare.isBusy = true;
    const pieceBytes = Math.min(left, FILL_BYTES);
    const next = (error: Error | undefined): void => {
      spare.isBusy = false;
      if (this.#stopped !== undefined) {
        this.#finishStop();
        return;
      }
      if (this.#isHalted) return;
      if (error) {
        this.#giveUp(error);
        return;
      }
      spare.filledBytes += pieceBytes;
      this.#fill(spare);
    };
    spare.file.fill(spare.filledBytes, pieceBytes, (error) =>
      error !== undefined || this.#isHalted ? next(error) : spare.file.sync(next),
    );
  }

  #ready({ file, filledBytes }: Filling): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#spare = undefined;
    waiting.taken(undefined, { path: this.#path, file, sizeBytes: filledBytes });
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
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare === undefined) return;
    spare.file.close();
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
