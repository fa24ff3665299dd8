/**
 * Loaded into every process of a cluster before it starts: another way to the disk, or a slower one.
 *
 * OMNIKV_BENCH_SYNC=blocking takes every sync to the event loop, =buffered takes the log through the
 * page cache. OMNIKV_BENCH_SYNC_MS=5 makes each sync take that much longer, where it runs.
 */

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

type Done = (error: Error | null) => void;
type Wrote = (error: Error | null, written: number) => void;

const way = process.env.OMNIKV_BENCH_SYNC;
const extraMs = Number(process.env.OMNIKV_BENCH_SYNC_MS ?? '0');
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const original = { ...fs };
/** Descriptors whose every write is a sync too. */
const synced = new Set<number>();

function waitOnLoop(): void {
  if (extraMs > 0) Atomics.wait(sleeper, 0, 0, extraMs);
}

function waitBeside(run: () => void): void {
  if (extraMs > 0) setTimeout(run, extraMs);
  else run();
}

/** Runs it on the loop, and tells of it as if it had not. */
function onLoop<T>(run: () => T, done: (error: Error | null, result?: T) => void): void {
  let [failure, result]: [Error | null, T | undefined] = [null, undefined];
  try {
    result = run();
  } catch (error) {
    failure = error as Error;
  }
  setImmediate(() => done(failure, result));
}

const openSync: typeof fs.openSync = (path, flags, mode) => {
  const descriptor = original.openSync(path, flags, mode);
  if (typeof flags === 'number' && (flags & fs.constants.O_DSYNC) !== 0) synced.add(descriptor);
  return descriptor;
};

function closeSync(descriptor: number): void {
  synced.delete(descriptor);
  original.closeSync(descriptor);
}

function fdatasyncSync(descriptor: number): void {
  original.fdatasyncSync(descriptor);
  waitOnLoop();
}

function fdatasync(descriptor: number, done: Done): void {
  if (way === 'blocking') onLoop(() => fdatasyncSync(descriptor), done);
  else original.fdatasync(descriptor, (error) => waitBeside(() => done(error)));
}

/** Offset, length, position. */
type Place = [number, number, number];

function writeSync(descriptor: number, bytes: Uint8Array, ...place: Place): number {
  const written = original.writeSync(descriptor, bytes, ...place);
  if (synced.has(descriptor)) waitOnLoop();
  return written;
}

function write(descriptor: number, bytes: Uint8Array, ...rest: [...Place, Wrote]): void {
  const [offset, length, position, wrote] = rest;
  const isSync = synced.has(descriptor);
  if (isSync && way === 'blocking') {
    onLoop(
      () => writeSync(descriptor, bytes, offset, length, position),
      (error, written = 0) => wrote(error, written),
    );
    return;
  }
  original.write(descriptor, bytes, offset, length, position, (error, written) => {
    if (isSync) waitBeside(() => wrote(error, written));
    else wrote(error, written);
  });
}

Object.assign(fs, { openSync, closeSync, fdatasync, fdatasyncSync, write, writeSync });
syncBuiltinESMExports();
// Without it there is no memory for direct writes.
if (way === 'buffered') Reflect.deleteProperty(globalThis, 'WebAssembly');
