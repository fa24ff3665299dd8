/**
 * The entries of the log as the protocol sees them: index, in-memory tail, and segments behind.
 *
 * Reads see everything that was submitted, durable or not. It must never change what a record
 * says; a cut only makes entries invisible.
 */

import {
  ENTRY_PREFIX_BYTES,
  entryAt,
  entrySize,
  skipEntries,
  type EncodedAppend,
} from './batch-codec.js';
import type { EntryCodec } from './entry-codec.js';
import type { EntryIndex, RecordPlace } from './entry-index.js';
import { LogTail, pendingBlock, type PendingBlock } from './log-tail.js';
import type { SegmentReader } from './segment-reader.js';

export interface EntryLogOptions<T> {
  readonly index: EntryIndex;
  readonly codec: EntryCodec<T>;
  readonly reader: SegmentReader;
  readonly tailBudgetBytes: number;
  readonly acceptedIdx: number;
  /** How far the segment may be read: its end where sealed, the durable part where not. */
  readonly durableEndOf: (seq: number) => number;
}

/** An append that waits for its place in a segment. */
export interface PendingAppend<T> {
  readonly extent: number;
  readonly block: PendingBlock<T>;
}

/** Where the last read of a record stopped, so that the next one need not walk from its start. */
interface Cursor {
  readonly bytes: Uint8Array;
  /** Of `bytes`: to ask for it takes the engine as long as to make a view of an entry. */
  readonly buffer: ArrayBufferLike;
  readonly entriesOffset: number;
  ordinal: number;
  offset: number;
}

interface Page<T> {
  readonly entries: T[];
  readonly maxBytes: number;
  sizeBytes: number;
}

export class EntryLog<T> {
  readonly #options: EntryLogOptions<T>;
  readonly #index: EntryIndex;
  readonly #tail: LogTail<T>;
  #acceptedIdx: number;
  #cursor: Cursor | undefined;

  constructor(options: EntryLogOptions<T>) {
    this.#options = options;
    this.#index = options.index;
    this.#tail = new LogTail(options.tailBudgetBytes, options.index.count);
    this.#acceptedIdx = options.acceptedIdx;
  }

  /** Cuts at the append's index and adds its entries. Undefined where it has none. */
  append(entries: readonly T[], append: EncodedAppend): PendingAppend<T> | undefined {
    this.#index.cut(append.fromIdx);
    this.#tail.cut(this.#index.count);
    this.#acceptedIdx = append.fromIdx + entries.length;
    if (entries.length === 0) return undefined;
    const extent = this.#index.push(append.fromIdx);
    const block = pendingBlock(entries, append);
    this.#tail.push(block);
    return { extent, block };
  }

  /** The append was laid out in the record at `place`; a later cut may have removed it. */
  place(
    append: PendingAppend<T>,
    place: RecordPlace,
    record: { bytes: Uint8Array; lsn: number },
  ): void {
    if (this.#tail.block(append.extent) !== append.block) return;
    this.#index.setPlace(append.extent, place);
    const { entriesOffset } = place;
    this.#tail.replace(append.extent, { kind: 'record', entriesOffset, ...record });
  }

  evict(durableLsn: number): void {
    this.#tail.evict(durableLsn);
  }

  /** The caller has checked the range. At least one entry where the range is not empty. */
  read(fromIdx: number, toIdx: number, maxBytes: number): T[] {
    const page: Page<T> = { entries: [], maxBytes, sizeBytes: 0 };
    let idx = fromIdx;
    let extent = idx < toIdx ? this.#index.find(idx) : 0;
    while (idx < toIdx) {
      const endIdx = Math.min(toIdx, this.#index.endIdx(extent, this.#acceptedIdx));
      const ordinal = idx - this.#index.firstIdx(extent);
      const wanted = endIdx - idx;
      if (this.#readExtent(extent, ordinal, wanted, page) < wanted) break;
      idx = endIdx;
      extent += 1;
    }
    return page.entries;
  }

  /** Adds up to `count` entries to the page; fewer where it is full. */
  #readExtent(extent: number, ordinal: number, count: number, page: Page<T>): number {
    const block = this.#tail.block(extent);
    if (block?.kind === 'pending') {
      for (let i = 0; i < count; i++) {
        const sizeBytes = block.encoded[ordinal + i]!.length;
        if (!hasRoom(page, sizeBytes)) return i;
        page.entries.push(block.entries[ordinal + i] as T);
      }
      return count;
    }
    const { codec } = this.#options;
    const cursor = this.#cursorAt(extent, ordinal);
    const { bytes, buffer } = cursor;
    let { offset } = cursor;
    let added = 0;
    while (added < count) {
      const sizeBytes = entrySize(bytes, offset);
      if (!hasRoom(page, sizeBytes)) break;
      page.entries.push(codec.decode(entryAt(bytes, offset, buffer)));
      offset += ENTRY_PREFIX_BYTES + sizeBytes;
      added += 1;
    }
    cursor.ordinal += added;
    cursor.offset = offset;
    return added;
  }

  #cursorAt(extent: number, ordinal: number): Cursor {
    const { bytes, entriesOffset } = this.#record(extent);
    let cursor = this.#cursor;
    const isUsable =
      cursor?.bytes === bytes &&
      cursor.entriesOffset === entriesOffset &&
      cursor.ordinal <= ordinal;
    if (!cursor || !isUsable) {
      const { buffer } = bytes;
      cursor = { bytes, buffer, entriesOffset, ordinal: 0, offset: entriesOffset };
    }
    cursor.offset = skipEntries(bytes, cursor.offset, ordinal - cursor.ordinal);
    cursor.ordinal = ordinal;
    this.#cursor = cursor;
    return cursor;
  }

  #record(extent: number): { readonly bytes: Uint8Array; readonly entriesOffset: number } {
    const block = this.#tail.block(extent);
    if (block?.kind === 'record') return block;
    const place = this.#index.place(extent);
    const { reader, durableEndOf } = this.#options;
    const bytes = reader.read(place, durableEndOf(place.seq));
    return { bytes, entriesOffset: place.entriesOffset };
  }
}

function hasRoom<T>(page: Page<T>, sizeBytes: number): boolean {
  if (page.entries.length > 0 && page.sizeBytes + sizeBytes > page.maxBytes) return false;
  page.sizeBytes += sizeBytes;
  return true;
}
