/** Placeholder of the signature; the implementation follows. */
import type { FileSystem, Random } from '../platform/ports.js';
import type { StorageIdentity } from './persistent-storage-config.js';

export interface DirectoryIdentity extends StorageIdentity {
  /** Drawn when the directory was made: 32 hexadecimal digits. */
  readonly dirId: string;
}

export interface CreateDataDirectoryOptions {
  readonly fileSystem: FileSystem;
  readonly random: Random;
  readonly path: string;
  readonly identity?: StorageIdentity | undefined;
}

/** D3: built as `<path>.tmp`, then renamed. Throws OMNIKV_STORAGE_EXISTS. Does not open it. */
export function createDataDirectory(_options: CreateDataDirectoryOptions): DirectoryIdentity {
  throw new Error('not built yet');
}

/** Reads and checks IDENTITY, nothing else. */
export function readIdentity(_options: {
  readonly fileSystem: FileSystem;
  readonly path: string;
}): DirectoryIdentity {
  throw new Error('not built yet');
}
