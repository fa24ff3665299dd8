/** What every script does around its measuring: directories, systems, stopping them, and errors. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyName } from './keys.js';
import type { LoadResult } from './latencies.js';
import { measure } from './measure.js';
import {
  WARM_UP_MS,
  type Connect,
  type Driver,
  type DriverOptions,
  type RunningSystem,
  type StartOptions,
} from './system.js';
import type { MeasuredSystem } from './systems.js';

/** Rejects at Ctrl-C, so that what was started is stopped and removed. */
const interrupted = new Promise<never>((_, reject) => {
  process.once('SIGINT', () => reject(new Error('interrupted')));
});
interrupted.catch(() => undefined);

/** Runs `use` on the system, started in an empty directory; stops and removes it in the end. */
export async function withSystem<R>(
  { system }: MeasuredSystem,
  nodeCount: StartOptions['nodeCount'],
  use: (running: RunningSystem, directory: string) => Promise<R>,
): Promise<R> {
  const missing = await system.missing();
  if (missing !== undefined) throw new Error(`${system.name}: ${missing}`);
  const directory = await mkdtemp(join(tmpdir(), 'omnikv-bench-'));
  try {
    const running = await system.start({ directory, nodeCount });
    try {
      return await Promise.race([use(running, directory), interrupted]);
    } finally {
      await running.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export async function connectTo(
  { driver }: MeasuredSystem,
  options: DriverOptions,
): Promise<Driver> {
  const { connect } = (await import(driver)) as { readonly connect: Connect };
  return await connect(options);
}

/** 8-byte puts in a closed loop. */
export async function loadPuts(
  { driver }: MeasuredSystem,
  { address }: RunningSystem,
  load: {
    readonly concurrency: number;
    readonly keyCount: number;
    readonly durationMs: number;
    /** Default: 8, which are numbers. */
    readonly valueBytes?: number;
    /** Default: WARM_UP_MS. */
    readonly warmUpMs?: number;
  },
): Promise<LoadResult> {
  const { result } = await measure({
    driverUrl: new URL(driver, import.meta.url).href,
    options: {
      ...{ address, operation: 'put', readRatio: 0, valueBytes: 8, warmUpMs: WARM_UP_MS },
      ...{ distribution: 'uniform', processCount: 1 },
      ...load,
    },
    signal: new AbortController().signal,
  });
  return result;
}

/** Writes the keys [from, to) that the load process draws from. */
export async function fillKeys(
  driver: Driver,
  range: { readonly from: number; readonly to: number; readonly concurrency: number },
): Promise<void> {
  let next = range.from;
  const writer = async (): Promise<void> => {
    while (next < range.to) {
      const sequence = next++;
      await driver.put(keyName(sequence), sequence);
    }
  };
  await Promise.all(Array.from({ length: range.concurrency }, writer));
}

/** Prints what went wrong instead of throwing it. */
export async function runScript(name: string, script: () => Promise<void>): Promise<void> {
  try {
    await script();
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
