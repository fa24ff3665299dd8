/**
 * A storage whose flush ends when the test says so, well or badly.
 */

import { MemoryStorage } from '../../src/core/storage/memory-storage.js';
import type {
  FlushOutcome,
  Storage,
  StorageBatch,
  StoredState,
} from '../../src/core/omnipaxos/storage-port.js';

export class ManualDisk implements Storage<Uint8Array> {
  readonly #inner = new MemoryStorage<Uint8Array>();
  #submitted = 0;
  #durable = 0;
  #flushing: {
    readonly position: number;
    readonly done: (outcome: FlushOutcome) => void;
  }[] = [];
  failure: Error | undefined;
  /** True: a flush ends at once, as soon as the test lets anything happen. */
  isFast = true;
  /** True: a flush has ended before `startFlush` returns (R8). */
  isImmediate = false;
  flushCount = 0;

  get isUsed(): boolean {
    return this.#inner.isUsed;
  }

  get durablePosition(): number {
    return this.#durable;
  }

  get isFlushing(): boolean {
    return this.#flushing.length > 0;
  }

  state(): StoredState {
    return this.#inner.state();
  }

  entries(fromIdx: number, toIdx: number, maxBytes?: number): readonly Uint8Array[] {
    return this.#inner.entries(fromIdx, toIdx, maxBytes);
  }

  sizeOf(entry: Uint8Array): number {
    return entry.length;
  }

  submit(batch: StorageBatch<Uint8Array>): number {
    if (this.failure !== undefined) throw this.failure;
    this.#submitted = this.#inner.submit(batch);
    return this.#submitted;
  }

  startFlush(done: (outcome: FlushOutcome) => void): void {
    this.flushCount += 1;
    this.#flushing.push({ position: this.#submitted, done });
    if (this.isImmediate) this.completeFlush();
  }

  completeFlush(): void {
    const flush = this.#flushing.shift();
    if (flush === undefined) return;
    this.#durable = flush.position;
    flush.done({ kind: 'durable', position: flush.position });
  }

  failFlush(error: Error): void {
    this.failure = error;
    this.#flushing.shift()?.done({ kind: 'failed', error });
  }

  /** A new process finds everything that the old one submitted, as if it had been durable. */
  reopen(): void {
    this.#flushing = [];
    this.#durable = this.#submitted;
    this.isFast = true;
  }

  flush(): Promise<number> {
    return Promise.resolve(this.#durable);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
