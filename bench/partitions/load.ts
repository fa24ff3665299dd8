/**
 * Callers at every node, each in a closed loop: puts and gets on few keys, no value written twice.
 *
 * A caller whose call hangs begins nothing for a second, so while the first new write is awaited
 * further ones begin at fixed moments at every node, whatever became of the others: otherwise the
 * clients' deadlines would be measured instead of the system.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeClient } from './cluster.js';
import type { Acknowledgement } from './windows.js';

const KEY_COUNT = 32;
const READ_SHARE = 0.25;
/** The harness leaves the processors to the nodes: what is measured is not throughput. */
const REST_MS = 2;
const REST_AFTER_FAILURE_MS = 10;
const PROBE_MS = 20;
/** Values of one node's clients; beyond what any run can write. */
const VALUES_PER_NODE = 2n ** 32n;

export class Load {
  /** Of writes. */
  readonly acknowledgements: Acknowledgement[] = [];
  readonly #clients: ReadonlyMap<number, NodeClient>;
  readonly #beganMs = performance.now();
  readonly #underWay = new Set<Promise<void>>();
  #isRunning = true;
  #valueCount = 0n;
  failureCount = 0;

  constructor(clients: ReadonlyMap<number, NodeClient>, callersPerNode: number) {
    this.#clients = clients;
    for (const [node, client] of clients) {
      for (let i = 0; i < callersPerNode; i++) this.#track(this.#callForEver(node, client));
    }
  }

  /** Milliseconds since the load began. */
  nowMs(): number {
    return performance.now() - this.#beganMs;
  }

  /** Until a write that began after `fromMs` is acknowledged, or until `signal`. */
  async probe(fromMs: number, signal: AbortSignal): Promise<void> {
    const isAnswered = (): boolean => {
      const last = this.acknowledgements.at(-1);
      return last !== undefined && last.beganMs >= fromMs;
    };
    let sequence = 0;
    while (!signal.aborted && !isAnswered()) {
      for (const [node, client] of this.#clients) {
        this.#track(this.#put(node, client, `probe-${sequence++ % KEY_COUNT}`));
      }
      await sleep(PROBE_MS);
    }
  }

  /** Resolves when every call has ended. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#underWay);
  }

  /** What was acknowledged last must be there. */
  async readAll(): Promise<void> {
    const keys = Array.from({ length: KEY_COUNT }, (_, i) => [`key-${i}`, `probe-${i}`]).flat();
    const clients = [...this.#clients.values()];
    await Promise.allSettled(clients.flatMap((client) => keys.map((key) => client.get(key))));
  }

  #track(call: Promise<unknown>): void {
    const settled = call.then(
      () => undefined,
      () => undefined,
    );
    this.#underWay.add(settled);
    void settled.then(() => this.#underWay.delete(settled));
  }

  async #callForEver(node: number, client: NodeClient): Promise<void> {
    while (this.#isRunning) {
      const key = `key-${Math.floor(Math.random() * KEY_COUNT)}`;
      try {
        if (Math.random() < READ_SHARE) await client.get(key);
        else await this.#put(node, client, key);
        await sleep(REST_MS);
      } catch {
        this.failureCount += 1;
        await sleep(REST_AFTER_FAILURE_MS);
      }
    }
  }

  async #put(node: number, client: NodeClient, key: string): Promise<void> {
    const value = BigInt(node) * VALUES_PER_NODE + this.#valueCount++;
    const beganMs = this.nowMs();
    await client.put(key, value);
    this.acknowledgements.push({ node, beganMs, endedMs: this.nowMs() });
  }
}
