/** Asks every node about itself, over and over: who leads, and how much is decided. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, NodeView } from './cluster.js';
import type { Sample } from './windows.js';

const POLL_MS = 40;

export class Watch {
  readonly samples: Sample[] = [];
  readonly #cluster: Cluster;
  readonly #nowMs: () => number;
  readonly #done: Promise<void>;
  #isRunning = true;

  constructor(cluster: Cluster, nowMs: () => number) {
    this.#cluster = cluster;
    this.#nowMs = nowMs;
    this.#done = this.#watch();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#done;
  }

  /** The one that leads now; waits for it. */
  async leader(deadlineMs: number): Promise<number> {
    const endMs = performance.now() + deadlineMs;
    while (performance.now() < endMs) {
      const views = await viewsOf(this.#cluster);
      const leading = views.filter(({ isLeading }) => isLeading);
      if (leading.length === 1 && leading[0] !== undefined) return leading[0].node;
      await sleep(POLL_MS);
    }
    throw new Error('no node leads');
  }

  async #watch(): Promise<void> {
    while (this.#isRunning) {
      const askedMs = this.#nowMs();
      const views = await viewsOf(this.#cluster);
      // When all had answered: nothing is said to have been so before it was seen.
      this.samples.push({ askedMs, atMs: this.#nowMs(), views });
      await sleep(POLL_MS);
    }
  }
}

export async function viewsOf(cluster: Cluster): Promise<readonly NodeView[]> {
  const views = await Promise.all(cluster.nodes.map((node) => cluster.view(node)));
  return views.filter((view) => view !== undefined);
}
