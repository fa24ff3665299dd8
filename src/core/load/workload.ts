/**
 * What a load consists of: which key, which value, which call.
 *
 * Keys are uniform over `keyCount`. Numbers are counted in a key space of their own, so that an
 * earlier load that stored text under a key does not make every incr fail. Randomness is a port.
 */

import type { Client, Value } from '../client/index.js';
import { unreachable } from '../assert.js';
import type { Random } from '../platform/ports.js';

export type LoadOperation = 'put' | 'get' | 'incr' | 'mixed';
type SingleOperation = Exclude<LoadOperation, 'mixed'>;

export interface WorkloadOptions {
  readonly operation: LoadOperation;
  readonly keyCount: number;
  /** 8 stores numbers; any other size stores that many bytes. */
  readonly valueSizeBytes: number;
}

/** What a load needs of a client: a test brings less than the real one. */
export type LoadClient = Pick<Client, 'put' | 'get' | 'increment'>;

export class Workload {
  readonly #options: WorkloadOptions;
  readonly #random: Random;

  constructor(options: WorkloadOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** True where the keys must exist before measuring: a get of nothing measures nothing. */
  get needsKeys(): boolean {
    return this.#options.operation === 'get' || this.#options.operation === 'mixed';
  }

  async fill(client: LoadClient, index: number): Promise<void> {
    await client.put(`bench-${index}`, this.#value());
  }

  call(client: LoadClient): Promise<unknown> {
    const index = Math.floor(this.#random.fraction() * this.#options.keyCount);
    const operation = this.#operation();
    switch (operation) {
      case 'put':
        return client.put(`bench-${index}`, this.#value());
      case 'get':
        return client.get(`bench-${index}`);
      case 'incr':
        return client.increment(`bench-count-${index}`);
      default:
        return unreachable(operation);
    }
  }

  /** `mixed` is half puts and half gets. */
  #operation(): SingleOperation {
    if (this.#options.operation !== 'mixed') return this.#options.operation;
    return this.#random.fraction() < 0.5 ? 'put' : 'get';
  }

  #value(): bigint | Value {
    const { valueSizeBytes } = this.#options;
    if (valueSizeBytes === 8) return BigInt(Math.floor(this.#random.fraction() * 2 ** 53));
    const value = new Uint8Array(valueSizeBytes);
    value.fill(Math.floor(this.#random.fraction() * 256));
    return { kind: 'bytes', value };
  }
}
