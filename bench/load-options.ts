/** The load of a run, and each load process's part of it. */

import type { KeyDistribution } from './keys.js';

export const LOAD_OPERATIONS = ['put', 'get', 'mixed'] as const;

export interface LoadOptions {
  readonly address: string;
  readonly operation: (typeof LOAD_OPERATIONS)[number];
  /** The share of gets in `mixed`. */
  readonly readRatio: number;
  /** Calls that may be under way at once. */
  readonly concurrency: number;
  /** Open loop: calls that begin each second. Undefined: each caller begins when it was answered. */
  readonly ratePerSecond?: number;
  readonly valueBytes: number;
  readonly keyCount: number;
  readonly distribution: KeyDistribution;
  readonly processCount: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
}

/** What one load process does of it: its own callers and its own rate. */
export interface LoadPart extends LoadOptions {
  readonly processIndex: number;
}

export function partsOf(options: LoadOptions): readonly LoadPart[] {
  const { processCount, concurrency, ratePerSecond } = options;
  return Array.from({ length: processCount }, (_, processIndex) => {
    const callers = Math.floor(concurrency / processCount);
    const isLarger = processIndex < concurrency % processCount;
    return {
      ...options,
      processIndex,
      concurrency: isLarger ? callers + 1 : callers,
      ...(ratePerSecond === undefined ? {} : { ratePerSecond: ratePerSecond / processCount }),
    };
  });
}
