/** One run: a system anew in an empty directory, loaded, looked at, stopped and removed. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskUseOf } from './disk.js';
import type { LoadResult } from './latencies.js';
import { measure } from './measure.js';
import type { RunOptions } from './options.js';
import type { RunningNode } from './system.js';
import type { MeasuredSystem } from './systems.js';

/** The mean of the nodes. */
export interface NodeDisk {
  readonly usedBytesPerPut: number;
  readonly allocatedBytes: number;
}

export interface RunResult {
  readonly result: LoadResult;
  readonly disk: NodeDisk;
}

export async function runOnce(
  { system, driver }: MeasuredSystem,
  options: RunOptions,
  signal: AbortSignal,
): Promise<RunResult> {
  const directory = await mkdtemp(join(tmpdir(), 'omnikv-bench-'));
  try {
    const running = await system.start({ directory, nodeCount: options.nodeCount });
    try {
      const driverUrl = new URL(driver, import.meta.url).href;
      const own = { ...options, address: running.address };
      const { result, putCount } = await measure({ driverUrl, options: own, signal });
      return { result, disk: await diskOf(running.nodes, putCount) };
    } finally {
      await running.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Aborted by Ctrl-C, so that what was started is stopped and removed. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  return controller.signal;
}

/** Before the first repetition, not in the middle of it. */
export async function refuseMissing(systems: readonly MeasuredSystem[]): Promise<void> {
  for (const { system } of systems) {
    const missing = await system.missing();
    if (missing !== undefined) throw new Error(`${system.name}: ${missing}`);
  }
}

async function diskOf(nodes: readonly RunningNode[], putCount: number): Promise<NodeDisk> {
  const uses = await Promise.all(nodes.map(({ dataPath }) => diskUseOf(dataPath)));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    usedBytesPerPut: mean(uses.map(({ usedBytes }) => usedBytes)) / putCount,
    allocatedBytes: mean(uses.map(({ allocatedBytes }) => allocatedBytes)),
  };
}
