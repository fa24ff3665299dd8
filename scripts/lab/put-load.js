/**
 * Puts from one client handle: so many in flight, at full speed or at a fixed rate.
 *
 * Values are new each time, keys are a fixed set: live data stays as it is and only the log grows.
 * A put that failed is counted, and that caller rests a little.
 */

import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_AFTER_ERROR_MS = 10;
const KEYS = 10_000;

export class PutLoad {
  #client;
  #options;
  #isRunning = false;
  #done = Promise.resolve();
  #startedMs = 0;
  #begun = 0;
  count = 0;
  errors = 0;
  /** @type {string | undefined} */
  firstError;

  /** @param {{ callers: number, rate?: number, valueSizeBytes?: number }} options rate: puts a second */
  constructor(client, options) {
    this.#client = client;
    this.#options = options;
  }

  start() {
    this.#isRunning = true;
    this.#startedMs = performance.now();
    this.#begun = 0;
    const callers = Array.from({ length: this.#options.callers }, () => this.#call());
    this.#done = Promise.all(callers);
  }

  async stop() {
    this.#isRunning = false;
    await this.#done;
  }

  /** For so long. @returns {Promise<number>} acknowledged puts a second */
  async run(durationMs) {
    const before = this.count;
    const startedMs = performance.now();
    this.start();
    await sleep(durationMs);
    await this.stop();
    return ((this.count - before) * 1_000) / (performance.now() - startedMs);
  }

  async #call() {
    const { rate } = this.#options;
    while (this.#isRunning) {
      const turn = this.#begun++;
      if (rate !== undefined) await this.#wait(this.#startedMs + (turn * 1_000) / rate);
      if (!this.#isRunning) return;
      try {
        await this.#client.put(`load-${turn % KEYS}`, this.#value(turn));
        this.count += 1;
      } catch (error) {
        this.errors += 1;
        this.firstError ??= `${error.code ?? error.name}: ${error.message}`;
        await sleep(PAUSE_AFTER_ERROR_MS);
      }
    }
  }

  /** What is late is not made up for by waiting: it goes at once. */
  async #wait(dueMs) {
    const earlyMs = dueMs - performance.now();
    if (earlyMs >= 1) await sleep(earlyMs);
  }

  #value(turn) {
    const { valueSizeBytes } = this.#options;
    if (valueSizeBytes === undefined) return BigInt(turn);
    const value = new Uint8Array(valueSizeBytes).fill(turn % 251);
    return { kind: 'bytes', value };
  }
}
