/**
 * Loaded into every process of a cluster before it starts: another way to fdatasync, or a slower disk.
 *
 * OMNIKV_BENCH_SYNC=blocking calls it on the event loop; OMNIKV_BENCH_SYNC_MS=5 makes each call take
 * that much longer, on the loop or beside it as the first says.
 */

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

type Done = (error: Error | null) => void;

const isBlocking = process.env.OMNIKV_BENCH_SYNC === 'blocking';
const extraMs = Number(process.env.OMNIKV_BENCH_SYNC_MS ?? '0');
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const inThread = fs.fdatasync;
const onLoop = fs.fdatasyncSync;

function slowOnLoop(descriptor: number): void {
  onLoop(descriptor);
  if (extraMs > 0) Atomics.wait(sleeper, 0, 0, extraMs);
}

function blocking(descriptor: number, done: Done): void {
  let failure: Error | null = null;
  try {
    slowOnLoop(descriptor);
  } catch (error) {
    failure = error as Error;
  }
  setImmediate(() => done(failure));
}

function beside(descriptor: number, done: Done): void {
  inThread(descriptor, (error) => {
    if (extraMs > 0) setTimeout(() => done(error), extraMs);
    else done(error);
  });
}

fs.fdatasyncSync = slowOnLoop;
fs.fdatasync = Object.assign(isBlocking ? blocking : beside, {
  __promisify__: inThread.__promisify__,
});
syncBuiltinESMExports();
