/**
 * A storage that remembers what was submitted, so that its owner flushes exactly when it must.
 *
 * It adds nothing and delays nothing: every call goes straight to the storage inside.
 */

import type {
  FlushOutcome,
  Storage,
  StorageBatch,
  StoredState,
} from '../omnipaxos/storage-port.js';

export class TrackedStorage<T> implements Storage<T> {
  readonly #inner: Storage<T>;
  #submittedPosition = 0;

  constructor(inner: Storage<T>) {
    this.#inner = inner;
  }

  /** Something was submitted that no flush has covered. */
  get hasUnflushed(): boolean {
    return this.#submittedPosition > this.#inner.durablePosition;
  }

  get isUsed(): boolean {
    return this.#inner.isUsed;
  }

  get durablePosition(): number {
    return this.#inner.durablePosition;
  }

  get failure(): Error | undefined {
    return this.#inner.failure;
  }

  submit(batch: StorageBatch<T>): number {
    this.#submittedPosition = this.#inner.submit(batch);
    return this.#submittedPosition;
  }

  state(): StoredState {
    return this.#inner.state();
  }

  entries(fromIdx: number, toIdx: number, maxBytes?: number): readonly T[] {
    return this.#inner.entries(fromIdx, toIdx, maxBytes);
  }

  sizeOf(entry: T): number {
    return this.#inner.sizeOf(entry);
  }

  startFlush(done: (outcome: FlushOutcome) => void): void {
    this.#inner.startFlush(done);
  }

  flush(): Promise<number> {
    return this.#inner.flush();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
