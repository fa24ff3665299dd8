/**
 * Group commit: what was submitted waits here until one write and one fdatasync take it all.
 *
 * Invariants: one flush at a time; a batch counts as durable only when an fdatasync that was
 * called after its last byte was written has returned (mutant: bytes written meanwhile); after a
 * failure nothing is written and every waiter hears of it.
 */

import { MARK_DELAY_MS } from '../limits.js';
import type { FlushOutcome, StoredState } from '../omnipaxos/storage-port.js';
import type { Scheduler, Timer } from '../platform/ports.js';
import { stateDraft, writeBatchBody, type EncodedOperation } from './batch-codec.js';
import type { RecordPlace } from './entry-index.js';
import {
  CLEAN_FLAG,
  markDraft,
  proofDrafts,
  recordBytes,
  RECORD_HEADER_BYTES,
  type PlacedRecord,
  type RecordDraft,
} from './record.js';
import type { SegmentWriter } from './segment-writer.js';

/** Hears where an append's entries went; the same order as the appends of the batch. */
export type Placed = (place: RecordPlace, record: PlacedRecord) => void;

export interface QueuedBatch {
  readonly position: number;
  readonly operations: readonly EncodedOperation[];
  readonly bodyBytes: number;
  /** The lowest index that the batch touches. */
  readonly firstIndex: number;
  /** The state after the batch. */
  readonly state: StoredState;
  /** One per append of `operations`. */
  readonly placed: readonly (Placed | undefined)[];
}

interface Waiter {
  readonly position: number;
  readonly done: (outcome: FlushOutcome) => void;
}

export interface FlushQueueOptions {
  readonly writer: SegmentWriter;
  readonly scheduler: Scheduler;
  /** The state that the log holds. */
  readonly state: StoredState;
  /** D17: the one place that decides. It must call `fail`. */
  readonly failed: (error: Error) => void;
  /** After every fdatasync, before anybody hears of it. */
  readonly synced: () => void;
  /** After every new segment. */
  readonly switched: () => void;
}

export class FlushQueue {
  readonly #options: FlushQueueOptions;
  readonly #batches: QueuedBatch[] = [];
  #waiters: Waiter[] = [];
  #isBusy = false;
  #failure: Error | undefined;
  #durablePosition = 0;
  #lastPosition = 0;
  #writtenState: StoredState;
  /** D10: whether a Mark, or a later record, proves everything that was synced. */
  #isProven = true;
  /** Under load it runs on, and is not started anew after every flush. */
  #markTimer: Timer | undefined;
  #hasFlushedSinceTimer = false;
  #idle: (() => void) | undefined;

  constructor(options: FlushQueueOptions) {
    this.#options = options;
    this.#writtenState = options.state;
  }

  get durablePosition(): number {
    return this.#durablePosition;
  }

  push(batch: QueuedBatch): void {
    this.#batches.push(batch);
    this.#lastPosition = batch.position;
  }

  start(done: (outcome: FlushOutcome) => void): void {
    const waiter = { position: this.#lastPosition, done };
    if (this.#failure !== undefined || waiter.position <= this.#durablePosition) {
      this.#options.scheduler.defer(() => done(this.#outcome()));
      return;
    }
    this.#waiters.push(waiter);
    this.#run();
  }

  /** D17: from now on nothing is written. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#stopMarkTimer();
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#options.scheduler.defer(() => {
      for (const { done } of waiters) done(this.#outcome());
    });
    this.#whenIdle();
  }

  /** D20: the Mark of a clean shutdown, once everything is durable. */
  sealCleanly(done: () => void): void {
    this.#stopMarkTimer();
    // The proof first: what the clean Mark follows is all known to be synced.
    this.#idle = () => this.#appendProof(() => this.#appendMarks([this.#mark(CLEAN_FLAG)], done));
    if (!this.#isBusy) this.#whenIdle();
  }

  /** Calls back when no write is in flight. */
  settle(done: () => void): void {
    this.#stopMarkTimer();
    this.#idle = done;
    if (!this.#isBusy) this.#whenIdle();
  }

  #outcome(): FlushOutcome {
    if (this.#failure !== undefined) return { kind: 'failed', error: this.#failure };
    return { kind: 'durable', position: this.#durablePosition };
  }

  #run(): void {
    if (this.#isBusy || this.#failure !== undefined || this.#waiters.length === 0) return;
    this.#isBusy = true;
    const drafts: RecordDraft[] = [];
    const group = this.#takeFitting(drafts);
    const last = group.at(-1);
    if (last === undefined) {
      this.#switchSegment();
      return;
    }
    this.#writtenState = last.state;
    this.#isProven = false;
    this.#options.writer.append(drafts, (error) => this.#ended(error, last.position));
  }

  /** As many batches as the segment holds, in order. The others go to the next segment. */
  #takeFitting(drafts: RecordDraft[]): readonly QueuedBatch[] {
    const { writer } = this.#options;
    let roomBytes = writer.roomBytes;
    const opening = this.#openingDrafts();
    for (const draft of opening) roomBytes -= recordBytes(draft);
    let count = 0;
    for (const batch of this.#batches) {
      const draft = batchDraft(batch);
      roomBytes -= recordBytes(draft);
      if (roomBytes < 0) break;
      if (count === 0) drafts.push(...opening);
      drafts.push(draft);
      count += 1;
    }
    return this.#batches.splice(0, count);
  }

  #openingDrafts(): readonly RecordDraft[] {
    return this.#options.writer.isAtStart ? [stateDraft(this.#writtenState)] : [];
  }

  #switchSegment(): void {
    const state = this.#writtenState;
    const first = this.#batches[0]!;
    const requiredBytes = recordBytes(stateDraft(state)) + recordBytes(batchDraft(first));
    this.#options.writer.switchSegment(requiredBytes, state.acceptedIdx, (error) => {
      if (error === undefined && this.#failure === undefined) this.#options.switched();
      this.#ended(error, this.#durablePosition);
    });
  }

