/**
 * From a path to a log that may be written: guard, identity, recovery, in that order (D31).
 *
 * Whatever fails, the guard is given back and nothing else was changed. A directory is never made
 * here unless the caller asked for a new one.
 */

import type { HeldGuard } from '../platform/ports.js';
import { crc32 } from '../wire/checksum.js';
import {
  checkDirectory,
  cleanDirectory,
  createDataDirectory,
  parentOf,
  readIdentity,
  syncNameOf,
  withoutTrailingSlash,
  writeLockText,
} from './data-directory.js';
import type { DirectoryIdentity } from './identity.js';
import { LogFiles } from './log-files.js';
import {
  resolveLogOptions,
  type LogOptions,
  type PersistentStorageOptions,
} from './persistent-storage-config.js';
import { recoverLog, type RecoveredLog } from './recovery.js';
import { dataMissing, withIo } from './storage-errors.js';

export interface OpenedData {
  readonly path: string;
  readonly identity: DirectoryIdentity;
  readonly logOptions: LogOptions;
  readonly logFiles: LogFiles;
  readonly log: RecoveredLog;
  readonly guard: HeldGuard;
}

export async function openData<T>(options: PersistentStorageOptions<T>): Promise<OpenedData> {
  resolveLogOptions(options.logOptions);
  const { identity } = checkDirectory(options.ports.fileSystem, pathOf(options));
  const guard = await options.ports.guard.acquire(identity);
  try {
    return openHeldData(options, { guard, directoryIdentity: identity });
  } catch (error) {
    await guard.release();
    throw error;
  }
}

export interface HeldDirectory {
  readonly guard: HeldGuard;
  /** What the guard was taken for. */
  readonly directoryIdentity: string;
}

/** The same for a directory whose guard is held already. Whoever holds it gives it back. */
export function openHeldData<T>(
  options: PersistentStorageOptions<T>,
  { guard, directoryIdentity }: HeldDirectory,
): OpenedData {
  const { fileSystem, scheduler, logger, directFiles } = options.ports;
  const path = pathOf(options);
  const logOptions = resolveLogOptions(options.logOptions);
  // The directory may have been replaced while the guard was being taken.
  if (checkDirectory(fileSystem, path).identity !== directoryIdentity) {
    throw dataMissing(path, 'the directory was replaced while it was being opened');
  }
  const identity = readIdentity({ fileSystem, path, expected: options.identity });
  const judged = (): void => {
    // D3: whoever made the directory may have died before its name was durable.
    withIo(path, 'syncing the name of', () => syncNameOf(fileSystem, path));
    for (const file of withIo(path, 'cleaning', () => cleanDirectory(fileSystem, path))) {
      logger?.warn('storage.unknownFile', { file });
    }
    writeLockText(fileSystem, path, options.lockText ?? 'in use\n');
  };
  const { segmentBytes, sync } = logOptions;
  const logFiles = new LogFiles({ fileSystem, scheduler, directFiles, sync });
  const log = recoverLog({ fileSystem, logFiles, path, identity, segmentBytes, logger, judged });
  logger?.info('storage.opened', {
    path,
    acceptedIdx: log.state.acceptedIdx,
    decidedIdx: log.state.decidedIdx,
    segmentCount: log.paths.size,
    isDirect: logFiles.isDirect,
  });
  return { path, identity, logOptions, logFiles, log, guard };
}

/** Makes the directory and opens it. Two creators of one path exclude each other. */
export async function createData<T>(options: PersistentStorageOptions<T>): Promise<OpenedData> {
  const { fileSystem, guard: guards, random } = options.ports;
  const path = pathOf(options);
  resolveLogOptions(options.logOptions);
  const parent = fileSystem.status(parentOf(path))?.identity ?? 'none';
  const name = crc32(new TextEncoder().encode(path.slice(path.lastIndexOf('/') + 1)));
  const guard = await guards.acquire(`create-${parent}-${name}`);
  try {
    createDataDirectory({ fileSystem, random, path, identity: options.identity });
  } finally {
    await guard.release();
  }
  return openData(options);
}

function pathOf<T>(options: PersistentStorageOptions<T>): string {
  return withoutTrailingSlash(options.path);
}
