/** Every figure of every repetition, a line each. */

import type { Measurement } from './report.js';

const COLUMNS: Readonly<Record<string, (measurement: Measurement) => string | number>> = {
  system: ({ system }) => system,
  repetition: ({ repetition }) => repetition,
  operations: ({ result }) => result.operationCount,
  per_second: ({ result }) => result.opsPerSecond,
  p50_ms: ({ result }) => result.p50Ms,
  p99_ms: ({ result }) => result.p99Ms,
  p99_9_ms: ({ result }) => result.p999Ms,
  p99_99_ms: ({ result }) => result.p9999Ms,
  max_ms: ({ result }) => result.maxMs,
  disk_bytes_per_put: ({ disk }) => disk.usedBytesPerPut,
  disk_bytes: ({ disk }) => disk.allocatedBytes,
};

/** No cell needs quotes: names of systems are words. */
export function renderCsv(measurements: readonly Measurement[]): string {
  const rows = measurements.map((measurement) =>
    Object.values(COLUMNS).map((column) => String(column(measurement))),
  );
  return [Object.keys(COLUMNS), ...rows].map((row) => `${row.join(',')}\n`).join('');
}
