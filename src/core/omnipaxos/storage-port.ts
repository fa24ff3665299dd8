/**
 * The Storage contract: what the protocol needs of a disk.
 *
 * Reads are synchronous and see everything that was submitted, durable or not. `submit` never
 * waits. One batch is one atomic unit (D12): after a crash all of it is there or none of it, and a
 * later batch never without the earlier ones. What is durable is told by position: the number of
 * the last batch that was fully written before a successful fdatasync was called.
 *
 * Every implementation passes `test/contract/storage-contract.ts`.
 */

import type { Ballot, LogIndex, StoragePosition } from './ballot.js';

export type StorageOperation<T> =
  /** Cuts the log at `fromIdx` (an absolute index, at most the length), then appends. */
  | {
      readonly kind: 'appendOnPrefix';
      readonly fromIdx: LogIndex;
      readonly entries: readonly T[];
    }
  | { readonly kind: 'setPromise'; readonly ballot: Ballot }
  | { readonly kind: 'setAcceptedRound'; readonly ballot: Ballot }
  /** The largest round that came with a decided transfer (protocol section 5). */
  | { readonly kind: 'setDecidedRound'; readonly ballot: Ballot }
  | { readonly kind: 'setDecidedIdx'; readonly idx: LogIndex };

/** Never empty. Applied in order, all or nothing. */
export type StorageBatch<T> = readonly StorageOperation<T>[];

export interface StoredState {
  readonly promise: Ballot;
  readonly acceptedRound: Ballot;
  readonly decidedRound: Ballot;
  /** P6: at open clamped to the durable accepted length. */
  readonly decidedIdx: LogIndex;
  readonly acceptedIdx: LogIndex;
  /** Entries below are gone (covered by a snapshot); 0 until there are snapshots. */
  readonly compactedIdx: LogIndex;
}

export type FlushOutcome =
  | { readonly kind: 'durable'; readonly position: StoragePosition }
  /** D17: the process must stop; nothing further may leave. */
  | { readonly kind: 'failed'; readonly error: Error };

export interface Storage<T> {
  /** True where an earlier process, or an earlier instance, has written a promise. */
  readonly isUsed: boolean;

  state(): StoredState;

  /**
   * Entries [fromIdx, toIdx), fewer where their encoded bytes would pass `maxBytes`, but at least
   * one where the range is not empty. Throws a RangeError outside [compactedIdx, acceptedIdx].
   */
  entries(fromIdx: LogIndex, toIdx: LogIndex, maxBytes?: number): readonly T[];

  /** Encoded size of an entry, as it counts for R2. Throws `OMNIKV_INVALID_ENTRY`. */
  sizeOf(entry: T): number;

  /** Applies the batch to what reads see and queues it for the disk. Positions are 1, 2, 3 … */
  submit(batch: StorageBatch<T>): StoragePosition;

  /** The last position that is durable; 0 at first. */
  readonly durablePosition: StoragePosition;

  /** H13, D17: set for ever once a flush has failed; then `submit` throws and nothing is written. */
  readonly failure: Error | undefined;

  /**
   * Starts one write and one fdatasync for all that was submitted, unless one is under way; then
   * the next starts when it ends. `done` is called once, later, or from inside this call where a
   * quick disk has done it already.
   */
  startFlush(done: (outcome: FlushOutcome) => void): void;

  /** The same as a promise, for owners that are not in a hurry. Rejects where the disk failed. */
  flush(): Promise<StoragePosition>;

  /** Makes everything durable and gives the data directory back. */
  close(): Promise<void>;
}
