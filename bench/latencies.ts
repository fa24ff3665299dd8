/**
 * What the calls of a run took: as one distribution, and over time.
 *
 * A call's latency counts if it began, or was meant to begin, in the measured time; its answer
 * counts for the throughput if it came in the measured time. So a stall at the end is not lost, and
 * answers to calls of the warm-up are not invented away. The histograms are HDR, in microseconds;
 * each load process has its own, and they are added up.
 */

import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';

const MAX_MICROSECONDS = 60_000_000;
const MIN_SLICE_MS = 100;
const MAX_SLICES = 60;

export interface LoadSlice {
  /** Of its begin, from the begin of the measured time. */
  readonly atMs: number;
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadResult {
  readonly operationCount: number;
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly p9999Ms: number;
  readonly maxMs: number;
  readonly slices: readonly LoadSlice[];
}

export interface EncodedLatencies {
  readonly all: string;
  readonly slices: readonly string[];
}

export function sliceMsOf(durationMs: number): number {
  return Math.max(MIN_SLICE_MS, Math.ceil(durationMs / MAX_SLICES));
}

export class Latencies {
  readonly #startMs: number;
  readonly #durationMs: number;
  readonly #all = histogramWith(3);
  /** By the time of the answer. */
  readonly #slices: readonly Histogram[];

  constructor({ startMs, durationMs }: { readonly startMs: number; readonly durationMs: number }) {
    this.#startMs = startMs;
    this.#durationMs = durationMs;
    const sliceCount = Math.ceil(durationMs / sliceMsOf(durationMs));
    this.#slices = Array.from({ length: sliceCount }, () => histogramWith(2));
  }

  /** `beganMs` is when the call was meant to begin. */
  record(beganMs: number, answeredMs: number): void {
    const microseconds = Math.min((answeredMs - beganMs) * 1_000, MAX_MICROSECONDS);
    const beganAtMs = beganMs - this.#startMs;
    const answeredAtMs = answeredMs - this.#startMs;
    if (beganAtMs >= 0 && beganAtMs < this.#durationMs) this.#all.recordValue(microseconds);
    if (answeredAtMs < 0 || answeredAtMs >= this.#durationMs) return;
    this.#slices[Math.floor(answeredAtMs / sliceMsOf(this.#durationMs))]?.recordValue(microseconds);
  }

  /** A call that was never answered took at least until now, and is no throughput. */
  recordUnanswered(beganMs: number, nowMs: number): void {
    this.record(beganMs, Math.max(nowMs, this.#startMs + this.#durationMs));
  }

  encode(): EncodedLatencies {
    return {
      all: encodeIntoCompressedBase64(this.#all),
      slices: this.#slices.map((slice) => encodeIntoCompressedBase64(slice)),
    };
  }
}

function histogramWith(numberOfSignificantValueDigits: 2 | 3): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: MAX_MICROSECONDS,
    numberOfSignificantValueDigits,
  });
}

/** All load processes together. */
export function mergeLatencies(parts: readonly EncodedLatencies[], durationMs: number): LoadResult {
  const sum = (digits: 2 | 3, encoded: readonly string[]): Histogram => {
    const total = histogramWith(digits);
    for (const text of encoded) total.add(decodeFromCompressedBase64(text));
    return total;
  };
  const percentileMs = (histogram: Histogram, percentile: number): number =>
    histogram.getValueAtPercentile(percentile) / 1_000;
  const sliceMs = sliceMsOf(durationMs);
  const histograms = (parts[0]?.slices ?? []).map((_, i) => {
    return sum(
      2,
      parts.flatMap((part) => part.slices[i] ?? []),
    );
  });
  const operationCount = histograms.reduce((count, slice) => count + slice.totalCount, 0);
  const slices = histograms.map((slice, i): LoadSlice => {
    const lengthMs = Math.min(sliceMs, durationMs - i * sliceMs);
    return {
      atMs: i * sliceMs,
      opsPerSecond: (slice.totalCount * 1_000) / lengthMs,
      p50Ms: percentileMs(slice, 50),
      p99Ms: percentileMs(slice, 99),
    };
  });
  const all = sum(
    3,
    parts.map((part) => part.all),
  );
  return {
    operationCount,
    opsPerSecond: (operationCount * 1_000) / durationMs,
    p50Ms: percentileMs(all, 50),
    p99Ms: percentileMs(all, 99),
    p999Ms: percentileMs(all, 99.9),
    p9999Ms: percentileMs(all, 99.99),
    maxMs: all.maxValue / 1_000,
    slices,
  };
}
