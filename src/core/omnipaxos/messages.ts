/**
 * Every message between two servers, and what each field means.
 *
 * A message is an envelope (configuration id, from, to) and a body with a `kind`. Indices are
 * exclusive lengths. `T` is the owner's entry type. Messages are values: never changed once taken.
 *
 * Which body may leave before which disk write: rules P1, P2, P3 and the rule of positions
 * (docs/rules.md).
 */

import type { Ballot, ConfigurationId, LogIndex, Pid } from './ballot.js';

/** A run of the log: `entries[0]` stands at index `firstIdx`. */
export interface LogSlice<T> {
  readonly firstIdx: LogIndex;
  readonly entries: readonly T[];
}

/** A leader asks for a promise, and shows its log so that the answer can be small. */
export interface Prepare {
  readonly kind: 'prepare';
  readonly n: Ballot;
  readonly acceptedRound: Ballot;
  readonly decidedIdx: LogIndex;
  readonly acceptedIdx: LogIndex;
}

/** P1: leaves only after the promise is durable. `suffix` is what the leader lacks (2a). */
export interface PromiseMessage<T> {
  readonly kind: 'promise';
  readonly n: Ballot;
  readonly acceptedRound: Ballot;
  readonly decidedIdx: LogIndex;
  readonly acceptedIdx: LogIndex;
  readonly suffix: LogSlice<T>;
}

/** A server that was restarted, reconnected or has a gap asks who leads a ballot of at least n. */
export interface PrepareRequest {
  readonly kind: 'prepareRequest';
  readonly n: Ballot;
}

/** P4: cut at `firstIdx`, append, accepted round := n, in one batch. */
export interface AcceptSync<T> extends LogSlice<T> {
  readonly kind: 'acceptSync';
  readonly n: Ballot;
  readonly decidedIdx: LogIndex;
}

/** New entries of ballot n. Carries its first index, so that a gap shows. */
export interface AcceptDecide<T> extends LogSlice<T> {
  readonly kind: 'acceptDecide';
  readonly n: Ballot;
  readonly decidedIdx: LogIndex;
}

export interface Decide {
  readonly kind: 'decide';
  readonly n: Ballot;
  readonly decidedIdx: LogIndex;
}

/** P3: everything below `acceptedIdx` is on the sender's disk with accepted round n. */
export interface Accepted {
  readonly kind: 'accepted';
  readonly n: Ballot;
  readonly acceptedIdx: LogIndex;
}

/** The sender has promised `promise`, which is higher than the ballot of the message it got. */
export interface NotAccepted {
  readonly kind: 'notAccepted';
  readonly promise: Ballot;
}

export interface ProposalForward<T> {
  readonly kind: 'proposalForward';
  readonly entries: readonly T[];
}

/** Asks any server for decided entries from `fromIdx` on. */
export interface DecidedRequest {
  readonly kind: 'decidedRequest';
  readonly fromIdx: LogIndex;
}

/** Decided entries never change. `decidedRound`: see protocol section 5, never a bare promise. */
export interface DecidedEntries<T> extends LogSlice<T> {
  readonly kind: 'decidedEntries';
  /** The sender's decided length: more may follow on request. */
  readonly decidedIdx: LogIndex;
  readonly decidedRound: Ballot;
}

/** "Is your promise still n?" One round serves all reads that arrived before it. */
export interface ReadRequest {
  readonly kind: 'readRequest';
  readonly n: Ballot;
  readonly round: number;
}

export interface ReadConfirmation {
  readonly kind: 'readConfirmation';
  readonly n: Ballot;
  readonly round: number;
}

/** H5: only a server that is (Leader, Accept) of n in Sequence Paxos shows this. */
export interface LeaderProgress {
  readonly n: Ballot;
  readonly acceptedIdx: LogIndex;
  readonly decidedIdx: LogIndex;
}

/**
 * E8: "lead". The sender leads n and has sent the receiver all of its log, which was this long. The
 * receiver takes over where it is fit to; the sender leads on until somebody's Prepare ends that.
 */
export interface HandOver {
  readonly kind: 'handOver';
  readonly n: Ballot;
  readonly acceptedIdx: LogIndex;
}

export interface HeartbeatRequest {
  readonly kind: 'heartbeatRequest';
  readonly round: number;
  /** The sender's bare decided length: may trigger a decided transfer, never moves an index. */
  readonly decidedIdx: LogIndex;
  readonly progress: LeaderProgress | undefined;
}

export interface HeartbeatReply {
  readonly kind: 'heartbeatReply';
  readonly round: number;
  /** The sender's own ballot. */
  readonly ballot: Ballot;
  /** The ballot that the sender follows. */
  readonly leader: Ballot;
  readonly isHappy: boolean;
  /** H5: the sender's last released Accepted, repeated. */
  readonly accepted: { readonly n: Ballot; readonly acceptedIdx: LogIndex } | undefined;
}

export type MessageBody<T> =
  | Prepare
  | PromiseMessage<T>
  | PrepareRequest
  | AcceptSync<T>
  | AcceptDecide<T>
  | Decide
  | Accepted
  | NotAccepted
  | ProposalForward<T>
  | DecidedRequest
  | DecidedEntries<T>
  | ReadRequest
  | ReadConfirmation
  | HandOver
  | HeartbeatRequest
  | HeartbeatReply;

export interface Message<T> {
  readonly configurationId: ConfigurationId;
  readonly from: Pid;
  readonly to: Pid;
  readonly body: MessageBody<T>;
}
