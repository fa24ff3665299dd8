/**
 * What a log on a disk may hold: the state after every batch, from the last one told durable on.
 *
 * The entries are kept by reference, so a position costs an array of references.
 */

import type { StorageBatch, StoredState } from '../../src/core/omnipaxos/storage-port.js';
import { applyBatch, EMPTY_STATE } from '../../src/core/storage/stored-state.js';

export interface LogState {
  readonly state: StoredState;
  readonly entries: readonly Uint8Array[];
}

export class StorageModel {
  /** After batch `#firstPosition`, `#firstPosition + 1` … of this life. */
  #states: LogState[] = [{ state: EMPTY_STATE, entries: [] }];
  #firstPosition = 0;

  get last(): LogState {
    return this.#states.at(-1)!;
  }

  submit(batch: StorageBatch<Uint8Array>): number {
    const state = applyBatch(this.last.state, batch);
    let { entries } = this.last;
    for (const operation of batch) {
      if (operation.kind !== 'appendOnPrefix') continue;
      entries = [...entries.slice(0, operation.fromIdx), ...operation.entries];
    }
    this.#states.push({ state, entries });
    return this.#firstPosition + this.#states.length - 1;
  }

  /** From now on nothing before `position` will do. */
  durable(position: number): void {
    this.#states = this.#states.slice(position - this.#firstPosition);
    this.#firstPosition = position;
  }

  /** Which position a log that was read back stands for; undefined where it is none of them. */
  positionOf(found: LogState): number | undefined {
    const at = this.#states.findLastIndex((expected) => isSame(expected, found));
    return at < 0 ? undefined : this.#firstPosition + at;
  }

  /** A new life begins with `found`, which must be one of the states. */
  reopened(found: LogState): void {
    this.#states = [found];
    this.#firstPosition = 0;
  }

  describe(): string {
    const lengths = this.#states.map(({ state }) => `${state.acceptedIdx}/${state.decidedIdx}`);
    return `positions from ${this.#firstPosition}: accepted/decided ${lengths.join(' ')}`;
  }
}

function isSame(a: LogState, b: LogState): boolean {
  return (
    a.entries.length === b.entries.length &&
    JSON.stringify(a.state) === JSON.stringify(b.state) &&
    a.entries.every((entry, i) => isSameBytes(entry, b.entries[i]!))
  );
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && a.every((byte, i) => byte === b[i]));
}
