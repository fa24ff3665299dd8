/**
 * Decided transfer: decided entries never change, so any server may hand them to any other.
 *
 * This is how a lagging server catches up, ahead of an AcceptSync or without a link to the leader.
 * What travels is the source's *decided round*, not its promise (X1): a bare promise would carry a
 * dead candidate's ballot through the cluster and depose a healthy leader.
 */

import type { LogIndex, Pid } from './ballot.js';
import type { DecidedEntries, DecidedRequest } from './messages.js';
import { sendBallot, type ProtocolContext } from './protocol-context.js';
import { MAX_CHUNK_BYTES } from '../limits.js';

/** Sends decided entries from `fromIdx` on, as many as one chunk holds; nothing if there are none. */
export function sendChunk<T>(context: ProtocolContext<T>, to: Pid, fromIdx: LogIndex): void {
  const { log } = context;
  if (fromIdx >= log.decidedIdx || fromIdx < log.compactedIdx) return;
  const { decidedIdx, decidedRound } = log;
  const entries = log.entries(fromIdx, decidedIdx, MAX_CHUNK_BYTES);
  sendBallot(context, to, {
    kind: 'decidedEntries',
    firstIdx: fromIdx,
    entries,
    decidedIdx,
    decidedRound,
  });
}

export function handleDecidedRequest<T>(
  context: ProtocolContext<T>,
  from: Pid,
  message: DecidedRequest,
): void {
  sendChunk(context, from, message.fromIdx);
}

/** Installs a chunk and asks for the next. False where it held nothing new, or does not join. */
export function installChunk<T>(
  context: ProtocolContext<T>,
  from: Pid,
  message: DecidedEntries<T>,
): boolean {
  const { log } = context;
  const endIdx = message.firstIdx + message.entries.length;
  if (message.firstIdx > log.decidedIdx || endIdx <= log.decidedIdx) return false;
  log.assertDecidedAgree(message);
  log.installDecided(message, message.decidedRound);
  context.emit({ kind: 'decidedTransfer', from, toIdx: log.decidedIdx });
  return true;
}

export function requestDecided<T>(context: ProtocolContext<T>, from: Pid): void {
  sendBallot(context, from, { kind: 'decidedRequest', fromIdx: context.log.decidedIdx });
}
