/**
 * What the replica needs of the protocol: exactly the methods of `OmniPaxos` that it calls.
 *
 * Log entries are encoded commands. Naming the part that is used keeps the replica testable
 * against a scripted log, and shows at one glance what drives what.
 */

import type { OmniPaxos } from '../omnipaxos/omnipaxos.js';

export type { OmniPaxosStatus } from '../omnipaxos/omnipaxos.js';

export type Consensus = Pick<
  OmniPaxos<Uint8Array>,
  | 'appendAll'
  | 'refusal'
  | 'handleIncoming'
  | 'tick'
  | 'reconnected'
  | 'disconnected'
  | 'durable'
  | 'requestRead'
  | 'handOver'
  | 'takeOutgoingMessages'
  | 'takeReadyReads'
  | 'takeEvents'
  | 'readDecided'
  | 'getDecidedIdx'
  | 'getAcceptedIdx'
  | 'getCurrentLeader'
  | 'routesToLeader'
  | 'status'
>;
