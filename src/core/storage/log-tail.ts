/**
 * The end of the log in memory: entries not yet written, and records that were, up to a budget.
 *
 * Blocks stand for the last extents of the index, one each, in the same order. A block that is
 * not durable is never evicted: the segments do not have it yet. A record's block is a view of
 * the buffer that went to the disk, so nothing is copied for it.
 */

import type { EncodedAppend } from './batch-codec.js';

/** Submitted, not yet laid out in a segment. */
export interface PendingBlock<T> {
  readonly kind: 'pending';
  readonly entries: readonly T[];
  readonly encoded: readonly Uint8Array[];
}

/** The bytes of a whole record, header included. */
export interface RecordBlock {
  readonly kind: 'record';
  readonly bytes: Uint8Array;
  readonly entriesOffset: number;
  readonly lsn: number;
}

export type Block<T> = PendingBlock<T> | RecordBlock;

/** What a block costs beside its bytes. */
const BLOCK_OVERHEAD_BYTES = 200;

export class LogTail<T> {
  readonly #budgetBytes: number;
  /** Blocks [#head, length) are those of extents #firstExtent and following. */
  #blocks: (Block<T> | undefined)[] = [];
  #head = 0;
  #firstExtent: number;
  #recordBytes = 0;

  /** `firstExtent`: extents before it are in segments only. */
  constructor(budgetBytes: number, firstExtent: number) {
    this.#budgetBytes = budgetBytes;
    this.#firstExtent = firstExtent;
  }

  /** Undefined where the extent must be read from its segment. */
  block(extent: number): Block<T> | undefined {
    return extent < this.#firstExtent
      ? undefined
      : this.#blocks[this.#head + extent - this.#firstExtent];
  }

  push(block: PendingBlock<T>): void {
    this.#blocks.push(block);
  }

  /** Forgets the blocks of extents that a cut removed. */
  cut(extentCount: number): void {
    while (this.#firstExtent + this.#blocks.length - this.#head > extentCount) {
      if (this.#blocks.length === this.#head) {
        this.#firstExtent = extentCount;
        return;
      }
      this.#forget(this.#blocks.pop());
    }
  }

  /** The extent's entries were laid out: from now on they are read from the record. */
  replace(extent: number, block: RecordBlock): void {
    this.#blocks[this.#head + extent - this.#firstExtent] = block;
    this.#recordBytes += block.bytes.length + BLOCK_OVERHEAD_BYTES;
  }

  /** Drops the oldest records above the budget, durable ones only. */
  evict(durableLsn: number): void {
    while (this.#recordBytes > this.#budgetBytes && this.#head < this.#blocks.length) {
      const oldest = this.#blocks[this.#head];
      if (oldest?.kind !== 'record' || oldest.lsn > durableLsn) return;
      this.#forget(oldest);
      this.#blocks[this.#head] = undefined;
      this.#head += 1;
      this.#firstExtent += 1;
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#blocks.length) {
      this.#blocks = this.#blocks.slice(this.#head);
      this.#head = 0;
    }
  }

  #forget(block: Block<T> | undefined): void {
    if (block?.kind === 'record') this.#recordBytes -= block.bytes.length + BLOCK_OVERHEAD_BYTES;
  }
}

export function pendingBlock<T>(entries: readonly T[], append: EncodedAppend): PendingBlock<T> {
  return { kind: 'pending', entries, encoded: append.encoded };
}
