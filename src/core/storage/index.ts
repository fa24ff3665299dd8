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
  type DirectoryIdentity,
} from './data-directory.js';
export { bytesCodec, jsonCodec, type EntryCodec } from './entry-codec.js';
