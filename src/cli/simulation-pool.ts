/**
 * Runs seeds side by side, one worker thread a core.
 *
 * Seeds are handed out in order. Once one has failed no other is begun; those under way end, so that
 * their answers are not lost. A run that does not end is ended.
 */

import { Worker } from 'node:worker_threads';
import type { SeedJob, SeedResult } from './simulation-worker.js';

export interface PoolOptions {
  readonly jobs: Iterator<SeedJob, void>;
  readonly workerCount: number;
  /** False: no further seed is begun. */
  readonly onResult: (seed: bigint, result: SeedResult) => boolean;
  readonly signal: AbortSignal;
}

/** A run takes well under a second; what takes this long goes round in circles. */
const MAX_RUN_MS = 180_000;

export async function runSeeds(options: PoolOptions): Promise<void> {
  const pool = new SimulationPool(options);
  await Promise.all(
    Array.from({ length: options.workerCount }, async () => await pool.runWorker()),
  );
}

class SimulationPool {
  readonly #options: PoolOptions;
  #isStopped = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async runWorker(): Promise<void> {
    let job = this.#next();
    while (job !== undefined) job = await this.#runUntilItEnds(job);
  }

  #next(): SeedJob | undefined {
    if (this.#isStopped || this.#options.signal.aborted) return undefined;
    const next = this.#options.jobs.next();
    return next.done === true ? undefined : next.value;
  }

  /** One thread, until there is no job or the thread is lost; gives the job to go on with. */
  async #runUntilItEnds(first: SeedJob): Promise<SeedJob | undefined> {
    const worker = new Worker(new URL('./simulation-worker.js', import.meta.url));
    const abort = () => void worker.terminate();
    this.#options.signal.addEventListener('abort', abort);
    try {
      let job: SeedJob | undefined = first;
      while (job !== undefined) {
        const answer: SeedResult | 'aborted' = await this.#ask(worker, job);
        if (answer === 'aborted') return undefined;
        if (!this.#options.onResult(job.seed, answer)) this.#isStopped = true;
        job = this.#next();
        if (answer.kind === 'threw') return job;
      }
      return undefined;
    } finally {
      this.#options.signal.removeEventListener('abort', abort);
      await worker.terminate();
    }
  }

  async #ask(worker: Worker, job: SeedJob): Promise<SeedResult | 'aborted'> {
    return await new Promise((resolve) => {
      const settle = (result: SeedResult | 'aborted'): void => {
        clearTimeout(timer);
        // Each by itself: the thread has listeners of its own.
        worker.off('message', settle).off('error', onError).off('exit', onExit);
        resolve(result);
      };
      const fail = (message: string): void => settle({ kind: 'threw', message });
      const onError = (error: unknown): void => fail(String(error));
      const onExit = (): void => {
        if (this.#options.signal.aborted) settle('aborted');
        else fail('the worker thread ended');
      };
      const timer = setTimeout(
        () => fail(`the run did not end in ${MAX_RUN_MS / 1_000} s`),
        MAX_RUN_MS,
      );
      worker.on('message', settle).on('error', onError).on('exit', onExit);
      worker.postMessage(job);
    });
  }
}
