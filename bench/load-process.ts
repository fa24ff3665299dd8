/**
 * One load process: a closed loop of callers on one driver, and what each call took.
 *
 * node load-process.js DRIVER OPTIONS_JSON, a process of its own, so that the load's garbage is not
 * the harness's. Prints one line of JSON. Callers wait for each answer; the warm-up is not counted.
 */

import { build } from 'hdr-histogram-js';
import type { Connect } from './system.js';

export interface LoadOptions {
  readonly address: string;
  readonly operation: 'put' | 'get';
  readonly concurrency: number;
  readonly valueBytes: number;
  readonly keyCount: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly operationCount: number;
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly p9999Ms: number;
  readonly maxMs: number;
}

/** Microseconds, up to a minute, three digits. */
const HISTOGRAM = {
  lowestDiscernibleValue: 1,
  highestTrackableValue: 60_000_000,
  numberOfSignificantValueDigits: 3,
} as const;

async function load(connect: Connect, options: LoadOptions): Promise<LoadResult> {
  const { concurrency, keyCount } = options;
  const driver = await connect(options);
  const histogram = build(HISTOGRAM);
  let sequence = 0;
  const keyAt = (i: number): string => `bench-${i % keyCount}`;
  const randomKey = (): string => keyAt(Math.floor(Math.random() * keyCount));
  if (options.operation === 'get') {
    const fill = async (): Promise<void> => {
      while (sequence < keyCount) await driver.put(keyAt(sequence), sequence++);
    };
    await Promise.all(Array.from({ length: concurrency }, fill));
  }
  const isGet = options.operation === 'get';
  // Not async, like the drivers: each layer of promises would cost as much as a call itself.
  const call = (): Promise<unknown> =>
    isGet ? driver.get(randomKey()) : driver.put(randomKey(), sequence++);
  const startMs = performance.now() + options.warmUpMs;
  const endMs = startMs + options.durationMs;
  const caller = async (): Promise<void> => {
    for (let beganMs = performance.now(); beganMs < endMs;) {
      await call();
      const nowMs = performance.now();
      if (beganMs >= startMs && nowMs <= endMs) histogram.recordValue((nowMs - beganMs) * 1_000);
      beganMs = nowMs;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  await driver.close();
  const percentileMs = (percentile: number): number =>
    histogram.getValueAtPercentile(percentile) / 1_000;
  return {
    operationCount: histogram.totalCount,
    opsPerSecond: (histogram.totalCount * 1_000) / options.durationMs,
    p50Ms: percentileMs(50),
    p99Ms: percentileMs(99),
    p999Ms: percentileMs(99.9),
    p9999Ms: percentileMs(99.99),
    maxMs: histogram.maxValue / 1_000,
  };
}

const [driverUrl, json] = process.argv.slice(2);
if (driverUrl === undefined || json === undefined) throw new Error('see the header');
const { connect } = (await import(driverUrl)) as { readonly connect: Connect };
process.stdout.write(`${JSON.stringify(await load(connect, JSON.parse(json) as LoadOptions))}\n`);
