/**
 * The persistent storage for users of the library: the same class, on this machine's ports.
 *
 * The storage room itself names no file system, so that tests and the simulator can bring theirs.
 */

import { NodeDirectFiles } from './platform/direct-files.js';
import { nodeDirectoryGuard } from './platform/directory-guard.js';
import { nodeFileSystem } from './platform/node-file-system.js';
import { nodeRandom } from './platform/node-random.js';
import { nodeScheduler } from './platform/node-scheduler.js';
import {
  PersistentStorage as PortableStorage,
  type OpenedStorage,
  type PersistentStorageSettings,
  type StoragePorts,
} from './storage/index.js';

const sharedPorts: StoragePorts = {
  fileSystem: nodeFileSystem,
  guard: nodeDirectoryGuard,
  random: nodeRandom,
  scheduler: nodeScheduler,
};

/** A log on disk; made by `create`, `open` or `openOrCreate`. */
export type PersistentStorage<T> = PortableStorage<T>;

export const PersistentStorage = Object.freeze({
  /** Makes a new one. Throws OMNIKV_STORAGE_EXISTS where there is one. */
  create<T>(config: PersistentStorageSettings<T>): Promise<PersistentStorage<T>> {
    return PortableStorage.create(withPorts(config));
  },

  /** Opens an existing one. Throws OMNIKV_DATA_MISSING where there is none. */
  open<T>(config: PersistentStorageSettings<T>): Promise<PersistentStorage<T>> {
    return PortableStorage.open(withPorts(config));
  },

  /** Says which of the two it did. */
  openOrCreate<T>(config: PersistentStorageSettings<T>): Promise<OpenedStorage<T>> {
    return PortableStorage.openOrCreate(withPorts(config));
  },
});

/** Field by field: a config may be an object whose fields are getters of its class. */
function withPorts<T>(config: PersistentStorageSettings<T>): PersistentStorageSettings<T> & {
  readonly ports: StoragePorts;
} {
  const { path, logOptions, codec, identity, tailCacheBytes, lockText } = config;
  return {
    ...{ path, logOptions, codec, identity, tailCacheBytes, lockText },
    ports: { ...sharedPorts, directFiles: new NodeDirectFiles() },
  };
}
