/**
 * omnikv and others under the same load, in turns, as ratios of one run.
 *
 * npm run bench -- --vs skeleton,etcd --op put --concurrency 256 --repetitions 5
 *
 * Each repetition starts every system anew in an empty directory, loads it from one process and
 * stops it before the next begins, so that none disturbs another. A ratio is taken within a
 * repetition: the machine drifts by more than what is measured.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LoadOptions, LoadResult } from './load-process.js';
import { measure } from './measure.js';
import { renderRatios, renderResults, type Measurement } from './report.js';
import { systemsAgainst, type MeasuredSystem } from './systems.js';

interface BenchOptions extends Omit<LoadOptions, 'address'> {
  readonly systems: readonly MeasuredSystem[];
  readonly nodeCount: number;
  readonly repetitions: number;
  readonly isJson: boolean;
}

function readOptions(): BenchOptions {
  const { values } = parseArgs({
    options: {
      vs: { type: 'string', default: 'skeleton' },
      op: { type: 'string', default: 'put' },
      concurrency: { type: 'string', default: '256' },
      'value-size': { type: 'string', default: '8' },
      keys: { type: 'string', default: '1000' },
      duration: { type: 'string', default: '5' },
      'warm-up': { type: 'string', default: '1' },
      repetitions: { type: 'string', default: '3' },
      nodes: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const { op } = values;
  if (op !== 'put' && op !== 'get') throw new Error(`--op ${op}: it is put or get`);
  return {
    systems: systemsAgainst(values.vs),
    operation: op,
    concurrency: countOf('concurrency', values.concurrency),
    valueBytes: countOf('value-size', values['value-size']),
    keyCount: countOf('keys', values.keys),
    durationMs: 1_000 * countOf('duration', values.duration),
    warmUpMs: 1_000 * countOf('warm-up', values['warm-up']),
    repetitions: countOf('repetitions', values.repetitions),
    nodeCount: countOf('nodes', values.nodes),
    isJson: values.json,
  };
}

/** Durations are whole seconds here. */
function countOf(name: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new Error(`--${name} ${text}: it is a whole number from 1`);
}

/** Rejects at Ctrl-C, so that what was started is stopped and removed. */
const interrupted = new Promise<never>((_, reject) => {
  process.once('SIGINT', () => reject(new Error('interrupted')));
});
interrupted.catch(() => undefined);

function loadOptionsOf({ systems: _, ...rest }: BenchOptions): Omit<BenchOptions, 'systems'> {
  return rest;
}

/** Before the first repetition, not in the middle of it. */
async function refuseMissing(systems: readonly MeasuredSystem[]): Promise<void> {
  for (const { system } of systems) {
    const missing = await system.missing();
    if (missing !== undefined) throw new Error(`${system.name}: ${missing}`);
  }
}

async function runOnce(
  { system, driver }: MeasuredSystem,
  options: BenchOptions,
): Promise<LoadResult> {
  const directory = await mkdtemp(join(tmpdir(), 'omnikv-bench-'));
  try {
    const running = await system.start({ directory, nodeCount: options.nodeCount });
    try {
      const driverUrl = new URL(driver, import.meta.url).href;
      const warmUpMs = Math.max(options.warmUpMs, system.minWarmUpMs ?? 0);
      const own = { warmUpMs, address: running.address };
      const load = measure(driverUrl, { ...loadOptionsOf(options), ...own });
      return await Promise.race([load, interrupted]);
    } finally {
      await running.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runAll(options: BenchOptions): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (let repetition = 1; repetition <= options.repetitions; repetition++) {
    for (const entry of options.systems) {
      const result = await runOnce(entry, options);
      measurements.push({ system: entry.system.name, repetition, result });
      const rate = Math.round(result.opsPerSecond).toLocaleString('en');
      process.stderr.write(
        `${repetition}/${options.repetitions} ${entry.system.name}: ${rate}/s\n`,
      );
    }
  }
  return measurements;
}

function print(options: BenchOptions, measurements: readonly Measurement[]): void {
  if (options.isJson) {
    process.stdout.write(`${JSON.stringify({ options: loadOptionsOf(options), measurements })}\n`);
    return;
  }
  for (const { system } of options.systems) {
    process.stdout.write(`${system.name}: ${system.durability}\n`);
  }
  process.stdout.write(`${renderResults(measurements)}\n${renderRatios(measurements, 'omnikv')}\n`);
}

try {
  const options = readOptions();
  await refuseMissing(options.systems);
  print(options, await runAll(options));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