  #ended(error: Error | undefined, position: number): void {
    this.#isBusy = false;
    if (error !== undefined) this.#options.failed(error);
    if (this.#failure !== undefined) {
      this.#whenIdle();
      return;
    }
    this.#durablePosition = position;
    this.#options.synced();
    const isDone = (waiter: Waiter): boolean => waiter.position <= position;
    const ready = this.#waiters.filter(isDone);
    this.#waiters = this.#waiters.filter((waiter) => !isDone(waiter));
    for (const { done } of ready) done(this.#outcome());
    this.#run();
    this.#whenIdle();
    this.#armMark();
  }

  #whenIdle(): void {
    if (this.#isBusy || this.#idle === undefined) return;
    const idle = this.#idle;
    this.#idle = undefined;
    idle();
  }

  #armMark(): void {
    if (this.#isProven || this.#isBusy || this.#failure !== undefined) return;
    this.#hasFlushedSinceTimer = this.#markTimer !== undefined;
    this.#markTimer ??= this.#options.scheduler.after(MARK_DELAY_MS / 2, () => {
      this.#markTimer = undefined;
      // The second half of the delay begins: the last flush was in the first.
      if (this.#hasFlushedSinceTimer) this.#armMark();
      else if (!this.#isProven && !this.#isBusy) this.#appendProof(() => undefined);
    });
  }

  #stopMarkTimer(): void {
    this.#markTimer?.cancel();
    this.#markTimer = undefined;
  }

  #appendProof(done: () => void): void {
    const { writer } = this.#options;
    // D6: a segment without records proves the one before it.
    if (this.#isProven || writer.isAtStart) done();
    else this.#appendMarks(proofDrafts(writer.offset, this.#mark()), done);
  }

  #mark(flags = 0): RecordDraft {
    return markDraft(this.#writtenState.acceptedIdx, { flags });
  }

  #appendMarks(marks: readonly RecordDraft[], done: () => void): void {
    const drafts = [...this.#openingDrafts(), ...marks];
    if (this.#failure !== undefined || !this.#options.writer.hasRoomFor(drafts)) {
      done();
      return;
    }
    this.#isBusy = true;
    this.#isProven = true;
    this.#options.writer.append(drafts, (error) => {
      this.#ended(error, this.#durablePosition);
      done();
    });
  }
}

function batchDraft(batch: QueuedBatch): RecordDraft {
  const entriesOffsets: number[] = [];
  return {
    type: 'batch',
    flags: 0,
    firstIndex: batch.firstIndex,
    count: batch.state.acceptedIdx - batch.firstIndex,
    bodyBytes: batch.bodyBytes,
    writeBody: (bytes, offset) => {
      const recordOffset = offset - RECORD_HEADER_BYTES;
      writeBatchBody(bytes, offset, batch.operations, (entriesOffset) => {
        entriesOffsets.push(entriesOffset - recordOffset);
      });
    },
    placed: (record) => {
      const { seq, offset, sizeBytes } = record;
      entriesOffsets.forEach((entriesOffset, i) => {
        batch.placed[i]?.({ seq, offset, sizeBytes, entriesOffset }, record);
      });
    },
  };
}
