/**
 * The one writer of the log (D14): one write that ends on the disk (D15), never two in flight.
 *
 * It numbers, chains and places records, and moves on to the next segment in the order of D16.
 * An error is handed to the caller, who must stop for good (D17); nothing is retried here.
 */

import type { FileSystem, LogFile, SyncPace } from '../platform/ports.js';
import type { DirectoryIdentity } from './identity.js';
import { recordSeed } from './identity.js';
import {
  MARK_RESERVE_BYTES,
  recordBytes,
  RECORD_HEADER_BYTES,
  writeRecord,
  type LogHead,
  type RecordDraft,
} from './record.js';
import { encodeSegmentHeader, segmentFileName, SEGMENT_HEADER_BYTES } from './segment-header.js';
import type { PreparedSegment, SegmentPreparer } from './segment-preparer.js';

/** R8: up to this size the loop may wait for a write. */
const QUICK_WRITE_BYTES = 64 * 1024;

export interface OpenSegment {
  readonly seq: number;
  readonly path: string;
  readonly file: LogFile;
  readonly sizeBytes: number;
}

export interface SegmentWriterOptions {
  readonly fileSystem: FileSystem;
  readonly logPath: string;
  readonly identity: DirectoryIdentity;
  /** Undefined: the loop never waits for the disk. */
  readonly syncPace: SyncPace | undefined;
  readonly preparer: SegmentPreparer;
  readonly segment: OpenSegment;
  /** The first free offset of `segment`. */
  readonly offset: number;
  readonly head: LogHead;
}

type Done = (error: Error | undefined) => void;

export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #seed: number;
  #segment: OpenSegment;
  #offset: number;
  #durableEnd: number;
  #head: LogHead;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    this.#seed = recordSeed(options.identity);
    this.#segment = options.segment;
    this.#offset = options.offset;
    this.#durableEnd = options.offset;
    this.#head = options.head;
  }

  get seq(): number {
    return this.#segment.seq;
  }

  get path(): string {
    return this.#segment.path;
  }

  /** Everything of the current segment before it is on the disk. */
  get durableEnd(): number {
    return this.#durableEnd;
  }

  get durableLsn(): number {
    return this.#head.syncedLsn;
  }

  /** D7: the next record must be a State. */
  get isAtStart(): boolean {
    return this.#offset === SEGMENT_HEADER_BYTES;
  }

  /** Room for State and Batch records. */
  get roomBytes(): number {
    return this.#segment.sizeBytes - this.#offset - MARK_RESERVE_BYTES;
  }

  /** The first free offset of the segment. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether the drafts fit where nothing is kept free behind them. */
  hasRoomFor(drafts: readonly RecordDraft[]): boolean {
    return this.#offset + totalBytes(drafts) <= this.#segment.sizeBytes;
  }

  /**
   * One write for all of the drafts, which must fit. Where the disk is quick `done` is called before
   * this returns (R8).
   */
  append(drafts: readonly RecordDraft[], done: Done): void {
    const buffer = new Uint8Array(totalBytes(drafts));
    const start = this.#offset;
    let head = this.#head;
    let at = 0;
    for (const draft of drafts) {
      const size = recordBytes(draft);
      const lsn = head.nextLsn;
      head = writeRecord(buffer, at, draft, { head, seed: this.#seed });
      draft.placed({
        seq: this.#segment.seq,
        offset: start + at,
        sizeBytes: RECORD_HEADER_BYTES + draft.bodyBytes,
        lsn,
        bytes: buffer.subarray(at, at + size),
      });
      at += size;
    }
    this.#offset += buffer.length;
    this.#write(buffer, start, (error) => {
      if (error === undefined) {
        this.#head = { ...head, syncedLsn: head.nextLsn - 1 };
        this.#durableEnd = this.#offset;
      }
      done(error);
    });
  }

  /** Moves on to a new segment in which `requiredBytes` of records and the Marks fit. */
  switchSegment(requiredBytes: number, firstIndex: number, done: Done): void {
    const sizeBytes = SEGMENT_HEADER_BYTES + requiredBytes + MARK_RESERVE_BYTES;
    this.#options.preparer.take(sizeBytes, (error, prepared) => {
      if (prepared === undefined) {
        done(error ?? new Error('no segment was prepared'));
        return;
      }
      // D16: a sealed segment is on the disk, even where flushes are not synced.
      this.#segment.file.sync((syncError) =>
        syncError ? done(syncError) : this.#seal(prepared, firstIndex, done),
      );
    });
  }

  /** Only between appends. A log that was never synced is synced now. */
  close(done: Done): void {
    this.#segment.file.sync((error) => done(error ?? this.#closeFile()));
  }

  /** After a failure: gives the descriptor back and touches nothing. */
  abandon(): Error | undefined {
    return this.#closeFile();
  }

  #closeFile(): Error | undefined {
    try {
      this.#segment.file.close();
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  #write(bytes: Uint8Array, position: number, done: Done): void {
    const { syncPace } = this.#options;
    const { file } = this.#segment;
    syncPace?.syncBegan();
    if (syncPace?.isQuick === true && bytes.length <= QUICK_WRITE_BYTES) {
      try {
        file.writeNow(bytes, position);
      } catch (error) {
        done(error as Error);
        return;
      }
      syncPace.syncEnded();
      done(undefined);
      return;
    }
    file.write(bytes, position, (error) => {
      if (error === undefined) syncPace?.syncEnded();
      done(error);
    });
  }

  /**
   * D16, in this order: the last record of the current segment is durable (this is called between
   * flushes), the header is written and synced, renamed, the directory synced; only then records.
   */
  #seal(prepared: PreparedSegment, firstIndex: number, done: Done): void {
    const seq = this.#segment.seq + 1;
    const path = `${this.#options.logPath}/${segmentFileName(seq, firstIndex)}`;
    const header = encodeSegmentHeader(
      { seq, firstIndex, chain: this.#head.prevHeaderCrc, firstLsn: this.#head.nextLsn },
      this.#options.identity,
    );
    const { fileSystem, logPath } = this.#options;
    const { file, sizeBytes } = prepared;
    const opened: Done = (error) => {
      if (error) {
        done(error);
        return;
      }
      const closeError = this.#closeFile();
      if (closeError !== undefined) {
        done(closeError);
        return;
      }
      this.#segment = { seq, path, file, sizeBytes };
      this.#offset = SEGMENT_HEADER_BYTES;
      this.#durableEnd = SEGMENT_HEADER_BYTES;
      done(undefined);
    };
    file.write(header, 0, (writeError) => {
      if (writeError) {
        done(writeError);
        return;
      }
      file.sync((syncError) => {
        if (syncError) {
          done(syncError);
          return;
        }
        try {
          fileSystem.rename(prepared.path, path);
        } catch (renameError) {
          done(renameError as Error);
          return;
        }
        fileSystem.startDirectorySync(logPath, opened);
      });
    });
  }
}

function totalBytes(drafts: readonly RecordDraft[]): number {
  return drafts.reduce((bytes, draft) => bytes + recordBytes(draft), 0);
}
