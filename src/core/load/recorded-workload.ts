/**
 * A load whose history can be judged: few keys, so that callers meet; no value is written twice, so
 * that an answer tells which write it saw; reads between the changes.
 *
 * The keys belong to one run: a history begins with keys that have no value. An unknown outcome or
 * a refusal is the caller's to count; a condition that failed is an answer like any other.
 */

import type { Client, Value } from '../client/index.js';
import { unreachable } from '../assert.js';
import { OmnikvError } from '../errors.js';
import type { Random } from '../platform/ports.js';
import type { LoadOperation } from './workload.js';

export interface RecordedWorkloadOptions {
  /** `mixed` is everything: puts, gets, incrs, cas and deletes. The others are mixed with gets. */
  readonly operation: LoadOperation;
  readonly keyCount: number;
  /** Of puts; 8 stores numbers. */
  readonly valueSizeBytes: number;
}

export type RecordedLoadClient = Pick<
  Client,
  'put' | 'get' | 'increment' | 'compareAndSet' | 'delete'
>;

type Call = 'put' | 'get' | 'incr' | 'cas' | 'del';

/** Cumulative. */
const MIXES: Readonly<Record<LoadOperation, readonly (readonly [number, Call])[]>> = {
  put: [
    [0.25, 'get'],
    [1, 'put'],
  ],
  get: [
    [0.1, 'put'],
    [1, 'get'],
  ],
  incr: [
    [0.25, 'get'],
    [1, 'incr'],
  ],
  mixed: [
    [0.4, 'get'],
    [0.65, 'put'],
    [0.85, 'incr'],
    [0.97, 'cas'],
    [1, 'del'],
  ],
};

const RUN_NAME_BYTES = 6;
const MAX_READ_ATTEMPTS = 5;

export class RecordedWorkload {
  readonly #options: RecordedWorkloadOptions;
  readonly #random: Random;
  readonly #runName: string;
  /** What a caller saw last, by key: what a cas expects. */
  readonly #lastSeen = new Map<string, Value>();
  #valueCount = 0;

  constructor(options: RecordedWorkloadOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    const bytes = Array.from(random.bytes(RUN_NAME_BYTES));
    this.#runName = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  async call(client: RecordedLoadClient): Promise<void> {
    const call = this.#drawCall();
    const index = Math.floor(this.#random.fraction() * this.#options.keyCount);
    // Counters are keys of their own: their sums tell more where nobody puts.
    const key =
      call === 'incr' || (call === 'get' && this.#isCounterRead())
        ? this.#counter(index)
        : this.#key(index);
    switch (call) {
      case 'put':
        await this.#put(client, key);
        return;
      case 'get':
        await this.#get(client, key);
        return;
      case 'incr':
        await client.increment(key);
        return;
      case 'cas':
        await this.#compareAndSet(client, key);
        return;
      case 'del':
        await client.delete([key]);
        return;
      default:
        unreachable(call);
    }
  }

  /**
   * After the load: what was acknowledged last must be there. A read that fails is tried again.
   * Gives the number of keys that could not be read.
   */
  async readAll(client: RecordedLoadClient): Promise<number> {
    let unreadCount = 0;
    for (let index = 0; index < this.#options.keyCount; index++) {
      for (const key of [this.#key(index), this.#counter(index)]) {
        if (!(await this.#isRead(client, key))) unreadCount += 1;
      }
    }
    return unreadCount;
  }

  async #isRead(client: RecordedLoadClient, key: string): Promise<boolean> {
    for (let attempt = 1; attempt <= MAX_READ_ATTEMPTS; attempt++) {
      try {
        await client.get(key);
        return true;
      } catch (error) {
        if (!(error instanceof OmnikvError)) throw error;
      }
    }
    return false;
  }

  async #put(client: RecordedLoadClient, key: string): Promise<void> {
    const value = this.#newValue();
    await client.put(key, value);
    this.#lastSeen.set(key, value);
  }

  async #get(client: RecordedLoadClient, key: string): Promise<void> {
    const found = await client.get(key);
    if (found !== undefined) this.#lastSeen.set(key, found.value);
  }

  async #compareAndSet(client: RecordedLoadClient, key: string): Promise<void> {
    const replacement = this.#newValue();
    try {
      await client.compareAndSet(key, this.#lastSeen.get(key) ?? replacement, replacement);
      this.#lastSeen.set(key, replacement);
    } catch (error) {
      const isAnswer = error instanceof OmnikvError && error.code === 'OMNIKV_CONDITION_FAILED';
      if (!isAnswer) throw error;
    }
  }

  #drawCall(): Call {
    const draw = this.#random.fraction();
    const mix = MIXES[this.#options.operation];
    return mix.find(([share]) => draw < share)?.[1] ?? 'get';
  }

  #isCounterRead(): boolean {
    const { operation } = this.#options;
    if (operation === 'incr') return true;
    return operation === 'mixed' && this.#random.fraction() < 0.3;
  }

  #key(index: number): string {
    return `bench-${this.#runName}-${index}`;
  }

  #counter(index: number): string {
    return `bench-${this.#runName}-count-${index}`;
  }

  #newValue(): Value {
    this.#valueCount += 1;
    if (this.#options.valueSizeBytes === 8) return { kind: 'u64', value: BigInt(this.#valueCount) };
    const text = String(this.#valueCount).padStart(this.#options.valueSizeBytes, '.');
    return { kind: 'text', value: text };
  }
}
