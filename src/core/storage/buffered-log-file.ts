/**
 * A log file in the page cache: one write, then one fdatasync, or none where the log is not synced.
 *
 * Invariant: what is written during an fdatasync is never covered by it, for nothing is.
 */

import { FILL_BYTES } from '../limits.js';
import type { FileHandle, LogFile, Scheduler } from '../platform/ports.js';

type Done = (error: Error | undefined) => void;

/** Up to this size a write into the page cache is cheaper than the way to a thread and back. */
const INLINE_WRITE_BYTES = 64 * 1024;

const ZEROS = new Uint8Array(FILL_BYTES);

export interface BufferedLogFileOptions {
  readonly scheduler: Scheduler;
  readonly sync: 'always' | 'never';
  /** D17: once there is one, nothing is asked of the disk any more. */
  readonly failure: () => Error | undefined;
}

export class BufferedLogFile implements LogFile {
  readonly #handle: FileHandle;
  readonly #options: BufferedLogFileOptions;

  constructor(handle: FileHandle, options: BufferedLogFileOptions) {
    this.#handle = handle;
    this.#options = options;
  }

  write(bytes: Uint8Array, position: number, done: Done): void {
    if (bytes.length > INLINE_WRITE_BYTES) {
      this.#handle.write(bytes, position, (error) => this.#written(error, done));
      return;
    }
    let failure: Error | undefined;
    try {
      this.#handle.writeSync(bytes, position);
    } catch (error) {
      failure = error as Error;
    }
    if (failure === undefined && this.#options.sync === 'always') this.#handle.sync(done);
    else this.#options.scheduler.defer(() => done(failure));
  }

  writeNow(bytes: Uint8Array, position: number): void {
    this.#handle.writeSync(bytes, position);
    if (this.#options.sync === 'always') this.#handle.syncNow();
  }

  fill(position: number, length: number, done: Done): void {
    const zeros = length === FILL_BYTES ? ZEROS : ZEROS.subarray(0, length);
    this.#handle.write(zeros, position, (error) => this.#written(error, done));
  }

  sync(done: Done): void {
    if (this.#options.sync === 'never') this.#handle.sync(done);
    else done(undefined);
  }

  close(): void {
    this.#handle.close();
  }

  #written(error: Error | undefined, done: Done): void {
    const failure = error ?? this.#options.failure();
    if (failure === undefined && this.#options.sync === 'always') this.#handle.sync(done);
    else done(failure);
  }
}
