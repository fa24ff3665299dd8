/**
 * What a run printed: the median of the repetitions, and ratios within each repetition.
 */

import type { LoadResult } from './load-process.js';

export interface Measurement {
  readonly system: string;
  readonly repetition: number;
  readonly result: LoadResult;
}

const COLUMNS = ['opsPerSecond', 'p50Ms', 'p99Ms', 'p999Ms', 'p9999Ms', 'maxMs'] as const;
const TITLES = ['per second', 'p50 ms', 'p99 ms', 'p99.9 ms', 'p99.99 ms', 'max ms'];

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
    const figures = COLUMNS.map((column) => {
      const value = median(own.map(({ result }) => result[column]));
      return column === 'opsPerSecond' ? value.toFixed(0) : value.toFixed(2);
    });
    return [system, ...figures];
  });
  return renderTable([['', ...TITLES], ...rows]);
}

/** The throughput of `base` as a multiple of each other system's: median, smallest, largest. */
export function renderRatios(measurements: readonly Measurement[], base: string): string {
  const others = systemsOf(measurements).filter((system) => system !== base);
  const rows = others.map((other) => {
    const ratios = ratiosOf(measurements, base, other);
    const figures = [median(ratios), Math.min(...ratios), Math.max(...ratios)];
    return [`${base} / ${other}`, ...figures.map((ratio) => ratio.toFixed(2))];
  });
  return renderTable([['throughput', 'median', 'smallest', 'largest'], ...rows]);
}

export function ratiosOf(
  measurements: readonly Measurement[],
  base: string,
  other: string,
): readonly number[] {
  return measurements
    .filter(({ system }) => system === base)
    .flatMap(({ repetition, result }) => {
      const pair = measurements.find((m) => m.system === other && m.repetition === repetition);
      return pair === undefined ? [] : [result.opsPerSecond / pair.result.opsPerSecond];
    });
}

function systemsOf(measurements: readonly Measurement[]): readonly string[] {
  return [...new Set(measurements.map(({ system }) => system))];
}

function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  return rows.map(line).join('\n');
}
