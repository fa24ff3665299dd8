/**
 * The Clock port on a real machine.
 *
 * Monotonic: it never follows the wall clock, so a changed system time moves no timer (P12). It is the
 * clock of `performance`, whose module takes half a megabyte.
 */

import process from 'node:process';

import type { Clock } from './ports.js';

export const nodeClock: Clock = {
  nowMs: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  },
};
