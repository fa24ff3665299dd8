/**
 * What one node's log must be: everything it submitted (`visible`), and what its storage has told
 * it is durable (`durable`). Outlives every process of the node.
 *
 * Checks 2 and 3 at every batch. At every start it checks what recovery found: all that was told
 * durable, then whole batches in their order, and nothing that was never submitted (2, 3, 11).
 */

import { compareBallots } from '../../omnipaxos/ballot.js';
import type { StorageBatch, StoredState } from '../../omnipaxos/storage-port.js';
import { areBytesEqual, describeEntry } from './entry-bytes.js';
import { InvariantViolation, type InvariantNumber } from './invariant-violation.js';
import { describeState, ShadowLog } from './shadow-log.js';

/** What is known to be missing, or there without having been written. */
export interface Loss {
  readonly invariant: InvariantNumber;
  readonly what: string;
}

interface Pending {
  readonly position: number;
  readonly batch: StorageBatch<Uint8Array>;
}

export class NodeShadow {
  readonly pid: number;
  /** What reads must show. */
  visible: ShadowLog;
  /** What the storage has told to be durable. */
  durable: ShadowLog;
  /** Since `takeChange` was last called. */
  #hasChanged = false;
  #changedFromIdx = Infinity;
  #cutAtIdx = Infinity;
  /** Submitted, and not told durable. */
  #pending: Pending[] = [];
  #durablePosition = 0;
  #lastPosition = 0;
  #violation: InvariantViolation | undefined;

  constructor(pid: number) {
    this.pid = pid;
    this.visible = new ShadowLog(pid);
    this.durable = new ShadowLog(pid);
  }

  get durablePosition(): number {
    return this.#durablePosition;
  }

  /** The first violation that was found here: whoever caught it may not have understood it. */
  get violation(): InvariantViolation | undefined {
    return this.#violation;
  }

  /** Batches that a crash may leave or lose. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /**
   * A process has opened what the last one left. Throws an `InvariantViolation` where that is not
   * the log after some whole batch, at or behind the last one told durable.
   */
  newLife(state: StoredState, entries: readonly Uint8Array[]): void {
    const found = this.#find(state, entries);
    if (found === undefined) {
      const { invariant, what } = this.#explain(state, entries);
      throw this.#remember(new InvariantViolation(invariant, `node ${this.pid}: ${what}`));
    }
    this.durable = found;
    this.visible = found.copy();
    this.#pending = [];
    this.#durablePosition = 0;
    this.#lastPosition = 0;
    this.#hasChanged = true;
    this.#changedFromIdx = 0;
    this.#cutAtIdx = Infinity;
  }

  /** What is wrong with a log that was opened from this node's disk; undefined: nothing. */
  lossIn(state: StoredState, entries: readonly Uint8Array[]): Loss | undefined {
    return this.#find(state, entries) === undefined ? this.#explain(state, entries) : undefined;
  }

  submitted(batch: StorageBatch<Uint8Array>, position: number): void {
    const { visible } = this;
    const roundBefore = visible.acceptedRound;
    const lengthBefore = visible.entries.length;
    this.#guard(() => {
      visible.apply(batch);
      if (position !== this.#lastPosition + 1) {
        const what = `batch ${position} follows batch ${this.#lastPosition}`;
        throw new InvariantViolation(8, `node ${this.pid}: ${what}`);
      }
    });
    this.#lastPosition = position;
    this.#hasChanged = true;
    for (const operation of batch) {
      if (operation.kind !== 'appendOnPrefix') continue;
      this.#changedFromIdx = Math.min(this.#changedFromIdx, operation.fromIdx);
      if (operation.fromIdx < lengthBefore) {
        this.#cutAtIdx = Math.min(this.#cutAtIdx, operation.fromIdx);
      }
    }
    if (compareBallots(roundBefore, visible.acceptedRound) !== 0) this.#changedFromIdx = 0;
    this.#pending.push({ position, batch });
  }

  /** The storage says that everything up to `position` is durable. */
  toldDurable(position: number): void {
    if (position === this.#durablePosition) return;
    this.#guard(() => {
      if (position > this.#lastPosition || position < this.#durablePosition) {
        throw new InvariantViolation(
          8,
          `node ${this.pid}: position ${position} was told durable, of ${this.#lastPosition} ` +
            `that were submitted and ${this.#durablePosition} that were durable before`,
        );
      }
      let count = 0;
      for (const pending of this.#pending) {
        if (pending.position > position) break;
        this.durable.apply(pending.batch);
        count += 1;
      }
      this.#pending.splice(0, count);
    });
    this.#durablePosition = position;
  }

  /** What a read of the storage gave must be what was submitted. */
  checkRead(fromIdx: number, entries: readonly Uint8Array[]): void {
    for (let at = 0; at < entries.length; at++) {
      const expected = this.visible.entries[fromIdx + at];
      if (areBytesEqual(entries[at], expected)) continue;
      const what =
        `the storage reads ${describeEntry(entries[at])} at ${fromIdx + at}, ` +
        `${describeEntry(expected)} was written`;
      throw this.#remember(new InvariantViolation(2, `node ${this.pid}: ${what}`));
    }
  }

  /**
   * What batches, or a start, have changed since the last call: the lowest index whose entry or
   * round is another, and the lowest cut; Infinity where there is none.
   */
  takeChange(): { readonly fromIdx: number; readonly cutAtIdx: number } | undefined {
    if (!this.#hasChanged) return undefined;
    const change = { fromIdx: this.#changedFromIdx, cutAtIdx: this.#cutAtIdx };
    this.#hasChanged = false;
    this.#changedFromIdx = Infinity;
    this.#cutAtIdx = Infinity;
    return change;
  }

  /** The log after the batch that these are the state and the entries of. */
  #find(state: StoredState, entries: readonly Uint8Array[]): ShadowLog | undefined {
    if (isSame(this.durable, state, entries)) return this.durable;
    if (this.#pending.length === 0) return undefined;
    const candidate = this.durable.copy();
    for (const { batch } of this.#pending) {
      candidate.apply(batch);
      if (isSame(candidate, state, entries)) return candidate;
    }
    return undefined;
  }

  /** Which promise is broken by a log that is none of the possible ones. */
  #explain(state: StoredState, entries: readonly Uint8Array[]): Loss {
    const { durable } = this;
    const found = `found ${describeState(state)}; durable was ${String(durable)}`;
    const hasFallen =
      compareBallots(state.promise, durable.promise) < 0 ||
      compareBallots(state.acceptedRound, durable.acceptedRound) < 0;
    if (hasFallen) return { invariant: 3, what: found };
    if (state.decidedIdx < durable.decidedIdx) return { invariant: 2, what: found };
    for (let idx = 0; idx < durable.decidedIdx; idx++) {
      if (areBytesEqual(entries[idx], durable.entries[idx])) continue;
      const was = describeEntry(durable.entries[idx]);
      const what = `decided entry ${idx} was ${was}, is ${describeEntry(entries[idx])}`;
      return { invariant: 2, what };
    }
    const what = `the log is none of the ${this.#pending.length + 1} that may be left: ${found}`;
    return { invariant: 11, what };
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof InvariantViolation) this.#remember(error);
      throw error;
    }
  }

  #remember(violation: InvariantViolation): InvariantViolation {
    this.#violation ??= violation;
    return violation;
  }
}

function isSame(log: ShadowLog, state: StoredState, entries: readonly Uint8Array[]): boolean {
  if (!log.hasState(state) || entries.length !== log.entries.length) return false;
  return entries.every((entry, idx) => areBytesEqual(entry, log.entries[idx]));
}
