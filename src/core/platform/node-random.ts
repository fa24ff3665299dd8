/**
 * The Random port on a real machine: bytes from the kernel, fractions for jitter.
 *
 * Nonces come from `bytes`, so two processes never draw the same one.
 */

import process from 'node:process';

import type { Random } from './ports.js';

export const nodeRandom: Random = {
  // Loaded by the first who asks: it takes a megabyte, and a node never asks.
  bytes: (count: number): Uint8Array =>
    new Uint8Array(process.getBuiltinModule('node:crypto').randomBytes(count)),
  fraction: () => Math.random(),
};
