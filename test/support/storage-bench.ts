/**
 * A persistent log on a disk in memory, with everything in the hands of the test.
 */

import type { Random, Scheduler, SyncPace } from '../../src/core/platform/ports.js';
import { bytesCodec, PersistentStorage } from '../../src/core/storage/index.js';
import type {
  LogOptionFields,
  PersistentStorageOptions,
  StorageIdentity,
} from '../../src/core/storage/index.js';
import { MemoryFileSystem } from './memory-file-system.js';
import { MemoryGuard } from './memory-guard.js';

export const CLUSTER_ID = '00112233445566778899aabbccddeeff';
export const DATA_PATH = '/data';

/** Different in every directory, the same in every run. */
export class CountingRandom implements Random {
  #next = 1;

  bytes(count: number): Uint8Array {
    const seed = this.#next++;
    return Uint8Array.from({ length: count }, (_, i) => (seed * 131 + i * 17) & 0xff);
  }

  fraction(): number {
    return 0.5;
  }
}

/** Tasks run soon; timers never, unless the test fires them. */
export class IdleScheduler implements Scheduler {
  readonly timers: { readonly delayMs: number; readonly task: () => void; isCancelled: boolean }[] =
    [];

  defer(task: () => void): void {
    setImmediate(task);
  }

  after(delayMs: number, task: () => void): { cancel(): void } {
    const timer = { delayMs, task, isCancelled: false };
    this.timers.push(timer);
    return {
      cancel: () => {
        timer.isCancelled = true;
      },
    };
  }

  /** Runs the timers of that delay which were not cancelled. */
  fire(delayMs: number): number {
    const due = this.timers.filter((timer) => timer.delayMs === delayMs && !timer.isCancelled);
    for (const timer of due) {
      timer.isCancelled = true;
      timer.task();
    }
    return due.length;
  }
}

export interface BenchOptions {
  readonly fileSystem?: MemoryFileSystem;
  readonly logOptions?: LogOptionFields;
  readonly tailCacheBytes?: number;
  readonly path?: string;
  readonly identity?: StorageIdentity;
  readonly syncPace?: SyncPace;
}

export class StorageBench {
  readonly fileSystem: MemoryFileSystem;
  readonly guard = new MemoryGuard();
  readonly scheduler = new IdleScheduler();
  readonly warnings: { readonly event: string; readonly fields: unknown }[] = [];
  readonly options: PersistentStorageOptions<Uint8Array>;

  constructor(options: BenchOptions = {}) {
    this.fileSystem = options.fileSystem ?? new MemoryFileSystem();
    const record = (event: string, fields?: unknown): void => {
      this.warnings.push({ event, fields });
    };
    this.options = {
      path: options.path ?? DATA_PATH,
      logOptions: { segmentBytes: 4096, ...options.logOptions },
      codec: bytesCodec,
      identity: options.identity ?? { clusterId: CLUSTER_ID, pid: 1 },
      tailCacheBytes: options.tailCacheBytes,
      ports: {
        fileSystem: this.fileSystem,
        guard: this.guard,
        scheduler: this.scheduler,
        random: new CountingRandom(),
        logger: { info: () => undefined, warn: record, error: record },
        syncPace: options.syncPace,
      },
    };
  }

  create(): Promise<PersistentStorage<Uint8Array>> {
    return PersistentStorage.create(this.options);
  }

  open(): Promise<PersistentStorage<Uint8Array>> {
    return PersistentStorage.open(this.options);
  }

  /** The same machine after a power cut, on what is left of the disk. */
  static after(fileSystem: MemoryFileSystem, options: BenchOptions = {}): StorageBench {
    return new StorageBench({ ...options, fileSystem });
  }
}

/** An entry that says which it is. */
export function entry(name: string | number, sizeBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(String(name));
  if (text.length >= sizeBytes) return text;
  const bytes = new Uint8Array(sizeBytes).fill(0x2e);
  bytes.set(text);
  return bytes;
}

export function texts(entries: readonly Uint8Array[]): string[] {
  return entries.map((bytes) => new TextDecoder().decode(bytes).replace(/\.+$/, ''));
}
