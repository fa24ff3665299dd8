/**
 * The Random port on a real machine: bytes from the kernel, fractions for jitter.
 *
 * Nonces come from `bytes`, so two processes never draw the same one.
 */

import { randomBytes } from 'node:crypto';

import type { Random } from './ports.js';

export const nodeRandom: Random = {
  bytes: (count: number): Uint8Array => new Uint8Array(randomBytes(count)),
  fraction: () => Math.random(),
};
