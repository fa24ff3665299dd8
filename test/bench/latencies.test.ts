/** What calls took is one figure of all load processes, and nothing in it is lost or invented. */

import { expect, it } from 'vitest';

import { Latencies, mergeLatencies, sliceMsOf } from '../../bench/latencies.js';

const WINDOW = { startMs: 1_000, durationMs: 1_000 };

function resultOf(calls: readonly (readonly [beganMs: number, answeredMs: number])[]) {
  const latencies = new Latencies(WINDOW);
  for (const [beganMs, answeredMs] of calls) latencies.record(beganMs, answeredMs);
  return mergeLatencies([latencies.encode()], WINDOW.durationMs);
}

it('counts a latency by the begin and the throughput by the answer', () => {
  const result = resultOf([
    [900, 990],
    [950, 1_050],
    [1_100, 1_110],
    [1_900, 2_100],
  ]);
  expect(result.operationCount).toBe(2);
  expect(result.opsPerSecond).toBe(2);
  expect(result.p50Ms).toBeCloseTo(10, 1);
  expect(result.maxMs).toBeCloseTo(200, 0);
});

it('a stall shows in the slice in which it ended', () => {
  const result = resultOf([
    [1_000, 1_010],
    [1_020, 1_720],
  ]);
  expect(sliceMsOf(WINDOW.durationMs)).toBe(100);
  expect(result.slices).toHaveLength(10);
  expect(result.slices.map(({ opsPerSecond }) => opsPerSecond)).toEqual([
    ...[10, 0, 0, 0, 0, 0, 0, 10, 0, 0],
  ]);
  expect((result.slices[7]?.p50Ms ?? 0) / 700).toBeCloseTo(1, 1);
});

it('a call that was never answered is a latency and no throughput', () => {
  const latencies = new Latencies(WINDOW);
  latencies.recordUnanswered(1_500, 1_600);
  const result = mergeLatencies([latencies.encode()], WINDOW.durationMs);
  expect(result.operationCount).toBe(0);
  expect(result.maxMs).toBeCloseTo(500, 0);
});

it('adds up the load processes', () => {
  const parts = [1, 2, 3].map((part) => {
    const latencies = new Latencies(WINDOW);
    for (let i = 0; i < 100; i++) latencies.record(1_000 + i, 1_000 + i + part);
    return latencies.encode();
  });
  const result = mergeLatencies(parts, WINDOW.durationMs);
  expect(result.operationCount).toBe(300);
  expect(result.p50Ms).toBeCloseTo(2, 1);
  expect(result.p99Ms).toBeCloseTo(3, 1);
});

it('a long run has slices of a longer time', () => {
  expect(sliceMsOf(60_000)).toBe(1_000);
  expect(sliceMsOf(5_000)).toBe(100);
});
