/**
 * The library: the replicated log, its storages, its configuration, and the client of the store.
 *
 * Re-exports only. What is not here is not for users and may change in any version.
 */

export { OmniPaxosConfig, type OmniPaxosConfigOptions } from './config/index.js';
export { connect, type Client } from './client/index.js';
export {
  describeError,
  ERROR_IDS,
  EXIT,
  isErrorId,
  OmnikvError,
  UnknownOutcomeError,
  type ErrorId,
} from './errors.js';
export type { Value } from './kv/value.js';
export { PersistentStorage } from './library.js';
export type { Ballot, LogIndex, Pid, StoragePosition } from './omnipaxos/ballot.js';
export type { Message, MessageBody } from './omnipaxos/messages.js';
export {
  OmniPaxos,
  type LogRead,
  type OmniPaxosOptions,
  type OmniPaxosStatus,
  type ProtocolEvent,
  type ReadOutcome,
} from './omnipaxos/omnipaxos.js';
export type { FlexibleQuorum } from './omnipaxos/quorum.js';
export type {
  FlushOutcome,
  Storage,
  StorageBatch,
  StorageOperation,
  StoredState,
} from './omnipaxos/storage-port.js';
export {
  bytesCodec,
  jsonCodec,
  LogOptions,
  MemoryStorage,
  PersistentStorageConfig,
  type EntryCodec,
  type LogOptionFields,
  type MemoryStorageOptions,
  type OpenedStorage,
  type PersistentStorageSettings,
  type StorageIdentity,
} from './storage/index.js';
