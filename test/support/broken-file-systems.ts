/**
 * File systems that break one promise each, as a storage would that forgot the call.
 *
 * A simulated disk that does not catch them proves nothing.
 */

import type { FileHandle, FileSystem } from '../../src/core/platform/ports.js';
import type { Wrap } from './storage-run.js';

type Handles = (handle: FileHandle, defer: (run: () => void) => void) => Partial<FileHandle>;
type Parts = Partial<FileSystem>;

function wrap(parts: (inner: FileSystem, defer: (run: () => void) => void) => Parts): Wrap {
  return (inner, queue) => {
    const defer = (run: () => void): void => queue.after(1, run);
    const own: FileSystem = {
      status: (path) => inner.status(path),
      list: (path) => inner.list(path),
      makeDirectory: (path) => inner.makeDirectory(path),
      open: (path, mode) => inner.open(path, mode),
      readFile: (path) => inner.readFile(path),
      rename: (from, to) => inner.rename(from, to),
      remove: (path) => inner.remove(path),
      syncDirectory: (path) => inner.syncDirectory(path),
      startDirectorySync: (path, done) => inner.startDirectorySync(path, done),
      freeBytes: (path) => inner.freeBytes(path),
    };
    return { ...own, ...parts(inner, defer) };
  };
}

function wrapHandles(handles: Handles): Wrap {
  return wrap((inner, defer) => ({
    open: (path, mode) => {
      const handle = inner.open(path, mode);
      const own: FileHandle = {
        read: (position, length) => handle.read(position, length),
        writeSync: (bytes, position) => handle.writeSync(bytes, position),
        write: (bytes, position, done) => handle.write(bytes, position, done),
        sync: (done) => handle.sync(done),
        syncNow: () => handle.syncNow(),
        size: () => handle.size(),
        close: () => handle.close(),
      };
      return { ...own, ...handles(handle, defer) };
    },
  }));
}

/** Calls `called` before every call, of the files too. */
export function beforeEveryCall(
  fileSystem: FileSystem,
  called: (name: string) => void,
): FileSystem {
  const watched = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get: (_, name) => {
        const method = Reflect.get(target, name) as (...given: unknown[]) => unknown;
        return (...given: unknown[]): unknown => {
          called(String(name));
          const result = method.apply(target, given);
          return name === 'open' ? watched(result as FileHandle) : result;
        };
      },
    });
  return watched(fileSystem);
}

export const BROKEN: Readonly<Record<string, Wrap>> = {
  'no fdatasync of a flush': wrapHandles((_handle, defer) => ({
    sync: (done) => defer(() => done(undefined)),
  })),
  'a flush is told before its fdatasync has ended': wrapHandles((handle, defer) => ({
    sync: (done) => {
      handle.sync(() => undefined);
      defer(() => done(undefined));
    },
  })),
  'a failed fdatasync is tried again': wrapHandles((handle) => ({
    sync: (done) => handle.sync((error) => (error ? handle.sync(done) : done(undefined))),
  })),
  'a failed fdatasync is ignored': wrapHandles((handle) => ({
    sync: (done) => handle.sync(() => done(undefined)),
  })),
  'the tail that was written anew is not synced': wrapHandles(() => ({
    syncNow: () => undefined,
  })),
  'the name of the tail that was written anew is not synced': wrap(() => ({
    syncDirectory: () => undefined,
  })),
  'the name of a new segment is not synced': wrap((_inner, defer) => ({
    startDirectorySync: (_path, done) => defer(() => done(undefined)),
  })),
  'the tail is written anew in place': wrap((inner) => ({
    rename: (from, to) => {
      if (inner.status(to) === undefined) {
        inner.rename(from, to);
        return;
      }
      const bytes = inner.readFile(from);
      const handle = inner.open(to, 'readWrite');
      handle.writeSync(bytes, 0);
      handle.close();
      inner.remove(from);
    },
  })),
};
