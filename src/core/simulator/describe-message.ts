/**
 * A message of the protocol in one line, for the trace.
 */

import { formatBallot } from '../omnipaxos/ballot.js';
import type { LogSlice, Message } from '../omnipaxos/messages.js';

export function describeMessage<T>({ body }: Message<T>): string {
  switch (body.kind) {
    case 'prepare':
      return (
        `Prepare ${formatBallot(body.n)}, accepted ${body.acceptedIdx} in ` +
        `${formatBallot(body.acceptedRound)}, decided ${body.decidedIdx}`
      );
    case 'promise':
      return (
        `Promise ${formatBallot(body.n)}, accepted ${body.acceptedIdx} in ` +
        `${formatBallot(body.acceptedRound)}, decided ${body.decidedIdx}, suffix ${range(body.suffix)}`
      );
    case 'prepareRequest':
      return `PrepareRequest from ${formatBallot(body.n)}`;
    case 'acceptSync':
      return `AcceptSync ${formatBallot(body.n)} ${range(body)}, decided ${body.decidedIdx}`;
    case 'acceptDecide':
      return `AcceptDecide ${formatBallot(body.n)} ${range(body)}, decided ${body.decidedIdx}`;
    case 'decide':
      return `Decide ${formatBallot(body.n)}, decided ${body.decidedIdx}`;
    case 'accepted':
      return `Accepted ${formatBallot(body.n)}, ${body.acceptedIdx}`;
    case 'notAccepted':
      return `NotAccepted, promised ${formatBallot(body.promise)}`;
    case 'proposalForward':
      return `ProposalForward, ${body.entries.length} entries`;
    case 'decidedRequest':
      return `DecidedRequest from ${body.fromIdx}`;
    case 'decidedEntries':
      return `DecidedEntries ${range(body)} of ${body.decidedIdx}, round ${formatBallot(body.decidedRound)}`;
    case 'readRequest':
      return `ReadRequest ${formatBallot(body.n)}, round ${body.round}`;
    case 'readConfirmation':
      return `ReadConfirmation ${formatBallot(body.n)}, round ${body.round}`;
    case 'handOver':
      return `HandOver ${formatBallot(body.n)}, accepted ${body.acceptedIdx}`;
    case 'heartbeatRequest':
      return `HeartbeatRequest ${body.round}, decided ${body.decidedIdx}`;
    case 'heartbeatReply':
      return (
        `HeartbeatReply ${body.round}, ballot ${formatBallot(body.ballot)}, follows ` +
        `${formatBallot(body.leader)}, ${body.isHappy ? 'happy' : 'unhappy'}`
      );
  }
}

function range<T>({ firstIdx, entries }: LogSlice<T>): string {
  return `[${firstIdx}, ${firstIdx + entries.length})`;
}
