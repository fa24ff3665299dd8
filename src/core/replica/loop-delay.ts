/**
 * How late the event loop was, by the lateness of the ticks (R8): the last minute of them.
 *
 * A tick waits behind whatever holds the loop, so a stall shows as one late tick (P12). Recording costs
 * one number; the percentile is counted when somebody asks.
 */

/** A minute of ticks of 10 ms. */
const SAMPLE_COUNT = 6_000;

export interface LoopDelaySummary {
  readonly p99Ms: number;
  readonly maxMs: number;
}

export class LoopDelay {
  readonly #samples = new Float64Array(SAMPLE_COUNT);
  #count = 0;

  record(lateMs: number): void {
    this.#samples[this.#count % SAMPLE_COUNT] = lateMs;
    this.#count += 1;
  }

  /** Zeros before the first tick. */
  summary(): LoopDelaySummary {
    const sorted = this.#samples.slice(0, Math.min(this.#count, SAMPLE_COUNT)).sort();
    const rank = Math.max(0, Math.ceil(sorted.length * 0.99) - 1);
    return { p99Ms: rounded(sorted[rank] ?? 0), maxMs: rounded(sorted.at(-1) ?? 0) };
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
