/**
 * What a run printed: the median of the repetitions, and ratios within each repetition.
 */

import type { RunResult } from './run.js';

export interface Measurement extends RunResult {
  readonly system: string;
  readonly repetition: number;
}

interface Column {
  readonly title: string;
  readonly digits: number;
  readonly of: (measurement: Measurement) => number;
}

const COLUMNS: readonly Column[] = [
  { title: 'per second', digits: 0, of: ({ result }) => result.opsPerSecond },
  { title: 'p50 ms', digits: 2, of: ({ result }) => result.p50Ms },
  { title: 'p99 ms', digits: 2, of: ({ result }) => result.p99Ms },
  { title: 'p99.9 ms', digits: 2, of: ({ result }) => result.p999Ms },
  { title: 'p99.99 ms', digits: 2, of: ({ result }) => result.p9999Ms },
  { title: 'max ms', digits: 2, of: ({ result }) => result.maxMs },
  { title: 'disk B/put', digits: 0, of: ({ disk }) => disk.usedBytesPerPut },
  { title: 'disk MB', digits: 1, of: ({ disk }) => disk.allocatedBytes / 1e6 },
];

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/** One row a system: the median of each figure over the repetitions. */
export function renderResults(measurements: readonly Measurement[]): string {
  const rows = systemsOf(measurements).map((system) => {
    const own = measurements.filter((measurement) => measurement.system === system);
    const figures = COLUMNS.map(({ digits, of }) => median(own.map(of)).toFixed(digits));
    return [system, ...figures];
  });
  return renderTable([['', ...COLUMNS.map(({ title }) => title)], ...rows]);
}

/** `base` as a multiple of each other system, throughput and p50: median, smallest, largest. */
export function renderRatios(measurements: readonly Measurement[], base: string): string {
  const others = systemsOf(measurements).filter((system) => system !== base);
  const rows = others.map((other) => {
    const figures = [opsPerSecond, p50Ms].flatMap((figure) => {
      const ratios = ratiosOf(measurements, { base, other, figure });
      return [median(ratios), Math.min(...ratios), Math.max(...ratios)];
    });
    return [`${base} / ${other}`, ...figures.map((ratio) => ratio.toFixed(2))];
  });
  const spread = ['smallest', 'largest'];
  return renderTable([['', 'throughput', ...spread, 'p50', ...spread], ...rows]);
}

export function opsPerSecond({ result }: Measurement): number {
  return result.opsPerSecond;
}

function p50Ms({ result }: Measurement): number {
  return result.p50Ms;
}

export interface Comparison {
  readonly base: string;
  readonly other: string;
  readonly figure: (measurement: Measurement) => number;
}

/** One ratio for each repetition that has both. */
export function ratiosOf(
  measurements: readonly Measurement[],
  { base, other, figure }: Comparison,
): readonly number[] {
  return measurements
    .filter(({ system }) => system === base)
    .flatMap((own) => {
      const pair = measurements.find(
        ({ system, repetition }) => system === other && repetition === own.repetition,
      );
      return pair === undefined ? [] : [figure(own) / figure(pair)];
    });
}

export function systemsOf(measurements: readonly Measurement[]): readonly string[] {
  return [...new Set(measurements.map(({ system }) => system))];
}

/** Columns aligned: names to the left, figures to the right. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  return rows.map(line).join('\n');
}
