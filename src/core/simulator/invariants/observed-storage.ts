/**
 * A storage between the protocol and the real one that keeps the node's shadow in step.
 *
 * It adds nothing and delays nothing. Every batch, every position told durable and every read goes
 * past the shadow, which throws an `InvariantViolation` where they do not fit.
 */

import type {
  FlushOutcome,
  Storage,
  StorageBatch,
  StoredState,
} from '../../omnipaxos/storage-port.js';
import type { NodeShadow } from './node-shadow.js';

export class ObservedStorage implements Storage<Uint8Array> {
  readonly #inner: Storage<Uint8Array>;
  readonly #shadow: NodeShadow;

  /** The caller has called `shadow.newLife` with what `inner` was opened with. */
  constructor(inner: Storage<Uint8Array>, shadow: NodeShadow) {
    this.#inner = inner;
    this.#shadow = shadow;
  }

  get isUsed(): boolean {
    return this.#inner.isUsed;
  }

  get durablePosition(): number {
    const position = this.#inner.durablePosition;
    this.#shadow.toldDurable(position);
    return position;
  }

  get failure(): Error | undefined {
    return this.#inner.failure;
  }

  state(): StoredState {
    return this.#inner.state();
  }

  entries(fromIdx: number, toIdx: number, maxBytes?: number): readonly Uint8Array[] {
    const entries = this.#inner.entries(fromIdx, toIdx, maxBytes);
    this.#shadow.checkRead(fromIdx, entries);
    return entries;
  }

  sizeOf(entry: Uint8Array): number {
    return this.#inner.sizeOf(entry);
  }

  submit(batch: StorageBatch<Uint8Array>): number {
    const position = this.#inner.submit(batch);
    this.#shadow.submitted(batch, position);
    return position;
  }

  startFlush(done: (outcome: FlushOutcome) => void): void {
    this.#inner.startFlush((outcome) => {
      if (outcome.kind === 'durable') this.#shadow.toldDurable(outcome.position);
      done(outcome);
    });
  }

  flush(): Promise<number> {
    return this.#inner.flush();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
