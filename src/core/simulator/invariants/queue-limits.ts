/**
 * Limits (12): what waits, and what one message carries, stays within limits.ts (R1).
 */

import {
  MAX_CHUNK_BYTES,
  MAX_SYNC_BYTES,
  MAX_UNDECIDED_BYTES,
  MAX_WAITING_REQUESTS,
} from '../../limits.js';
import type { MessageBody } from '../../omnipaxos/messages.js';
import { InvariantViolation } from './invariant-violation.js';
import type { ObservedNode } from './observed-node.js';

export interface Queues {
  /** Encoded bytes behind the decided length. */
  readonly undecidedBytes: number;
  readonly sessionLimit: number;
}

export function checkQueues(node: ObservedNode, queues: Queues): void {
  const { pid, replica, stateMachine, consensus } = node;
  mustFit(pid, 'pending proposals', replica.pendingCount, MAX_WAITING_REQUESTS);
  mustFit(pid, 'sessions', stateMachine.sessionCount, queues.sessionLimit);
  // R2 binds who proposes; a follower may hold more that is decided elsewhere already.
  if (queues.undecidedBytes <= MAX_UNDECIDED_BYTES) return;
  if (consensus.getCurrentLeader()?.pid !== pid) return;
  mustFit(pid, 'undecided bytes', queues.undecidedBytes, MAX_UNDECIDED_BYTES);
}

/** One entry may always travel alone. */
export function checkMessageSize(pid: number, body: MessageBody<Uint8Array>): void {
  switch (body.kind) {
    case 'promise':
      mustFit(pid, 'bytes of a Promise', sizeOf(body.suffix.entries), MAX_SYNC_BYTES);
      break;
    case 'acceptSync':
      mustFit(pid, 'bytes of an AcceptSync', sizeOf(body.entries), MAX_SYNC_BYTES);
      break;
    case 'acceptDecide':
    case 'decidedEntries':
      mustFit(pid, `bytes of ${body.kind}`, sizeOf(body.entries), MAX_CHUNK_BYTES);
      break;
    case 'proposalForward':
      mustFit(pid, 'bytes of a forward', sizeOf(body.entries), MAX_UNDECIDED_BYTES);
      break;
    default:
      break;
  }
}

function sizeOf(entries: readonly Uint8Array[]): number {
  if (entries.length < 2) return 0;
  let bytes = 0;
  for (const entry of entries) bytes += entry.length;
  return bytes;
}

function mustFit(pid: number, what: string, count: number, limit: number): void {
  if (count <= limit) return;
  throw new InvariantViolation(12, `node ${pid} holds ${count} ${what}, the limit is ${limit}`);
}
