/**
 * A Storage whose disk is under the test's control: when a flush ends, what a crash leaves, when
 * the disk fails.
 *
 * `Disk` is what survives; `ControlledStorage` is one process's view of it. A batch reaches the
 * disk whole or not at all, and never before an earlier one (D12). What was submitted after a
 * flush began is not covered by it. Violations of the contract by the caller throw at once.
 */

import {
  compareBallots,
  formatBallot,
  ZERO_BALLOT,
  type Ballot,
} from '../../src/core/omnipaxos/ballot.js';
import type {
  FlushOutcome,
  Storage,
  StorageBatch,
  StoredState,
} from '../../src/core/omnipaxos/storage-port.js';

/** One copy of the persistent state: the visible one, or the one on the disk. */
export class LogState<T> {
  promise: Ballot = ZERO_BALLOT;
  acceptedRound: Ballot = ZERO_BALLOT;
  decidedRound: Ballot = ZERO_BALLOT;
  decidedIdx = 0;
  log: T[] = [];
  isUsed = false;
  /** The lowest index at which entries were cut off since a test last looked. */
  lowestCutIdx = Infinity;

  copy(): LogState<T> {
    return Object.assign(new LogState<T>(), this, { log: [...this.log] });
  }

  apply(batch: StorageBatch<T>): void {
    const decidedBefore = this.decidedIdx;
    for (const operation of batch) {
      switch (operation.kind) {
        case 'appendOnPrefix':
          this.#appendOnPrefix(operation.fromIdx, operation.entries, decidedBefore);
          break;
        case 'setPromise':
          mustNotFall('promise', this.promise, operation.ballot);
          this.promise = operation.ballot;
          this.isUsed = true;
          break;
        case 'setAcceptedRound':
          mustNotFall('acceptedRound', this.acceptedRound, operation.ballot);
          this.acceptedRound = operation.ballot;
          break;
        case 'setDecidedRound':
          mustNotFall('decidedRound', this.decidedRound, operation.ballot);
          this.decidedRound = operation.ballot;
          break;
        case 'setDecidedIdx':
          check(operation.idx >= this.decidedIdx, `decidedIdx falls to ${operation.idx}`);
          this.decidedIdx = operation.idx;
          break;
      }
    }
    // P6 and mutant 30: what is decided is in the log.
    check(this.decidedIdx <= this.log.length, `decidedIdx ${this.decidedIdx} beyond the log`);
    check(compareBallots(this.acceptedRound, this.promise) <= 0, 'acceptedRound above the promise');
  }

  #appendOnPrefix(fromIdx: number, entries: readonly T[], decidedIdx: number): void {
    const { length } = this.log;
    check(fromIdx >= 0 && fromIdx <= length, `a gap: append at ${fromIdx} of ${length}`);
    check(fromIdx >= decidedIdx, `a cut at ${fromIdx}, below decidedIdx ${decidedIdx}`);
    if (fromIdx < length) {
      this.lowestCutIdx = Math.min(this.lowestCutIdx, fromIdx);
      this.log.length = fromIdx;
    }
    for (const entry of entries) this.log.push(entry);
  }
}

export class Disk<T> {
  readonly durable = new LogState<T>();
}

export interface ControlledStorageOptions<T> {
  /** Called when a flush begins; the flush ends when `complete` is called. Manual by default. */
  readonly onFlush?: (complete: () => void) => void;
  readonly sizeOf?: (entry: T) => number;
}

export class ControlledStorage<T> implements Storage<T> {
  readonly isUsed: boolean;
  readonly visible: LogState<T>;
  failure: Error | undefined;
  /** Every batch that was submitted; batch k has position k + 1. */
  readonly batches: StorageBatch<T>[] = [];
  readonly #disk: Disk<T>;
  readonly #onFlush: (complete: () => void) => void;
  readonly #sizeOf: (entry: T) => number;
  #durablePosition = 0;
  #inFlightPosition = 0;
  #isFlushing = false;
  #isDead = false;
  #willFail = false;
  #waiting: ((outcome: FlushOutcome) => void)[] = [];
  #manual: (() => void) | undefined;

  constructor(disk: Disk<T>, options: ControlledStorageOptions<T> = {}) {
    this.#disk = disk;
    this.#onFlush = options.onFlush ?? ((complete) => (this.#manual = complete));
    this.#sizeOf = options.sizeOf ?? (() => 16);
    this.visible = disk.durable.copy();
    this.isUsed = this.visible.isUsed;
  }

