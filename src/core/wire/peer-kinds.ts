/**
 * The one table of message kinds between nodes, and of the kinds of a log entry in a message.
 *
 * Numbers are never used twice. An unknown one is a typed error, not a guess (D4, N10). Entry kinds
 * leave room for stop signs: today there is only the normal entry of the owner.
 */

import type { MessageBody } from '../omnipaxos/messages.js';

export const MESSAGE_KIND = {
  prepare: 1,
  promise: 2,
  prepareRequest: 3,
  acceptSync: 4,
  acceptDecide: 5,
  decide: 6,
  accepted: 7,
  notAccepted: 8,
  proposalForward: 9,
  decidedRequest: 10,
  decidedEntries: 11,
  readRequest: 12,
  readConfirmation: 13,
  heartbeatRequest: 14,
  heartbeatReply: 15,
  handOver: 16,
} as const satisfies Record<MessageBody<Uint8Array>['kind'], number>;

export const ENTRY_KIND = { normal: 0 } as const;
