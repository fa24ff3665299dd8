/**
 * The log on disk: append-only segments under a data path that one process holds.
 *
 * `submit` changes what reads see and never waits; a flush writes all that was submitted as one
 * contiguous write that ends on the disk (group commit). The first error of the disk ends the
 * instance (D17): `#fail` is the one place that decides it, and after it nothing is written, ever.
 */

import { assert } from '../assert.js';
import { OmnikvError } from '../errors.js';
import { DISK_RESERVE_SEGMENTS, LOG_TAIL_CACHE_BYTES, MAX_RECORD_BYTES } from '../limits.js';
import type {
  FlushOutcome,
  Storage,
  StorageBatch,
  StoredState,
} from '../omnipaxos/storage-port.js';
import { batchBodyBytes, isOperationWritable, type EncodedOperation } from './batch-codec.js';
import { isDataAbsent, logPathOf, withoutTrailingSlash } from './data-directory.js';
import { DiskReserve } from './disk-reserve.js';
import { jsonCodec, type EntryCodec } from './entry-codec.js';
import { EntryLog } from './entry-log.js';
import { FlushQueue, type Placed } from './flush-queue.js';
import { recordSeed, type DirectoryIdentity } from './identity.js';
import { checkRange } from './memory-storage.js';
import {
  createData,
  openData,
  openHeldData,
  type HeldDirectory,
  type OpenedData,
} from './open-data.js';
import type { PersistentStorageOptions } from './persistent-storage-config.js';
import { RECORD_HEADER_BYTES } from './record.js';
import { SegmentPreparer } from './segment-preparer.js';
import { SegmentReader } from './segment-reader.js';
import { SegmentWriter } from './segment-writer.js';
import { ioError } from './storage-errors.js';
import { applyBatch, isUsedState } from './stored-state.js';

export interface OpenedStorage<T> {
  readonly storage: PersistentStorage<T>;
  readonly origin: 'created' | 'opened';
}

export class PersistentStorage<T> implements Storage<T> {
  readonly identity: DirectoryIdentity;
  readonly #data: OpenedData;
  readonly #codec: EntryCodec<T>;
  readonly #log: EntryLog<T>;
  readonly #reader: SegmentReader;
  readonly #writer: SegmentWriter;
  readonly #preparer: SegmentPreparer;
  readonly #queue: FlushQueue;
  readonly #reserve: DiskReserve;
  readonly #logger: PersistentStorageOptions<T>['ports']['logger'];
  #state: StoredState;
  #position = 0;
  #failure: Error | undefined;
  #closed: Promise<void> | undefined;

  /** A new log. Throws OMNIKV_STORAGE_EXISTS where there is one. */
  static async create<T>(options: PersistentStorageOptions<T>): Promise<PersistentStorage<T>> {
    return new PersistentStorage(options, await createData(options));
  }

  /** An existing log. Throws OMNIKV_DATA_MISSING where there is none, and never makes one. */
  static async open<T>(options: PersistentStorageOptions<T>): Promise<PersistentStorage<T>> {
    return new PersistentStorage(options, await openData(options));
  }

  /** The same without waiting, for an owner that holds the guard of the directory already. */
  static openHeld<T>(
    options: PersistentStorageOptions<T>,
    held: HeldDirectory,
  ): PersistentStorage<T> {
    return new PersistentStorage(options, openHeldData(options, held));
  }

  /** Makes a log only where there is nothing at all, and says which it did. */
  static async openOrCreate<T>(options: PersistentStorageOptions<T>): Promise<OpenedStorage<T>> {
    const path = withoutTrailingSlash(options.path);
    if (isDataAbsent(options.ports.fileSystem, path)) {
      return { storage: await PersistentStorage.create(options), origin: 'created' };
    }
    return { storage: await PersistentStorage.open(options), origin: 'opened' };
  }

