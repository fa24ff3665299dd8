/**
 * The heartbeat messages: what the election and the log repair (H5) tell one another.
 */

import { ballotsEqual, type Pid } from './ballot.js';
import type { HeartbeatReply, LeaderProgress } from './messages.js';
import { sendBallot, type ProtocolContext } from './protocol-context.js';

/** Asks every peer, also those whose connection is closed: it may have come back. */
export function sendHeartbeatRequests<T>(
  context: ProtocolContext<T>,
  progress: LeaderProgress | undefined,
): void {
  const { decidedIdx } = context.log;
  const { round } = context.election;
  for (const pid of context.peers) {
    sendBallot(context, pid, { kind: 'heartbeatRequest', round, decidedIdx, progress });
  }
}

export function sendHeartbeatReply<T>(context: ProtocolContext<T>, to: Pid, round: number): void {
  const { election } = context;
  sendBallot(context, to, {
    kind: 'heartbeatReply',
    round,
    ballot: election.ballot,
    leader: election.leader,
    isHappy: election.isHappy,
    accepted: durableAccepted(context),
  });
}

/** H5: the last Accepted that may have left: round and entries are on the disk (P3). */
function durableAccepted<T>({ log }: ProtocolContext<T>): HeartbeatReply['accepted'] {
  const { round: n, acceptedIdx } = log.durableAccept;
  return log.isSynced && ballotsEqual(n, log.promise) ? { n, acceptedIdx } : undefined;
}

/** P5: how long, in ticks, the oldest outstanding flush has been under way. */
export class FlushAge {
  ticks = 0;
  #durablePosition = 0;

  tick(log: { readonly lastPosition: number; readonly durablePosition: number }): void {
    const isOutstanding = log.lastPosition > log.durablePosition;
    const isSameFlush = this.#durablePosition === log.durablePosition;
    this.ticks = isOutstanding && isSameFlush ? this.ticks + 1 : 0;
    this.#durablePosition = log.durablePosition;
  }
}
