/**
 * D19: whether the disk has room for what is accepted; asked of the disk at most once a second.
 *
 * It must never decide anything: below the reserve the server refuses new writes and goes on
 * reading. What the disk cannot answer counts as no room, and is logged.
 */

import type { FileSystem, Logger, Scheduler, Timer } from '../platform/ports.js';

const REFRESH_MS = 1_000;

export interface DiskReserveOptions {
  readonly fileSystem: FileSystem;
  readonly scheduler: Scheduler;
  readonly logger: Logger | undefined;
  readonly path: string;
  readonly reserveBytes: number;
}

export class DiskReserve {
  readonly #options: DiskReserveOptions;
  #timer: Timer | undefined;
  #hasReserve = true;
  #isClosed = false;

  constructor(options: DiskReserveOptions) {
    this.#options = options;
  }

  /** `refreshed` is called where the disk was asked anew and has room. */
  hasReserve(refreshed: () => void): boolean {
    if (this.#timer !== undefined || this.#isClosed) return this.#hasReserve;
    this.#timer = this.#options.scheduler.after(REFRESH_MS, () => {
      this.#timer = undefined;
    });
    this.#hasReserve = this.#ask();
    if (this.#hasReserve) refreshed();
    return this.#hasReserve;
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#isClosed = true;
  }

  #ask(): boolean {
    const { fileSystem, logger, path, reserveBytes } = this.#options;
    try {
      return fileSystem.freeBytes(path) >= reserveBytes;
    } catch (error) {
      logger?.error('storage.freeBytesFailed', { path, error: String(error) });
      return false;
    }
  }
}
