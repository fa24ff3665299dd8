/**
 * How late the event loop was (R8): percentiles of the last minute of ticks.
 */

import { describe, expect, it } from 'vitest';

import { LoopDelay } from '../../src/core/replica/index.js';

describe('the loop delay', () => {
  it('is zero before anything was measured', () => {
    expect(new LoopDelay().summary()).toEqual({ p99Ms: 0, maxMs: 0 });
  });

  it('tells the 99th percentile and the largest (R8)', () => {
    const delay = new LoopDelay();
    for (let i = 1; i <= 1_000; i++) delay.record(i / 10);
    expect(delay.summary()).toEqual({ p99Ms: 99, maxMs: 100 });
  });

  it('shows one stall as the largest alone, rounded to hundredths', () => {
    const delay = new LoopDelay();
    for (let i = 0; i < 500; i++) delay.record(0.1234);
    delay.record(750.005);
    expect(delay.summary()).toEqual({ p99Ms: 0.12, maxMs: 750.01 });
  });

  it('forgets what is older than a minute', () => {
    const delay = new LoopDelay();
    delay.record(5_000);
    for (let i = 0; i < 6_000; i++) delay.record(1);
    expect(delay.summary()).toEqual({ p99Ms: 1, maxMs: 1 });
  });
});
