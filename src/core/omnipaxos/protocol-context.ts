/**
 * What the roles of one server share. Owned by the facade; holds no rule of its own.
 */

import type { Ballot, ConfigurationId, Pid } from './ballot.js';
import type { LeaderElection } from './leader-election.js';
import type { MessageBody } from './messages.js';
import type { Outbox } from './outbox.js';
import type { Quorum } from './quorum.js';
import type { ReplicatedLog } from './replicated-log.js';

export type ProtocolEvent =
  | { readonly kind: 'becameLeader'; readonly ballot: Ballot }
  /** Linearizable reads can be answered (Q4). */
  | { readonly kind: 'ready'; readonly ballot: Ballot }
  | { readonly kind: 'lostLeadership'; readonly ballot: Ballot }
  /** E8: this server leads `ballot` because the leader before told it to. */
  | { readonly kind: 'tookOver'; readonly ballot: Ballot }
  /** H11: the leader of `ballot` refuses proposals and reads until its quorum is back. */
  | { readonly kind: 'quorumLost'; readonly ballot: Ballot }
  | { readonly kind: 'quorumBack'; readonly ballot: Ballot }
  /** This server's log is in step with the leader of `ballot`, itself or another. */
  | { readonly kind: 'leaderKnown'; readonly ballot: Ballot }
  | { readonly kind: 'decidedTransfer'; readonly from: Pid; readonly toIdx: number };

export interface ProtocolContext<T> {
  readonly configurationId: ConfigurationId;
  readonly pid: Pid;
  readonly peers: readonly Pid[];
  readonly quorum: Quorum;
  readonly log: ReplicatedLog<T>;
  readonly outbox: Outbox<T>;
  readonly election: LeaderElection;
  readonly electionTickTimeout: number;
  readonly resendMessageTickTimeout: number;
  readonly emit: (event: ProtocolEvent) => void;
}

/** For messages that show what is in the log or the promise: wait for everything written so far. */
export function sendContent<T>(context: ProtocolContext<T>, to: Pid, body: MessageBody<T>): void {
  context.outbox.send(to, body, context.log.lastPosition);
}

/** For messages that show an own ballot: wait for the batch that made it the promise (P2). */
export function sendBallot<T>(context: ProtocolContext<T>, to: Pid, body: MessageBody<T>): void {
  context.outbox.send(to, body, context.log.ownBallotPosition);
}
