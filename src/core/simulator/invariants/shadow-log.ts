/**
 * One copy of a node's persistent state, kept by plain array operations: what a log must be.
 *
 * Batches are applied whole. What a batch must never do is a violation: a promise or a round that
 * falls (3), a cut below what is decided or a decided length beyond the log (2).
 */

import {
  ballotsEqual,
  compareBallots,
  formatBallot,
  ZERO_BALLOT,
  type Ballot,
} from '../../omnipaxos/ballot.js';
import type { StorageBatch, StoredState } from '../../omnipaxos/storage-port.js';
import { InvariantViolation, type InvariantNumber } from './invariant-violation.js';

export class ShadowLog {
  promise: Ballot = ZERO_BALLOT;
  acceptedRound: Ballot = ZERO_BALLOT;
  decidedRound: Ballot = ZERO_BALLOT;
  decidedIdx = 0;
  readonly entries: Uint8Array[] = [];
  /** Encoded bytes of all entries. */
  totalBytes = 0;
  readonly #pid: number;

  constructor(pid: number) {
    this.#pid = pid;
  }

  copy(): ShadowLog {
    const copy = new ShadowLog(this.#pid);
    copy.promise = this.promise;
    copy.acceptedRound = this.acceptedRound;
    copy.decidedRound = this.decidedRound;
    copy.decidedIdx = this.decidedIdx;
    copy.totalBytes = this.totalBytes;
    for (const entry of this.entries) copy.entries.push(entry);
    return copy;
  }

  apply(batch: StorageBatch<Uint8Array>): void {
    const decidedBefore = this.decidedIdx;
    for (const operation of batch) {
      switch (operation.kind) {
        case 'appendOnPrefix':
          this.#appendOnPrefix(operation.fromIdx, operation.entries, decidedBefore);
          break;
        case 'setPromise':
          this.#mustNotFall('promise', this.promise, operation.ballot);
          this.promise = operation.ballot;
          break;
        case 'setAcceptedRound':
          this.#mustNotFall('accepted round', this.acceptedRound, operation.ballot);
          this.acceptedRound = operation.ballot;
          break;
        case 'setDecidedRound':
          this.#mustNotFall('decided round', this.decidedRound, operation.ballot);
          this.decidedRound = operation.ballot;
          break;
        case 'setDecidedIdx':
          if (operation.idx < this.decidedIdx) {
            this.#fail(2, `decidedIdx falls from ${this.decidedIdx} to ${operation.idx}`);
          }
          this.decidedIdx = operation.idx;
          break;
      }
    }
    // P6: what is decided is in the log.
    if (this.decidedIdx > this.entries.length) {
      this.#fail(2, `decidedIdx ${this.decidedIdx} is beyond the log of ${this.entries.length}`);
    }
    if (compareBallots(this.acceptedRound, this.promise) > 0) {
      this.#fail(3, `accepted round ${formatBallot(this.acceptedRound)} is above the promise`);
    }
  }

  /** The small state is the same; says nothing about the entries. */
  hasState(state: StoredState): boolean {
    return (
      state.acceptedIdx === this.entries.length &&
      state.decidedIdx === this.decidedIdx &&
      ballotsEqual(state.promise, this.promise) &&
      ballotsEqual(state.acceptedRound, this.acceptedRound) &&
      ballotsEqual(state.decidedRound, this.decidedRound)
    );
  }

  toString(): string {
    const { promise, acceptedRound, decidedIdx, entries } = this;
    return describeState({ promise, acceptedRound, decidedIdx, acceptedIdx: entries.length });
  }

  #appendOnPrefix(fromIdx: number, entries: readonly Uint8Array[], decidedIdx: number): void {
    const { length } = this.entries;
    if (!(fromIdx >= 0 && fromIdx <= length)) this.#fail(2, `append at ${fromIdx} of ${length}`);
    if (fromIdx < decidedIdx) {
      this.#fail(2, `a cut at ${fromIdx}, below the decided length ${decidedIdx}`);
    }
    for (let idx = fromIdx; idx < length; idx++) this.totalBytes -= this.entries[idx]!.length;
    this.entries.length = fromIdx;
    for (const entry of entries) {
      this.entries.push(entry);
      this.totalBytes += entry.length;
    }
  }

  #mustNotFall(name: string, before: Ballot, after: Ballot): void {
    if (compareBallots(after, before) >= 0) return;
    this.#fail(3, `${name} falls from ${formatBallot(before)} to ${formatBallot(after)}`);
  }

  #fail(invariant: InvariantNumber, what: string): never {
    throw new InvariantViolation(invariant, `node ${this.#pid}: ${what}`);
  }
}

export function describeState(
  state: Pick<StoredState, 'promise' | 'acceptedRound' | 'decidedIdx' | 'acceptedIdx'>,
): string {
  const { promise, acceptedRound, decidedIdx, acceptedIdx } = state;
  return (
    `promise ${formatBallot(promise)}, accepted round ${formatBallot(acceptedRound)}, ` +
    `${decidedIdx} decided of ${acceptedIdx}`
  );
}
