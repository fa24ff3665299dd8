/**
 * Which part of a log travels when a ballot begins. Pure functions, no state.
 *
 * Two facts carry them. Where the best promise has accepted round r, nothing was ever chosen
 * between r and the new ballot, so all logs of round r agree. Behind a server's decidedIdx lie at
 * most 8 MiB (R2), so what must travel in one message always fits (L1).
 */

import { ballotsEqual, compareBallots, type Ballot, type LogIndex, type Pid } from './ballot.js';
import type { LogSlice, Prepare } from './messages.js';
import type { ReplicatedLog } from './replicated-log.js';
import { MAX_SYNC_BYTES } from '../limits.js';

/** What a promise says of its sender's log. */
export interface PromisedLog {
  readonly acceptedRound: Ballot;
  readonly decidedIdx: LogIndex;
  readonly acceptedIdx: LogIndex;
}

/** By (accepted round, accepted length): the larger log holds everything that was chosen. */
export function comparePromisedLogs(a: PromisedLog, b: PromisedLog): number {
  return compareBallots(a.acceptedRound, b.acceptedRound) || a.acceptedIdx - b.acceptedIdx;
}

/**
 * The part of a follower's log that the candidate lacks. Starts where the candidate's log surely
 * agrees if that fits one message, else at the follower's decidedIdx: what lies between, the
 * candidate fetches by decided transfer.
 */
export function promiseSuffix<T>(log: ReplicatedLog<T>, prepare: Prepare): LogSlice<T> {
  if (comparePromisedLogs(log, prepare) <= 0) return { firstIdx: log.acceptedIdx, entries: [] };
  const agreedIdx = ballotsEqual(log.acceptedRound, prepare.acceptedRound)
    ? prepare.acceptedIdx
    : prepare.decidedIdx;
  const firstIdx = Math.max(Math.min(agreedIdx, log.acceptedIdx), log.compactedIdx);
  const entries = log.entries(firstIdx, log.acceptedIdx, MAX_SYNC_BYTES);
  if (firstIdx + entries.length === log.acceptedIdx) return { firstIdx, entries };
  const fromDecided = Math.max(firstIdx, log.decidedIdx);
  return { firstIdx: fromDecided, entries: log.entries(fromDecided, log.acceptedIdx) };
}

export interface Candidate<T> extends PromisedLog {
  readonly pid: Pid;
  readonly suffix: LogSlice<T>;
}

/** The best of the promises; the candidate itself (`own`) where it is as good. */
export function bestPromise<T>(
  own: PromisedLog,
  promises: Iterable<Candidate<T>>,
): Candidate<T> | undefined {
  let best: Candidate<T> | undefined;
  for (const promise of promises) {
    if (comparePromisedLogs(promise, best ?? own) > 0) best = promise;
  }
  return best;
}

export type Adoption<T> =
  | { readonly kind: 'adopt'; readonly cutIdx: LogIndex; readonly entries: readonly T[] }
  /** Decided entries up to `upToIdx` must be fetched from the promise's sender first (L2). */
  | { readonly kind: 'fetch'; readonly upToIdx: LogIndex }
  /** The suffix was made for an older state of our log: ask again. */
  | { readonly kind: 'askAgain' };

/** How a candidate with log `own` takes over the log of the best promise. */
export function planAdoption<T>(own: PromisedLog, best: Candidate<T>): Adoption<T> {
  const { firstIdx, entries } = best.suffix;
  if (firstIdx + entries.length !== best.acceptedIdx) return { kind: 'askAgain' };
  const isSameRound = ballotsEqual(best.acceptedRound, own.acceptedRound);
  const agreedIdx = isSameRound ? own.acceptedIdx : own.decidedIdx;
  if (firstIdx > agreedIdx) return { kind: 'fetch', upToIdx: firstIdx };
  const cutIdx = Math.max(firstIdx, own.decidedIdx);
  return { kind: 'adopt', cutIdx, entries: entries.slice(cutIdx - firstIdx) };
}

/**
 * From where a follower's log is replaced by an AcceptSync: the end of what it shares with the
 * log that the leader adopted.
 */
export function syncIdx(
  follower: PromisedLog,
  adopted: { readonly round: Ballot; readonly length: LogIndex },
): LogIndex {
  return ballotsEqual(follower.acceptedRound, adopted.round)
    ? Math.min(follower.acceptedIdx, adopted.length)
    : follower.decidedIdx;
}
