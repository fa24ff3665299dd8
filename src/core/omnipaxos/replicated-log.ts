/**
 * The persistent state of one server: promise, rounds, log; and the only writer of its storage.
 *
 * Every method that writes submits exactly one batch, so what must change together does (P4, D12).
 * What is remembered here runs ahead of the disk; a message that depends on a write is stamped
 * with `lastPosition` and waits (docs/rules.md, positions).
 *
 * Invariants: decidedIdx ≤ acceptedIdx; decidedIdx, promise and acceptedRound never go back;
 * promise ≥ acceptedRound.
 */

import { assert } from '../assert.js';
import {
  ZERO_BALLOT,
  ballotsEqual,
  compareBallots,
  formatBallot,
  maxBallot,
  type Ballot,
  type LogIndex,
  type Pid,
  type StoragePosition,
} from './ballot.js';
import type { LogSlice } from './messages.js';
import type { Storage, StorageBatch, StorageOperation } from './storage-port.js';
import { UndecidedSizes } from './undecided-sizes.js';

interface AcceptedAt {
  readonly position: StoragePosition;
  readonly round: Ballot;
  readonly acceptedIdx: LogIndex;
}

interface ReplicatedLogOptions<T> {
  readonly storage: Storage<T>;
  readonly pid: Pid;
  readonly isEqualEntry: (a: T, b: T) => boolean;
}

export class ReplicatedLog<T> {
  readonly #storage: Storage<T>;
  readonly #pid: Pid;
  readonly #isEqualEntry: (a: T, b: T) => boolean;
  readonly #undecided = new UndecidedSizes();
  #promise: Ballot;
  #acceptedRound: Ballot;
  #decidedRound: Ballot;
  #decidedIdx: LogIndex;
  #acceptedIdx: LogIndex;
  #lastPosition: StoragePosition;
  #durablePosition: StoragePosition;
  #ownBallotPosition: StoragePosition = 0;
  /** What the log was at each position that is not durable yet. */
  readonly #pendingAccepts: AcceptedAt[] = [];
  #durableAccept: AcceptedAt;

