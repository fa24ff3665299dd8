/**
 * The door of the storage room: logs in memory and on disk behind one contract.
 */

export { MemoryStorage, type MemoryStorageOptions } from './memory-storage.js';
export { PersistentStorage, type OpenedStorage } from './persistent-storage.js';
export {
  LogOptions,
  PersistentStorageConfig,
  type LogOptionFields,
  type PersistentStorageOptions,
  type PersistentStorageSettings,
  type StorageIdentity,
  type StoragePorts,
} from './persistent-storage-config.js';
export {
  createDataDirectory,
  readIdentity,
  type CreateDataDirectoryOptions,
  type ReadIdentityOptions,
} from './data-directory.js';
export type { HeldDirectory } from './open-data.js';
export type { DirectoryIdentity } from './identity.js';
export { bytesCodec, jsonCodec, type EntryCodec } from './entry-codec.js';
export {
  inspectLog,
  verifyLog,
  type InspectedItem,
  type InspectedOperation,
  type InspectionOptions,
  type LogProblem,
  type LogVerification,
} from './inspection.js';
