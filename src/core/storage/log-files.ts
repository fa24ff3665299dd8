/**
 * Opens the files that the log is written to: direct where that is asked for and possible (D32).
 *
 * The tail is opened first, and what it says holds for every segment after it.
 */

import type { DirectFiles, FileHandle, FileSystem, LogFile, Scheduler } from '../platform/ports.js';
import { BufferedLogFile } from './buffered-log-file.js';

export interface LogFilesOptions {
  readonly fileSystem: FileSystem;
  readonly scheduler: Scheduler;
  readonly directFiles: DirectFiles | undefined;
  readonly sync: 'always' | 'never';
}

export class LogFiles {
  readonly #options: LogFilesOptions;
  #direct: DirectFiles | undefined;
  #failure: Error | undefined;

  constructor(options: LogFilesOptions) {
    this.#options = options;
  }

  /** Whether writes go past the page cache. */
  get isDirect(): boolean {
    return this.#direct !== undefined;
  }

  /** The last segment, which is written up to `end`. */
  openTail(path: string, end: number): LogFile {
    const { directFiles, sync, fileSystem } = this.#options;
    // An unsynced log is meant to stay in the page cache.
    const direct = sync === 'always' ? directFiles : undefined;
    const file = direct?.open(path, end);
    if (file === undefined) return this.#buffered(fileSystem.open(path, 'readWrite'));
    this.#direct = direct;
    return file;
  }

  create(path: string): LogFile {
    if (this.#direct !== undefined) return this.#direct.create(path);
    return this.#buffered(this.#options.fileSystem.open(path, 'create'));
  }

  /** D17: what is under way ends, and nothing follows it. */
  halt(failure: Error): void {
    this.#failure = failure;
  }

  #buffered(handle: FileHandle): LogFile {
    const { scheduler, sync } = this.#options;
    return new BufferedLogFile(handle, { scheduler, sync, failure: () => this.#failure });
  }
}
