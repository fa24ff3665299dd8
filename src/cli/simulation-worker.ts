/**
 * A worker thread that runs one seed after another; its own entry, loaded by simulation-pool.ts.
 *
 * Each seed is a run from nothing: no state is kept between two.
 */

import { parentPort } from 'node:worker_threads';
import { simulate, type SimulationReport } from '../core/simulator/index.js';

export interface SeedJob {
  readonly seed: bigint;
  readonly nodeCount: number | undefined;
  readonly safetyMs: number | undefined;
}

export type SeedResult =
  | { readonly kind: 'ran'; readonly report: SimulationReport }
  /** The simulator itself failed. */
  | { readonly kind: 'threw'; readonly message: string };

parentPort?.on('message', (job: SeedJob) => {
  parentPort?.postMessage(run(job));
});

function run(job: SeedJob): SeedResult {
  try {
    return { kind: 'ran', report: simulate(job) };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'threw', message };
  }
}
