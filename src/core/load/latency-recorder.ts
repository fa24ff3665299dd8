/**
 * Latencies in buckets, so that a million of them cost a few kilobytes.
 *
 * Up to 128 µs each microsecond has a bucket; above, each power of two has 64, so that what a
 * percentile says is at most 1/64 too large and never too small. Nothing is sampled or dropped.
 */

import { assert } from '../assert.js';

const EXACT_COUNT = 128;
const PER_OCTAVE = 64;
const FIRST_OCTAVE = 7;
const MAX_MICROSECONDS = 2 ** 31 - 1;
const BUCKET_COUNT = EXACT_COUNT + (31 - FIRST_OCTAVE) * PER_OCTAVE;

export class LatencyRecorder {
  readonly #counts = new Uint32Array(BUCKET_COUNT);
  #count = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  record(durationMs: number): void {
    assert(durationMs >= 0, 'the clock never goes backwards');
    const microseconds = Math.min(Math.round(durationMs * 1_000), MAX_MICROSECONDS);
    const bucket = bucketOf(microseconds);
    this.#counts[bucket] = this.#counts[bucket]! + 1;
    this.#count += 1;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
  }

  /** The latency that `fraction` of all stayed within; 0 where nothing was recorded. */
  percentileMs(fraction: number): number {
    assert(fraction > 0 && fraction <= 1, `a percentile of ${fraction}`);
    const wanted = Math.ceil(this.#count * fraction);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKET_COUNT && wanted > 0; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= wanted) return Math.min(upperBoundOf(bucket) / 1_000, this.#maxMs);
    }
    return 0;
  }
}

function bucketOf(microseconds: number): number {
  if (microseconds < EXACT_COUNT) return microseconds;
  const octave = 31 - Math.clz32(microseconds);
  const step = (microseconds >> (octave - 6)) - PER_OCTAVE;
  return EXACT_COUNT + (octave - FIRST_OCTAVE) * PER_OCTAVE + step;
}

/** The largest number of microseconds that falls into this bucket. */
function upperBoundOf(bucket: number): number {
  if (bucket < EXACT_COUNT) return bucket;
  const octave = Math.floor((bucket - EXACT_COUNT) / PER_OCTAVE) + FIRST_OCTAVE;
  const step = (bucket - EXACT_COUNT) % PER_OCTAVE;
  return (PER_OCTAVE + step + 1) * 2 ** (octave - 6) - 1;
}
