/**
 * Durability before send (8): when a message leaves, its sender's disk holds what it says.
 *
 * `shadow.durable` is what the storage has told to be durable; that the disk really holds it is
 * looked at in disk-audit.ts. P1: promises; P2: own ballots; P3: accepted entries with their round.
 */

import { compareBallots, formatBallot, type Ballot } from '../../omnipaxos/ballot.js';
import type { MessageBody, PromiseMessage } from '../../omnipaxos/messages.js';
import { areBytesEqual } from './entry-bytes.js';
import { InvariantViolation } from './invariant-violation.js';
import type { NodeShadow } from './node-shadow.js';

export function checkDurability(shadow: NodeShadow, body: MessageBody<Uint8Array>): void {
  switch (body.kind) {
    case 'promise':
      mustBePromised(shadow, body.n, 'P1: a Promise');
      mustHoldShownLog(shadow, body);
      break;
    case 'accepted':
      mustBeAccepted(shadow, body.n, body.acceptedIdx);
      break;
    case 'prepare':
    case 'acceptSync':
    case 'acceptDecide':
    case 'decide':
    case 'readRequest':
    case 'handOver':
      mustBePromised(shadow, body.n, `P2: ${body.kind}`);
      break;
    case 'notAccepted':
      mustBePromised(shadow, body.promise, 'notAccepted');
      break;
    case 'heartbeatReply':
      if (body.ballot.n > 0) mustBePromised(shadow, body.ballot, 'P2: the ballot of a heartbeat');
      if (body.leader.pid === shadow.pid) mustBePromised(shadow, body.leader, 'P2: a leader');
      if (body.accepted !== undefined) {
        mustBeAccepted(shadow, body.accepted.n, body.accepted.acceptedIdx);
      }
      break;
    case 'heartbeatRequest':
      if (body.progress !== undefined) mustBePromised(shadow, body.progress.n, 'P2: progress');
      break;
    // Q2: a confirmation says that nothing higher was promised; that needs no disk.
    case 'readConfirmation':
    case 'prepareRequest':
    case 'proposalForward':
    case 'decidedRequest':
    case 'decidedEntries':
      break;
  }
}

function mustBePromised({ pid, durable }: NodeShadow, ballot: Ballot, what: string): void {
  if (compareBallots(durable.promise, ballot) >= 0) return;
  throw new InvariantViolation(
    8,
    `${what} of ${formatBallot(ballot)} left node ${pid}, whose disk has promised ` +
      formatBallot(durable.promise),
  );
}

function mustBeAccepted(shadow: NodeShadow, n: Ballot, acceptedIdx: number): void {
  const { acceptedRound, entries } = shadow.durable;
  const order = compareBallots(acceptedRound, n);
  if (order > 0 || (order === 0 && entries.length >= acceptedIdx)) return;
  if (order === 0 && wasOverwritten(shadow, n)) return;
  throw new InvariantViolation(
    8,
    `P3: node ${shadow.pid} says accepted(${formatBallot(n)}, ${acceptedIdx}), its disk holds ` +
      `(${formatBallot(acceptedRound)}, ${entries.length})`,
  );
}

/** P1, P3: a Promise shows a log; what it shows is on the disk. */
function mustHoldShownLog(shadow: NodeShadow, body: PromiseMessage<Uint8Array>): void {
  mustBeAccepted(shadow, body.acceptedRound, body.acceptedIdx);
  const { acceptedRound, entries } = shadow.durable;
  const { firstIdx } = body.suffix;
  if (compareBallots(acceptedRound, body.acceptedRound) !== 0) return;
  if (wasOverwritten(shadow, acceptedRound)) return;
  body.suffix.entries.forEach((entry, at) => {
    if (areBytesEqual(entry, entries[firstIdx + at])) return;
    const what = `a Promise of node ${shadow.pid} shows an entry ${firstIdx + at}`;
    throw new InvariantViolation(8, `P3: ${what} that its disk does not hold`);
  });
}

/**
 * Decided entries of a later round may have cut an undecided suffix of this one in the meantime:
 * that was never chosen, so it does no harm that a message still speaks of it.
 */
function wasOverwritten({ durable }: NodeShadow, round: Ballot): boolean {
  return compareBallots(durable.decidedRound, round) > 0;
}
