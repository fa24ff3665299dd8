/**
 * How a simulated client behaves: what it calls, how long it waits, where it asks.
 *
 * Few keys, so that clients meet. Each client draws a plan of its own: impatient ones beside those
 * that repeat a request for seconds.
 */

import type { Prng } from '../prng.js';

/** How often each call is made; any scale. */
export interface OperationWeights {
  readonly get: number;
  readonly put: number;
  readonly putIfAbsent: number;
  readonly delete: number;
  readonly increment: number;
  readonly compareAndSet: number;
}

export interface ClientPlan {
  readonly weights: OperationWeights;
  /** 1 to MAX_KEY_COUNT. The first key holds a counter, and nothing else. */
  readonly keyCount: number;
  /** Of values: large ones, so that logs grow over several segments. */
  readonly largeShare: number;
  readonly largeSizeBytes: number;
  /** Of changes: those sent without a session (K6). */
  readonly oneShotShare: number;
  /** Between an answer and the next call, mean of an exponential. */
  readonly thinkUs: number;
  /** Of one operation, all its attempts. */
  readonly deadlineUs: number;
  /** A node that is silent for so long is given up; its answer is ignored (N4). */
  readonly attemptTimeoutUs: number;
  /** Between two attempts: doubled each time, with jitter. */
  readonly minBackoffUs: number;
  readonly maxBackoffUs: number;
  /** Of attempts: those sent to a random node although a leader is known. */
  readonly strayShare: number;
  /** X7: it reaches one node alone, which passes on what only the leader can answer. */
  readonly isConfined: boolean;
}

export const MAX_KEY_COUNT = 5;

export function keyName(index: number): string {
  return `k${index}`;
}

export function drawClientPlan(prng: Prng): ClientPlan {
  return {
    weights: drawWeights(prng.split('weights')),
    keyCount: prng.split('keys').int(1, MAX_KEY_COUNT),
    largeShare: prng.split('large').pick([0, 0, 0.1, 0.5]),
    largeSizeBytes: prng.split('size').pick([200, 1_000, 5_000]),
    oneShotShare: prng.split('one-shots').pick([0, 0.2, 0.5, 1]),
    thinkUs: prng.split('think').pick([1_000, 5_000, 20_000, 100_000]),
    deadlineUs: prng.split('deadline').pick([50_000, 500_000, 2_000_000, 5_000_000]),
    attemptTimeoutUs: prng.split('attempt').pick([100_000, 500_000, 1_000_000]),
    minBackoffUs: 5_000,
    maxBackoffUs: 80_000,
    strayShare: prng.split('stray').pick([0, 0, 0.1, 0.5]),
    isConfined: prng.split('confined').pick([false, false, false, true]),
  };
}

/** Every kind is left out in some plans; a get is always possible. */
function drawWeights(prng: Prng): OperationWeights {
  const weight = (): number => (prng.chance(0.3) ? 0 : prng.fraction());
  return {
    get: 0.2 + prng.fraction(),
    put: weight(),
    putIfAbsent: weight() / 3,
    delete: weight() / 3,
    increment: weight(),
    compareAndSet: weight(),
  };
}
