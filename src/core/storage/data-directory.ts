/**
 * A data directory as such: making one, and checking that a found one may be used.
 *
 * A directory is made whole or not at all (D3): built as `<path>.tmp`, synced, renamed. One that
 * lacks its identity or its log is refused, never initialised: a server that forgot what it
 * promised is worse than one that is down (P10).
 */

import { OmnikvError } from '../errors.js';
import type { FileStatus, FileSystem, FileSystemError, Random } from '../platform/ports.js';
import { stateDraft } from './batch-codec.js';
import {
  checkIdentity,
  checkPid,
  decodeIdentity,
  encodeIdentity,
  normalizeClusterId,
  recordSeed,
  type DirectoryIdentity,
} from './identity.js';
import { hex } from './little-endian.js';
import type { StorageIdentity } from './persistent-storage-config.js';
import { recordBytes, writeRecord } from './record.js';
import { encodeSegmentHeader, segmentFileName, SEGMENT_HEADER_BYTES } from './segment-header.js';
import { dataMissing, ioError, withIo } from './storage-errors.js';
import { EMPTY_STATE } from './stored-state.js';

export const IDENTITY_FILE = 'IDENTITY';
export const LOCK_FILE = 'LOCK';
const LOG_DIRECTORY = 'log';
const SNAPSHOT_DIRECTORY = 'snap';
const KNOWN_NAMES: ReadonlySet<string> = new Set([
  IDENTITY_FILE,
  LOCK_FILE,
  LOG_DIRECTORY,
  SNAPSHOT_DIRECTORY,
]);

export function logPathOf(path: string): string {
  return `${path}/${LOG_DIRECTORY}`;
}

export function snapshotPathOf(path: string): string {
  return `${path}/${SNAPSHOT_DIRECTORY}`;
}

export interface CreateDataDirectoryOptions {
  readonly fileSystem: FileSystem;
  readonly random: Random;
  readonly path: string;
  /** Where it is not given, a cluster id is drawn and the pid stays 0: nobody's. */
  readonly identity?: StorageIdentity | undefined;
}

/**
 * D3: built as `<path>.tmp`, then renamed. Does not open it. Throws OMNIKV_STORAGE_EXISTS where
 * the path is anything but free or an empty directory.
 */
export function createDataDirectory(options: CreateDataDirectoryOptions): DirectoryIdentity {
  const { fileSystem, random } = options;
  const path = withoutTrailingSlash(options.path);
  const identity = drawIdentity(options.identity, random);
  checkIsFree(fileSystem, path);
  withIo(path, 'creating', () => {
    const parent = parentOf(path);
    makeMissingDirectories(fileSystem, parent);
    const temporary = `${path}.tmp`;
    removeUnfinished(fileSystem, temporary);
    fileSystem.makeDirectory(temporary);
    fileSystem.makeDirectory(logPathOf(temporary));
    fileSystem.makeDirectory(snapshotPathOf(temporary));
    const identityFile = `${temporary}/${IDENTITY_FILE}`;
    writeNewFile(fileSystem, `${identityFile}.tmp`, encodeIdentity(identity));
    fileSystem.rename(`${identityFile}.tmp`, identityFile);
    const firstSegment = `${logPathOf(temporary)}/${segmentFileName(1, 0)}`;
    writeNewFile(fileSystem, firstSegment, encodeFirstSegment(identity));
    fileSystem.syncDirectory(logPathOf(temporary));
    fileSystem.syncDirectory(snapshotPathOf(temporary));
    fileSystem.syncDirectory(temporary);
    fileSystem.rename(temporary, path);
    fileSystem.syncDirectory(parent);
  });
  return identity;
}

function drawIdentity(given: StorageIdentity | undefined, random: Random): DirectoryIdentity {
  const dirId = hex(random.bytes(16));
  if (given === undefined) return { clusterId: hex(random.bytes(16)), pid: 0, dirId };
  checkPid(given.pid);
  return { clusterId: normalizeClusterId(given.clusterId), pid: given.pid, dirId };
}

/** A log without a segment is a lost log, so a new one has one: header and State (D7). */
function encodeFirstSegment(identity: DirectoryIdentity): Uint8Array {
  const draft = stateDraft(EMPTY_STATE);
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES + recordBytes(draft));
  bytes.set(encodeSegmentHeader({ seq: 1, chain: 0, firstLsn: 1, firstIndex: 0 }, identity));
  const head = { nextLsn: 1, prevHeaderCrc: 0, syncedLsn: 0 };
  writeRecord(bytes, SEGMENT_HEADER_BYTES, draft, { head, seed: recordSeed(identity) });
  return bytes;
}

function checkIsFree(fileSystem: FileSystem, path: string): void {
  const status = withIo(path, 'looking at', () => fileSystem.status(path));
  if (status === undefined) return;
  const names = status.kind === 'directory' ? namesIn(fileSystem, path) : [];
  if (status.kind === 'directory' && names.length === 0) return;
  const what = names.includes(IDENTITY_FILE)
    ? 'there is a storage already'
    : status.kind === 'directory'
      ? `the directory is not empty (${names.slice(0, 3).join(', ')})`
      : 'there is a file already';
  throw new OmnikvError('OMNIKV_STORAGE_EXISTS', `${path}: ${what}`);
}

/** Whether there is nothing at the path that open could refuse: no directory, or an empty one. */
export function isDataAbsent(fileSystem: FileSystem, path: string): boolean {
  const status = withIo(path, 'looking at', () => fileSystem.status(path));
  if (status === undefined) return true;
  return status.kind === 'directory' && namesIn(fileSystem, path).length === 0;
}

