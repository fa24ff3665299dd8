/**
 * Writing files of a cluster directory: whole or not at all, and with an error that names the path.
 *
 * Everything is 0600 and 0700 (D1). Nothing here decides what to write.
 */

import { dirname } from 'node:path';

import { OmnikvError } from '../errors.js';
import type { FileSystem } from '../platform/ports.js';

/** Turns an errno of `action` into `OMNIKV_IO`; our own errors pass. */
export function reading<Result>(path: string, action: () => Result): Result {
  return guarded(`${path} cannot be read`, action);
}

export function writing<Result>(path: string, action: () => Result): Result {
  return guarded(`${path} cannot be written`, action);
}

function guarded<Result>(what: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof OmnikvError) throw error;
    throw ioError(what, error);
  }
}

export function ioError(what: string, error: unknown): OmnikvError {
  const reason = error instanceof Error ? error.message : String(error);
  return new OmnikvError('OMNIKV_IO', `${what}: ${reason}`, {
    suggestions: ['Look at the permissions of the cluster directory and at its free space.'],
    cause: error,
  });
}

/** Makes the directory and what is missing above it, and their names durable. */
export function ensureDirectory(fileSystem: FileSystem, path: string): void {
  writing(path, () => {
    const status = fileSystem.status(path);
    if (status?.kind === 'directory') return;
    if (status !== undefined) {
      throw new OmnikvError('OMNIKV_IO', `${path} is in the way: it is not a directory`);
    }
    if (dirname(path) !== path) ensureDirectory(fileSystem, dirname(path));
    try {
      fileSystem.makeDirectory(path);
    } catch (error) {
      // Another command made it meanwhile.
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    syncNames(fileSystem, dirname(path));
  });
}

function syncNames(fileSystem: FileSystem, directory: string): void {
  try {
    fileSystem.syncDirectory(directory);
  } catch (error) {
    // One may be allowed to make names in a directory, and not to open it.
    if (!hasCode(error, 'EACCES')) throw error;
  }
}

/** Readers see the old content or the new. */
export function writeFileAtomically(fileSystem: FileSystem, path: string, bytes: Uint8Array): void {
  writing(path, () => {
    const temporary = `${path}.${process.pid}.tmp`;
    removeIfThere(fileSystem, temporary);
    const file = fileSystem.open(temporary, 'create');
    try {
      file.writeSync(bytes, 0);
      file.syncNow();
    } finally {
      file.close();
    }
    fileSystem.rename(temporary, path);
    fileSystem.syncDirectory(dirname(path));
  });
}

export function removeIfThere(fileSystem: FileSystem, path: string): void {
  try {
    fileSystem.remove(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw ioError(`${path} cannot be removed`, error);
  }
}

/** Undefined where there is no such file. */
export function readIfThere(fileSystem: FileSystem, path: string): Uint8Array | undefined {
  try {
    return fileSystem.readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw ioError(`${path} cannot be read`, error);
  }
}

export function listIfThere(fileSystem: FileSystem, path: string): readonly string[] {
  try {
    return fileSystem.list(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw ioError(`${path} cannot be read`, error);
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
