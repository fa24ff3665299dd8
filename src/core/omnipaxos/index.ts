/**
 * The door of the protocol room.
 */

export {
  ZERO_BALLOT,
  ballotsEqual,
  compareBallots,
  formatBallot,
  type Ballot,
  type ConfigurationId,
  type LogIndex,
  type Pid,
  type StoragePosition,
} from './ballot.js';
export type { Message, MessageBody } from './messages.js';
export {
  OmniPaxos,
  type LogRead,
  type OmniPaxosOptions,
  type OmniPaxosStatus,
  type ProtocolEvent,
  type ReadOutcome,
} from './omnipaxos.js';
export type { FlexibleQuorum } from './quorum.js';
export type {
  FlushOutcome,
  Storage,
  StorageBatch,
  StorageOperation,
  StoredState,
} from './storage-port.js';
