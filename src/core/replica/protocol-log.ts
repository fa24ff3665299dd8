/**
 * What happens in the protocol, as lines of the node's log.
 */

import { formatBallot } from '../omnipaxos/ballot.js';
import type { ProtocolEvent } from '../omnipaxos/omnipaxos.js';
import type { Logger } from '../platform/ports.js';

const EVENT_NAMES: Readonly<Record<Exclude<ProtocolEvent['kind'], 'decidedTransfer'>, string>> = {
  becameLeader: 'became-leader',
  tookOver: 'took-over',
  ready: 'leader-ready',
  lostLeadership: 'lost-leadership',
  quorumLost: 'quorum-lost',
  quorumBack: 'quorum-back',
  leaderKnown: 'leader-known',
};

export function logProtocolEvent(logger: Logger, event: ProtocolEvent): void {
  if (event.kind === 'decidedTransfer') {
    logger.info('decided-transfer', { from: event.from, toIdx: event.toIdx });
    return;
  }
  logger.info(EVENT_NAMES[event.kind], { ballot: formatBallot(event.ballot) });
}
