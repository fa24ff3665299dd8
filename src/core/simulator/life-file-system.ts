/**
 * The file system as one process sees it: what completes while it is stopped is told when it goes on.
 *
 * Calls go straight to the disk; only the news of completions passes the gate.
 */

import type { FileHandle, FileSystem } from '../platform/ports.js';
import type { Life } from './life.js';

type Done = (error: Error | undefined) => void;

export interface LifeFileSystemOptions {
  readonly disk: FileSystem;
  readonly life: Life;
  readonly onRenamed: (path: string) => void;
}

export function lifeFileSystem({ disk, life, onRenamed }: LifeFileSystemOptions): FileSystem {
  const later = (done: Done): Done => {
    return (error) => life.run(() => done(error));
  };
  return {
    status: (path) => disk.status(path),
    list: (directory) => disk.list(directory),
    makeDirectory: (path) => disk.makeDirectory(path),
    open: (path, mode) => lifeHandle(disk.open(path, mode), later),
    readFile: (path) => disk.readFile(path),
    rename: (from, to) => {
      disk.rename(from, to);
      onRenamed(to);
    },
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
    startDirectorySync: (path, done) => disk.startDirectorySync(path, later(done)),
    freeBytes: (path) => disk.freeBytes(path),
  };
}

function lifeHandle(handle: FileHandle, later: (done: Done) => Done): FileHandle {
  return {
    read: (position, length) => handle.read(position, length),
    writeSync: (bytes, position) => handle.writeSync(bytes, position),
    write: (bytes, position, done) => handle.write(bytes, position, later(done)),
    sync: (done) => handle.sync(later(done)),
    syncNow: () => handle.syncNow(),
    size: () => handle.size(),
    close: () => handle.close(),
  };
}