  get durablePosition(): number {
    return this.#durablePosition;
  }

  /** Something was submitted that no flush covers yet. */
  get hasUnflushed(): boolean {
    return this.batches.length > Math.max(this.#inFlightPosition, this.#durablePosition);
  }

  get isFlushing(): boolean {
    return this.#isFlushing;
  }

  state(): StoredState {
    const { promise, acceptedRound, decidedRound, decidedIdx, log } = this.visible;
    const acceptedIdx = log.length;
    return { promise, acceptedRound, decidedRound, decidedIdx, acceptedIdx, compactedIdx: 0 };
  }

  entries(fromIdx: number, toIdx: number, maxBytes = Infinity): readonly T[] {
    const { log } = this.visible;
    if (!(fromIdx >= 0 && fromIdx <= toIdx && toIdx <= log.length)) {
      throw new RangeError(`entries [${fromIdx}, ${toIdx}) of a log of ${log.length}`);
    }
    const slice = log.slice(fromIdx, toIdx);
    if (maxBytes === Infinity) return slice;
    let bytes = 0;
    const end = slice.findIndex((entry) => (bytes += this.#sizeOf(entry)) > maxBytes);
    return end < 0 ? slice : slice.slice(0, Math.max(1, end));
  }

  sizeOf(entry: T): number {
    return this.#sizeOf(entry);
  }

  submit(batch: StorageBatch<T>): number {
    check(!this.#isDead, 'submit after the end of the process');
    check(batch.length > 0, 'an empty batch');
    this.visible.apply(batch);
    return this.batches.push(batch);
  }

  startFlush(done: (outcome: FlushOutcome) => void): void {
    this.#waiting.push(done);
    if (!this.#isFlushing) this.#begin();
  }

  flush(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.startFlush((outcome) =>
        outcome.kind === 'durable' ? resolve(outcome.position) : reject(outcome.error),
      );
    });
  }

  close(): Promise<void> {
    this.#isDead = true;
    return Promise.resolve();
  }

  /** Manual mode: the flush that is under way ends now. */
  completeFlush(): void {
    const complete = this.#manual;
    check(complete !== undefined, 'no flush is under way');
    this.#manual = undefined;
    complete();
  }

  /** The flush that is under way, or the next one, fails (D17). */
  failFlush(): void {
    this.#willFail = true;
  }

  /** How many batches a crash may leave behind durablePosition: only those being written. */
  get unsyncedCount(): number {
    return Math.max(0, this.#inFlightPosition - this.#durablePosition);
  }

  /** The process dies; `keepCount` batches behind durablePosition reached the disk. */
  crash(keepCount = 0): void {
    const first = this.#durablePosition;
    for (const batch of this.batches.slice(first, first + keepCount)) {
      this.#disk.durable.apply(batch);
    }
    this.#isDead = true;
    this.#waiting = [];
  }

  #begin(): void {
    this.#isFlushing = true;
    this.#inFlightPosition = this.batches.length;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#onFlush(() => this.#end(waiting));
  }

  #end(waiting: readonly ((outcome: FlushOutcome) => void)[]): void {
    if (this.#isDead) return;
    this.#isFlushing = false;
    if (this.#willFail) {
      this.#isDead = true;
      const error = new Error('EIO: the disk of this test has failed');
      this.failure = error;
      for (const done of waiting) done({ kind: 'failed', error });
      return;
    }
    const position = this.#inFlightPosition;
    for (const batch of this.batches.slice(this.#durablePosition, position)) {
      this.#disk.durable.apply(batch);
    }
    this.#durablePosition = position;
    for (const done of waiting) done({ kind: 'durable', position });
    this.#beginNext();
  }

  /** Who asked while the flush was under way gets the next one. */
  #beginNext(): void {
    if (this.#waiting.length > 0 && !this.#isFlushing) this.#begin();
  }
}

function mustNotFall(name: string, before: Ballot, after: Ballot): void {
  check(
    compareBallots(after, before) >= 0,
    `${name} falls from ${formatBallot(before)} to ${formatBallot(after)}`,
  );
}

export class ContractViolation extends Error {
  override readonly name = 'ContractViolation';
}

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ContractViolation(message);
}
