/**
 * The Clock port on a real machine.
 *
 * Monotonic: it never follows the wall clock, so a changed system time moves no timer (P12).
 */

import { performance } from 'node:perf_hooks';

import type { Clock } from './ports.js';

export const nodeClock: Clock = {
  nowMs: () => performance.now(),
};
