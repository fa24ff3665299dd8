/** Measurements as a run makes them, for the tests of what is made of them. */

import type { Measurement } from '../../bench/report.js';

export function measured(system: string, repetition: number, opsPerSecond: number): Measurement {
  const slices = [0, 100, 200].map((atMs) => ({ atMs, opsPerSecond, p50Ms: 1, p99Ms: 10 }));
  const rest = { operationCount: 7, p50Ms: 1, p99Ms: 2, p999Ms: 3, p9999Ms: 4, maxMs: 5, slices };
  const disk = { usedBytesPerPut: 60, allocatedBytes: 16_000_000 };
  return { system, repetition, result: { opsPerSecond, ...rest }, disk };
}