  private constructor(options: PersistentStorageOptions<T>, data: OpenedData) {
    const { fileSystem, scheduler, logger, syncPace } = options.ports;
    const { identity, log, logFiles, logOptions, path } = data;
    const { segmentBytes, sync } = logOptions;
    const logPath = logPathOf(path);
    const failed = (error: Error): void => this.#fail(error);
    this.identity = identity;
    this.#data = data;
    this.#logger = logger;
    this.#state = log.state;
    this.#codec = options.codec ?? jsonCodec<T>();
    this.#preparer = new SegmentPreparer({
      ...{ fileSystem, logFiles, logPath, segmentBytes, failed },
    });
    this.#writer = new SegmentWriter({
      ...{ fileSystem, logPath, identity },
      syncPace: sync === 'always' ? syncPace : undefined,
      ...{ preparer: this.#preparer, segment: log.segment, offset: log.offset, head: log.head },
    });
    this.#reader = new SegmentReader({
      fileSystem,
      seed: recordSeed(identity),
      pathOf: (seq) => log.paths.get(seq) ?? `segment ${seq}`,
    });
    this.#log = new EntryLog({
      index: log.index,
      codec: this.#codec,
      reader: this.#reader,
      tailBudgetBytes: options.tailCacheBytes ?? LOG_TAIL_CACHE_BYTES,
      acceptedIdx: log.state.acceptedIdx,
      durableEndOf: (seq) => (seq === this.#writer.seq ? this.#writer.durableEnd : Infinity),
    });
    this.#queue = new FlushQueue({
      writer: this.#writer,
      scheduler,
      state: log.state,
      failed,
      synced: () => this.#log.evict(this.#writer.durableLsn),
      switched: () => {
        log.paths.set(this.#writer.seq, this.#writer.path);
        this.#preparer.start();
      },
    });
    const reserveBytes = DISK_RESERVE_SEGMENTS * segmentBytes;
    this.#reserve = new DiskReserve({ fileSystem, scheduler, logger, path, reserveBytes });
    this.#preparer.start();
  }

  /** Bytes of a torn write that opening cut off and kept as a `.torn` copy. */
  get tornBytes(): number {
    return this.#data.log.tornBytes;
  }

  get isUsed(): boolean {
    return isUsedState(this.#state);
  }

  get durablePosition(): number {
    return this.#queue.durablePosition;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  state(): StoredState {
    return this.#state;
  }

  sizeOf(entry: T): number {
    return this.#encode(entry).length;
  }

  /** For a codec of bytes these are views of shared memory: never change them. */
  entries(fromIdx: number, toIdx: number, maxBytes = Infinity): readonly T[] {
    const { compactedIdx, acceptedIdx } = this.#state;
    checkRange({ fromIdx, toIdx, compactedIdx, acceptedIdx });
    try {
      return this.#log.read(fromIdx, toIdx, maxBytes);
    } catch (error) {
      // Damage at rest, or a disk that cannot be read: neither may be outlived.
      this.#fail(error);
      throw error;
    }
  }

  /** Throws, and changes nothing, where an entry cannot be encoded: OMNIKV_INVALID_ENTRY. */
  submit(batch: StorageBatch<T>): number {
    if (this.#failure !== undefined) throw this.#failure;
    this.#refuseWhenClosed();
    const operations = batch.map((operation): EncodedOperation => {
      if (operation.kind !== 'appendOnPrefix') {
        assert(isOperationWritable(operation), `${operation.kind} does not fit its format`);
        return operation;
      }
      const { kind, fromIdx, entries } = operation;
      return { kind, fromIdx, encoded: entries.map((entry) => this.#encode(entry)) };
    });
    const bodyBytes = batchBodyBytes(operations);
    if (RECORD_HEADER_BYTES + bodyBytes > MAX_RECORD_BYTES) {
      throw new OmnikvError(
        'OMNIKV_INVALID_ENTRY',
        `a batch of ${bodyBytes} bytes does not fit a record of ${MAX_RECORD_BYTES}`,
      );
    }
    const state = applyBatch(this.#state, batch);
    this.#state = state;
    const placed = this.#appendAll(batch, operations);
    const firstIndex = lowestIndex(operations, state.acceptedIdx);
    this.#position += 1;
    const position = this.#position;
    this.#queue.push({ position, operations, bodyBytes, firstIndex, state, placed });
    return position;
  }

  startFlush(done: (outcome: FlushOutcome) => void): void {
    this.#queue.start(done);
  }

  flush(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.startFlush((outcome) => {
        if (outcome.kind === 'durable') resolve(outcome.position);
        else reject(outcome.error);
      });
    });
  }

  /** D19: false below the reserve; asks the disk at most once a second. */
  hasDiskReserve(): boolean {
    return this.#reserve.hasReserve(() => {
      if (this.#preparer.isStarved && this.#failure === undefined) this.#preparer.start();
    });
  }

  /** D20: flush, Mark, sync, guard. After a failure only the guard; then it rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#reserve.close();
    // A failed flush is in #failure, and said at the end.
    await new Promise<void>((resolve) => this.startFlush(() => resolve()));
    await new Promise<void>((resolve) => {
      if (this.#failure === undefined) this.#queue.sealCleanly(resolve);
      else this.#queue.settle(resolve);
    });
    await new Promise<void>((resolve) => this.#preparer.stop(resolve));
    await this.#closeFiles();
    await this.#data.guard.release();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #closeFiles(): Promise<void> {
    try {
      this.#reader.close();
    } catch (error) {
      this.#fail(error);
    }
    const error = await new Promise<Error | undefined>((resolve) => {
      if (this.#failure === undefined) this.#writer.close(resolve);
      else resolve(this.#writer.abandon());
    });
    if (error !== undefined) this.#fail(error);
  }

  /** D17: every error of the disk comes here, and no caller may go on after it. */
  #fail(cause: unknown): void {
    if (this.#failure !== undefined) return;
    const error = ioError(this.#data.path, 'writing', cause);
    this.#failure = error;
    this.#logger?.error('storage.failed', { path: this.#data.path, error: error.message });
    this.#data.logFiles.halt(error);
    this.#preparer.halt();
    this.#queue.fail(error);
  }

  #refuseWhenClosed(): void {
    if (this.#closed === undefined) return;
    throw new OmnikvError('OMNIKV_SHUTTING_DOWN', `${this.#data.path} is closed`);
  }

  #encode(entry: T): Uint8Array {
    try {
      return this.#codec.encode(entry);
    } catch (error) {
      if (error instanceof OmnikvError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new OmnikvError('OMNIKV_INVALID_ENTRY', `the codec refused an entry: ${reason}`, {
        cause: error,
      });
    }
  }

  /** Makes the entries visible; each append hears of its place when it is laid out. */
  #appendAll(
    batch: StorageBatch<T>,
    operations: readonly EncodedOperation[],
  ): (Placed | undefined)[] {
    const placed: (Placed | undefined)[] = [];
    batch.forEach((operation, i) => {
      const encoded = operations[i];
      if (operation.kind !== 'appendOnPrefix' || encoded?.kind !== 'appendOnPrefix') return;
      const pending = this.#log.append(operation.entries, encoded);
      placed.push(pending && ((place, record) => this.#log.place(pending, place, record)));
    });
    return placed;
  }
}

/** What the record header says of the batch: the lowest index it touches. */
function lowestIndex(operations: readonly EncodedOperation[], acceptedIdx: number): number {
  let lowest = acceptedIdx;
  for (const operation of operations) {
    if (operation.kind === 'appendOnPrefix') lowest = Math.min(lowest, operation.fromIdx);
  }
  return lowest;
}
