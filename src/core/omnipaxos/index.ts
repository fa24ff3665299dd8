/**
 * The door of the protocol room.
 */

export type { Ballot, ConfigurationId, LogIndex, Pid, StoragePosition } from './ballot.js';
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