function namesIn(fileSystem: FileSystem, path: string): readonly string[] {
  return withIo(path, 'listing', () => fileSystem.list(path));
}

/** The directory at `path`. Throws OMNIKV_DATA_MISSING or OMNIKV_INSECURE_PERMISSIONS. */
export function checkDirectory(fileSystem: FileSystem, path: string): FileStatus {
  const status = withIo(path, 'looking at', () => fileSystem.status(path));
  if (status?.kind !== 'directory') throw dataMissing(path, 'there is no data directory');
  if ((status.mode & 0o022) !== 0) {
    throw new OmnikvError(
      'OMNIKV_INSECURE_PERMISSIONS',
      `${path} has mode ${status.mode.toString(8)}: others may write to it`,
      { suggestions: [`chmod 700 ${path}`] },
    );
  }
  return status;
}

export interface ReadIdentityOptions {
  readonly fileSystem: FileSystem;
  readonly path: string;
  /** D2: what it must be. */
  readonly expected?: StorageIdentity | undefined;
}

/** Reads and checks IDENTITY, nothing else. Never repairs. */
export function readIdentity({
  fileSystem,
  path,
  expected,
}: ReadIdentityOptions): DirectoryIdentity {
  const file = `${path}/${IDENTITY_FILE}`;
  const status = withIo(file, 'looking at', () => fileSystem.status(file));
  if (status === undefined) {
    const parent = withIo(path, 'looking at', () => fileSystem.status(path));
    const names = parent?.kind === 'directory' ? namesIn(fileSystem, path) : [];
    const found = names.length === 0 ? 'is empty or gone' : 'has no IDENTITY file';
    throw dataMissing(path, `the data directory ${found}`);
  }
  const identity = decodeIdentity(
    withIo(file, 'reading', () => fileSystem.readFile(file)),
    file,
  );
  if (expected !== undefined) checkIdentity(identity, expected, file);
  return identity;
}

/** D5: leftovers go, unknown files stay and are named. Only under the guard (D31). */
export function cleanDirectory(fileSystem: FileSystem, path: string): readonly string[] {
  const unknown: string[] = [];
  for (const directory of [path, logPathOf(path), snapshotPathOf(path)]) {
    if (fileSystem.status(directory) === undefined) continue;
    for (const name of fileSystem.list(directory)) {
      const file = `${directory}/${name}`;
      const isKnown = directory === path ? KNOWN_NAMES.has(name) : /\.(seg|snap|torn)$/.test(name);
      if (name.endsWith('.tmp') && fileSystem.status(file)?.kind === 'file') {
        fileSystem.remove(file);
      } else if (!isKnown) {
        unknown.push(file);
      }
    }
  }
  return unknown;
}

/** D30: for people, so it need not survive a crash. */
export function writeLockText(fileSystem: FileSystem, path: string, text: string): void {
  const file = `${path}/${LOCK_FILE}`;
  withIo(file, 'writing', () => {
    if (fileSystem.status(file) !== undefined) fileSystem.remove(file);
    const handle = fileSystem.open(file, 'create');
    handle.writeSync(new TextEncoder().encode(text), 0);
    handle.close();
  });
}

export function writeNewFile(fileSystem: FileSystem, path: string, bytes: Uint8Array): void {
  const handle = fileSystem.open(path, 'create');
  try {
    handle.writeSync(bytes, 0);
    handle.syncNow();
  } finally {
    handle.close();
  }
}

export function withoutTrailingSlash(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed !== '') return trimmed;
  throw ioError(path, 'using', new Error('not a path for a data directory'));
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  if (slash < 0) return '.';
  return slash === 0 ? '/' : path.slice(0, slash);
}

function makeMissingDirectories(fileSystem: FileSystem, path: string): void {
  const parent = parentOf(path);
  if (fileSystem.status(path) !== undefined) {
    // It may be the last that an unfinished creation made: one that was not synced yet.
    syncNameOf(fileSystem, path);
    return;
  }
  makeMissingDirectories(fileSystem, parent);
  fileSystem.makeDirectory(path);
  fileSystem.syncDirectory(parent);
}

/**
 * Makes the name of an existing directory durable. Whoever may not even list its parent has made
 * nothing there, so there is nothing to sync.
 */
export function syncNameOf(fileSystem: FileSystem, path: string): void {
  try {
    fileSystem.syncDirectory(parentOf(path));
  } catch (error) {
    if ((error as FileSystemError).code !== 'EACCES') throw error;
  }
}

/** What a crash while creating left behind; anything else under that name is not ours to remove. */
function removeUnfinished(fileSystem: FileSystem, temporary: string): void {
  if (fileSystem.status(temporary) === undefined) return;
  const expected: readonly [directory: string, names: RegExp][] = [
    [logPathOf(temporary), /^0{15}1-0{16}\.seg$/],
    [snapshotPathOf(temporary), /^$/],
    [temporary, /^(IDENTITY|IDENTITY\.tmp|log|snap)$/],
  ];
  const contents = expected
    .filter(([directory]) => fileSystem.status(directory)?.kind === 'directory')
    .map(([directory, names]) => ({ directory, names, found: fileSystem.list(directory) }));
  for (const { directory, names, found } of contents) {
    const foreign = found.find((name) => !names.test(name));
    if (foreign === undefined) continue;
    throw new OmnikvError(
      'OMNIKV_STORAGE_EXISTS',
      `${directory}/${foreign} is in the way: no storage was being made there`,
    );
  }
  for (const { directory, found } of contents) {
    const isRoot = directory === temporary;
    const files = found.filter((name) => !isRoot || name.startsWith(IDENTITY_FILE));
    for (const name of files) fileSystem.remove(`${directory}/${name}`);
    fileSystem.remove(directory);
  }
}
