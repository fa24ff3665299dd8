/**
 * What a persistent log needs to be told, as a plain object or step by step as in the tutorial.
 *
 * It must never touch a disk: everything is checked when the storage is created or opened.
 */

import { OmnikvError } from '../errors.js';
import { DEFAULT_SEGMENT_BYTES, MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES } from '../limits.js';
import type {
  DirectFiles,
  DirectoryGuard,
  FileSystem,
  Logger,
  Random,
  Scheduler,
  SyncPace,
} from '../platform/ports.js';
import type { EntryCodec } from './entry-codec.js';

export interface LogOptionFields {
  /** Size of one segment file, zero-filled ahead of use (D16). Default 8 MiB, at least 4 KiB. */
  readonly segmentBytes?: number;
  /** `never` skips the fdatasync of each flush: a power cut then loses acknowledged entries. */
  readonly sync?: 'always' | 'never';
}

/** The commit log's options (the tutorial's `LogOptions`). */
export class LogOptions implements LogOptionFields {
  readonly segmentBytes: number;
  readonly sync: 'always' | 'never';

  constructor(fields: LogOptionFields = {}) {
    this.segmentBytes = fields.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
    this.sync = fields.sync ?? 'always';
  }
}

/** Whose data it is: drawn at create where it is not given, checked at open where it is. */
export interface StorageIdentity {
  /** 128 bits as 32 hexadecimal digits; dashes as in a UUID are ignored. */
  readonly clusterId: string;
  readonly pid: number;
}

/** What the storage needs of the machine. */
export interface StoragePorts {
  readonly fileSystem: FileSystem;
  readonly guard: DirectoryGuard;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly logger?: Logger | undefined;
  /** Default: no flush holds the calling thread. */
  readonly syncPace?: SyncPace | undefined;
  /** For one log. Default: the segments are written through the page cache. */
  readonly directFiles?: DirectFiles | undefined;
}

/** The part that a user of the library gives; the ports come from the platform. */
export interface PersistentStorageSettings<T> {
  readonly path: string;
  readonly logOptions?: LogOptionFields | undefined;
  /** Default: JSON with bigint. */
  readonly codec?: EntryCodec<T> | undefined;
  readonly identity?: StorageIdentity | undefined;
  /** Entries kept in memory; older ones are read from the segments. Default 16 MiB (R6). */
  readonly tailCacheBytes?: number | undefined;
  /** D30: the text of the LOCK file, for people. */
  readonly lockText?: string | undefined;
}

export interface PersistentStorageOptions<T> extends PersistentStorageSettings<T> {
  readonly ports: StoragePorts;
}

/** The tutorial's `PersistentStorageConfig`. */
export class PersistentStorageConfig<T> implements PersistentStorageSettings<T> {
  logOptions: LogOptionFields | undefined;
  codec: EntryCodec<T> | undefined;
  identity: StorageIdentity | undefined;
  #path: string | undefined;

  constructor(settings: Partial<PersistentStorageSettings<T>> = {}) {
    this.#path = settings.path;
    this.logOptions = settings.logOptions;
    this.codec = settings.codec;
    this.identity = settings.identity;
  }

  get path(): string {
    if (this.#path !== undefined) return this.#path;
    throw new OmnikvError('OMNIKV_INVALID_CONFIG', 'the persistent storage has no path', {
      suggestions: ['Call setPath(path) first.'],
    });
  }

  setPath(path: string): this {
    this.#path = path;
    return this;
  }

  setCommitlogOptions(logOptions: LogOptionFields): this {
    this.logOptions = logOptions;
    return this;
  }

  setCodec(codec: EntryCodec<T>): this {
    this.codec = codec;
    return this;
  }

  setIdentity(identity: StorageIdentity): this {
    this.identity = identity;
    return this;
  }
}

/** Checked options, every default filled in. */
export function resolveLogOptions(fields: LogOptionFields | undefined): LogOptions {
  const options = new LogOptions(fields);
  const { segmentBytes } = options;
  const isInRange = segmentBytes >= MIN_SEGMENT_BYTES && segmentBytes <= MAX_SEGMENT_BYTES;
  if (Number.isInteger(segmentBytes) && segmentBytes % 8 === 0 && isInRange) return options;
  throw new OmnikvError(
    'OMNIKV_INVALID_CONFIG',
    `segmentBytes is ${segmentBytes}; it must be a multiple of 8 from ${MIN_SEGMENT_BYTES} to ${MAX_SEGMENT_BYTES}`,
  );
}