  constructor({ storage, pid, isEqualEntry }: ReplicatedLogOptions<T>) {
    const state = storage.state();
    this.#storage = storage;
    this.#pid = pid;
    this.#isEqualEntry = isEqualEntry;
    this.#promise = state.promise;
    this.#acceptedRound = state.acceptedRound;
    this.#decidedRound = state.decidedRound;
    this.#acceptedIdx = state.acceptedIdx;
    // P6: decidedIdx may be older than the log it was written with, never longer.
    this.#decidedIdx = Math.min(state.decidedIdx, state.acceptedIdx);
    this.#lastPosition = storage.durablePosition;
    this.#durablePosition = storage.durablePosition;
    this.#durableAccept = {
      position: this.#durablePosition,
      round: this.#acceptedRound,
      acceptedIdx: this.#acceptedIdx,
    };
    for (const entry of storage.entries(this.#decidedIdx, this.#acceptedIdx)) {
      this.#undecided.append(storage.sizeOf(entry));
    }
    assert(
      compareBallots(this.#promise, this.#acceptedRound) >= 0,
      'a server never accepts in a round that it has not promised',
    );
  }

  get promise(): Ballot {
    return this.#promise;
  }
  get acceptedRound(): Ballot {
    return this.#acceptedRound;
  }
  get decidedIdx(): LogIndex {
    return this.#decidedIdx;
  }
  get acceptedIdx(): LogIndex {
    return this.#acceptedIdx;
  }
  get compactedIdx(): LogIndex {
    return this.#storage.state().compactedIdx;
  }
  get undecidedBytes(): number {
    return this.#undecided.totalBytes;
  }
  /** The end of the write queue: what waits for it waits for everything written so far. */
  get lastPosition(): StoragePosition {
    return this.#lastPosition;
  }
  get durablePosition(): StoragePosition {
    return this.#durablePosition;
  }
  /** Messages that show an own ballot wait for the batch that made it the promise (P2). */
  get ownBallotPosition(): StoragePosition {
    return this.#ownBallotPosition;
  }
  /** What this server may say it has accepted: entries and round are on its disk (P3). */
  get durableAccept(): { readonly round: Ballot; readonly acceptedIdx: LogIndex } {
    return this.#durableAccept;
  }
  /** What a decided transfer shows: never a bare promise, which may be a dead candidate's (X1). */
  get decidedRound(): Ballot {
    return maxBallot(this.#acceptedRound, this.#decidedRound);
  }
  get isSynced(): boolean {
    return (
      ballotsEqual(this.#promise, this.#acceptedRound) && !ballotsEqual(this.#promise, ZERO_BALLOT)
    );
  }

  sizeOf(entry: T): number {
    return this.#storage.sizeOf(entry);
  }

  entries(fromIdx: LogIndex, toIdx: LogIndex, maxBytes?: number): readonly T[] {
    if (fromIdx >= toIdx) return [];
    return this.#storage.entries(fromIdx, toIdx, maxBytes);
  }

  setPromise(ballot: Ballot): void {
    assert(compareBallots(ballot, this.#promise) > 0, 'a promise only grows');
    this.#promise = ballot;
    this.#submit([{ kind: 'setPromise', ballot }]);
    if (ballot.pid === this.#pid) this.#ownBallotPosition = this.#lastPosition;
  }

  /** Only a leader, or a follower of the accepted round, appends: in one ballot a log only grows. */
  append(entries: readonly T[], decidedIdx: LogIndex): void {
    assert(this.isSynced, 'entries are appended only in the promised and accepted round');
    const fromIdx = this.#acceptedIdx;
    this.#appendOnPrefix(fromIdx, entries);
    this.decide(Math.min(decidedIdx, this.#acceptedIdx));
    this.#submit([{ kind: 'appendOnPrefix', fromIdx, entries }, this.#decidedOperation()]);
  }

  /**
   * P4: cut, suffix, accepted round and decided length in one batch. The log behind `cutIdx` was
   * never chosen, or is in `entries`.
   */
  acceptRound(
    round: Ballot,
    sync: { cutIdx: LogIndex; entries: readonly T[]; decidedIdx: number },
  ) {
    assert(ballotsEqual(round, this.#promise), 'a round is accepted only where it is promised');
    assert(sync.cutIdx >= this.#decidedIdx, 'a decided entry is never cut');
    this.#appendOnPrefix(sync.cutIdx, sync.entries);
    this.#acceptedRound = round;
    this.decide(Math.min(sync.decidedIdx, this.#acceptedIdx));
    this.#submit([
      { kind: 'appendOnPrefix', fromIdx: sync.cutIdx, entries: sync.entries },
      { kind: 'setAcceptedRound', ballot: round },
      this.#decidedOperation(),
    ]);
  }

  /**
   * Decided entries of another server, starting at or below decidedIdx and ending above it.
   * Accepted entries behind them stay where they agree: they may have been counted for a quorum.
   */
  installDecided(slice: LogSlice<T>, round: Ballot): void {
    const endIdx = slice.firstIdx + slice.entries.length;
    assert(slice.firstIdx <= this.#decidedIdx && endIdx > this.#decidedIdx, 'the slice joins');
    const operations: StorageOperation<T>[] = [];
    const fromIdx = this.#firstDisagreement(slice, this.#decidedIdx);
    assert(
      fromIdx >= Math.min(endIdx, this.#acceptedIdx) ||
        compareBallots(round, this.#acceptedRound) > 0,
      'the log of a round holds everything that was chosen up to that round',
    );
    if (fromIdx < endIdx) {
      const entries = slice.entries.slice(fromIdx - slice.firstIdx);
      this.#appendOnPrefix(fromIdx, entries);
      operations.push({ kind: 'appendOnPrefix', fromIdx, entries });
    }
    if (compareBallots(round, this.#decidedRound) > 0) {
      this.#decidedRound = round;
      operations.push({ kind: 'setDecidedRound', ballot: round });
    }
    if (compareBallots(round, this.#promise) > 0) {
      this.#promise = round;
      operations.push({ kind: 'setPromise', ballot: round });
    }
    this.decide(endIdx);
    this.#submit([...operations, this.#decidedOperation()]);
  }

  /** P6: needs no write of its own; the next batch with entries carries it. */
  decide(idx: LogIndex): void {
    if (idx <= this.#decidedIdx) return;
    assert(idx <= this.#acceptedIdx, 'only entries in the log are decided');
    this.#undecided.decide(idx - this.#decidedIdx);
    this.#decidedIdx = idx;
  }

  /** H3: decided prefixes are equal on all servers; a difference stops this one. */
  assertDecidedAgree(slice: LogSlice<T>): void {
    const from = Math.max(slice.firstIdx, this.compactedIdx);
    const to = Math.min(slice.firstIdx + slice.entries.length, this.#decidedIdx);
    const own = this.entries(from, to);
    own.forEach((entry, at) => {
      const other = slice.entries[from + at - slice.firstIdx] as T;
      assert(
        this.#isEqualEntry(entry, other),
        `decided entry ${from + at} differs between servers`,
      );
    });
  }

  /** Everything up to `position` is durable. True where something new is. */
  markDurable(position: StoragePosition): boolean {
    assert(position <= this.#lastPosition, 'only submitted batches become durable');
    if (position <= this.#durablePosition) return false;
    this.#durablePosition = position;
    let count = 0;
    for (const accept of this.#pendingAccepts) {
      if (accept.position > position) break;
      this.#durableAccept = accept;
      count++;
    }
    this.#pendingAccepts.splice(0, count);
    return true;
  }

  toString(): string {
    return `promise ${formatBallot(this.#promise)}, accepted round ${formatBallot(this.#acceptedRound)}, ${this.#decidedIdx} decided of ${this.#acceptedIdx}`;
  }

  #firstDisagreement(slice: LogSlice<T>, fromIdx: LogIndex): LogIndex {
    const to = Math.min(slice.firstIdx + slice.entries.length, this.#acceptedIdx);
    const own = this.entries(fromIdx, to);
    const at = own.findIndex(
      (entry, i) => !this.#isEqualEntry(entry, slice.entries[fromIdx + i - slice.firstIdx] as T),
    );
    return at < 0 ? Math.max(to, fromIdx) : fromIdx + at;
  }

  #appendOnPrefix(fromIdx: LogIndex, entries: readonly T[]): void {
    assert(fromIdx >= this.#decidedIdx && fromIdx <= this.#acceptedIdx, 'no gap, no decided cut');
    this.#undecided.keep(fromIdx - this.#decidedIdx);
    for (const entry of entries) this.#undecided.append(this.#storage.sizeOf(entry));
    this.#acceptedIdx = fromIdx + entries.length;
  }

  #decidedOperation(): StorageOperation<T> {
    return { kind: 'setDecidedIdx', idx: this.#decidedIdx };
  }

  #submit(batch: StorageBatch<T>): void {
    this.#lastPosition = this.#storage.submit(batch);
    this.#pendingAccepts.push({
      position: this.#lastPosition,
      round: this.#acceptedRound,
      acceptedIdx: this.#acceptedIdx,
    });
  }
}
