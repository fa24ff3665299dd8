/** Percentiles against a sorted array: at most 1/64 too large, never too small. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyRecorder } from '../../src/core/load/latency-recorder.js';

describe('LatencyRecorder', () => {
  it('says 0 where nothing was recorded', () => {
    expect(new LatencyRecorder().percentileMs(0.5)).toBe(0);
  });

  it('gives each percentile within 1/64 of the exact one, and never less', () => {
    const latencies = fc.array(fc.integer({ min: 0, max: 100_000_000 }), { minLength: 1 });
    const fraction = fc.constantFrom(0.01, 0.5, 0.99, 0.999, 1);
    fc.assert(
      fc.property(latencies, fraction, (microseconds, percentile) => {
        const recorder = new LatencyRecorder();
        for (const value of microseconds) recorder.record(value / 1_000);
        const sorted = [...microseconds].sort((a, b) => a - b);
        const exactMs = sorted[Math.ceil(sorted.length * percentile) - 1]! / 1_000;
        const said = recorder.percentileMs(percentile);
        expect(said).toBeGreaterThanOrEqual(exactMs);
        expect(said).toBeLessThanOrEqual(exactMs * (1 + 1 / 64) + 0.001);
        expect(recorder.percentileMs(1)).toBeLessThanOrEqual(recorder.maxMs);
      }),
    );
  });

  it('refuses a latency that is negative: the clock went backwards', () => {
    expect(() => new LatencyRecorder().record(-1)).toThrow('backwards');
  });
});
