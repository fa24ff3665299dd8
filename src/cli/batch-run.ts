/**
 * Runs the operations of a batch: many in flight, answers in the order of the lines.
 *
 * Operations on one key are sent one after the other, in the order of their lines; once one of them
 * ended unknown, those behind it are not sent, for they might overtake it. A scan waits for all
 * before it, and all behind it wait for the scan. What is in flight, what waits and what was
 * answered and not yet written are bounded (R1): the input is read no faster than that.
 */

import { EXIT, OmnikvError } from '../core/errors.js';
import { MAX_VALUE_BYTES } from '../core/limits.js';
import { keysOf, sizeOf } from './key-operation.js';
import type { KeyOperation } from './key-operation.js';
import type { ParsedOperation } from './operation-line.js';
import { outcomeToJson } from './operation-outcome.js';
import type { Outcome } from './operation-outcome.js';
import { OutcomeTally } from './outcome-tally.js';
import { toJson } from './output.js';
import type { JsonObject } from './output.js';

export interface BatchLine {
  readonly line: number;
  readonly parsed: ParsedOperation;
}

export interface BatchRunOptions {
  readonly concurrency: number;
  readonly run: (operation: KeyOperation) => Promise<Outcome>;
  /** A promise where the reader is behind. */
  readonly write: (lines: string) => Promise<void> | undefined;
  /** Nothing more is read. */
  readonly onStop: () => void;
}

/** Requests in flight: a connection and a node hold no more than a few MiB of them. */
const MAX_IN_FLIGHT_BYTES = 2 * 1024 * 1024;
const MIN_READ_BYTES = 256;
const MAX_WINDOW_BYTES = 16 * 1024 * 1024;
const MIN_WINDOW = 1_024;
/** So many operations in a row that the cluster did not answer end a run: all in flight, at least. */
const MIN_UNANSWERED = 16;

/** The place of a line in the output. */
interface Slot {
  readonly line: number;
  sizeBytes: number;
  text: string | undefined;
}

interface Task {
  readonly slot: Slot;
  readonly operation: KeyOperation;
  readonly keys: readonly string[];
  /** Of the request, or of the answer as it is expected. */
  sizeBytes: number;
  isRepeated: boolean;
  waitingFor: number;
  readonly next: Task[];
}

export class BatchRun {
  readonly #options: BatchRunOptions;
  readonly #tally = new OutcomeTally();
  readonly #lastOfKey = new Map<string, Task>();
  readonly #doubtful = new Set<string>();
  #slots: Slot[] = [];
  #windowBytes = 0;
  #ready: Task[] = [];
  #unfinished = 0;
  #inFlight = 0;
  #inFlightBytes = 0;
  /** Begins with the largest, and follows what is read. */
  #expectedReadBytes = MAX_VALUE_BYTES;
  #unanswered = 0;
  /** The most that were in flight at once since the last answer. */
  #peakInFlight = 0;
  #isFlushing = false;
  /** The reader of the output is behind. */
  #isClogged = false;
  #stopReason: string | undefined;
  #thrown: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(options: BatchRunOptions) {
    this.#options = options;
  }

  get tally(): OutcomeTally {
    return this.#tally;
  }

  get stopReason(): string | undefined {
    return this.#stopReason;
  }

  /** What was sent is waited for; nothing else is sent. */
  stop(reason: string): void {
    if (this.#stopReason === undefined) {
      this.#stopReason = reason;
      this.#options.onStop();
    }
    this.#startReady();
    this.#progressed();
  }

  async run(lines: AsyncIterable<BatchLine>): Promise<void> {
    for await (const line of lines) {
      await this.#until(() => !this.#isFull());
      if (this.#stopReason !== undefined) break;
      await this.#admit(line);
    }
    await this.#until(() => this.#slots.length === 0 || this.#thrown !== undefined);
    if (this.#thrown !== undefined) throw this.#thrown;
  }

  async #admit({ line, parsed }: BatchLine): Promise<void> {
    const slot: Slot = { line, sizeBytes: 256, text: undefined };
    this.#slots.push(slot);
    this.#windowBytes += slot.sizeBytes;
    if (parsed.kind === 'bad') {
      const { column, error } = parsed;
      this.#settle(slot, { column }, undefined, { kind: 'failed', error, facts: {} });
      return;
    }
    const { operation } = parsed;
    const isScan = operation.kind === 'scan';
    if (isScan) await this.#idle();
    this.#enqueue(slot, operation);
    if (isScan) await this.#idle();
  }

  async #idle(): Promise<void> {
    await this.#until(() => this.#unfinished === 0 || this.#thrown !== undefined);
  }

  #enqueue(slot: Slot, operation: KeyOperation): void {
    const keys = keysOf(operation);
    const sizeBytes = sizeOf(operation);
    slot.sizeBytes += sizeBytes;
    this.#windowBytes += sizeBytes;
    const task: Task = {
      slot,
      operation,
      keys,
      sizeBytes,
      isRepeated: false,
      waitingFor: 0,
      next: [],
    };
    for (const key of keys) {
      const last = this.#lastOfKey.get(key);
      if (last !== undefined) {
        last.next.push(task);
        task.waitingFor += 1;
      }
      this.#lastOfKey.set(key, task);
    }
    this.#unfinished += 1;
    if (task.waitingFor === 0) this.#ready.push(task);
    this.#startReady();
  }

  /** As many as there is room for. One alone may be larger than the room. */
  #startReady(): void {
    let count = 0;
    while (count < this.#ready.length) {
      const task = this.#ready[count]!;
      if (task.operation.kind === 'get') task.sizeBytes = this.#expectedReadBytes;
      const isRoom =
        this.#inFlight === 0 || this.#inFlightBytes + task.sizeBytes <= MAX_IN_FLIGHT_BYTES;
      const isFree = this.#inFlight < this.#options.concurrency && isRoom && !this.#isClogged;
      if (!isFree && this.#stopReason === undefined) break;
      count += 1;
      const refusal = this.#refusalOf(task);
      if (refusal === undefined) void this.#start(task);
      else this.#finish(task, refusal);
    }
    if (count > 0) this.#ready = this.#ready.slice(count);
  }

  #refusalOf(task: Task): Outcome | undefined {
    const isDoubtful =
      task.operation.kind === 'scan'
        ? this.#doubtful.size > 0
        : task.keys.some((key) => this.#doubtful.has(key));
    const reason = isDoubtful
      ? 'an operation before it on the same key has an unknown outcome'
      : this.#stopReason;
    if (reason === undefined) return undefined;
    const error = new OmnikvError('OMNIKV_NOT_SENT', `not sent: ${reason}`);
    return { kind: 'failed', error, facts: {} };
  }

  async #start(task: Task): Promise<void> {
    this.#inFlight += 1;
    this.#peakInFlight = Math.max(this.#peakInFlight, this.#inFlight);
    this.#inFlightBytes += task.sizeBytes;
    try {
      const outcome = await this.#options.run(task.operation);
      this.#inFlight -= 1;
      this.#inFlightBytes -= task.sizeBytes;
      if (this.#isWorthRepeating(task, outcome)) {
        task.isRepeated = true;
        this.#ready.push(task);
      } else {
        this.#judge(task, outcome);
        this.#finish(task, outcome);
      }
      this.#startReady();
    } catch (error) {
      // A bug of ours: nothing more is sent, and the run throws it when it has ended.
      this.#thrown ??= error instanceof Error ? error : new Error(String(error));
      this.stop('the run was broken off');
    }
  }

  /** A node gives up a client whose answers of one moment are many MiB: so many were not expected. */
  #isWorthRepeating(task: Task, outcome: Outcome): boolean {
    if (task.operation.kind !== 'get' || this.#stopReason !== undefined) return false;
    if (outcome.kind === 'ok') {
      const sizeBytes = sizeOfAnswer(outcome);
      this.#expectedReadBytes = Math.max(sizeBytes, this.#expectedReadBytes / 2, MIN_READ_BYTES);
      return false;
    }
    const isLost = exitOf(outcome) === EXIT.unavailable;
    return isLost && !task.isRepeated && task.sizeBytes < this.#expectedReadBytes;
  }

  #judge(task: Task, outcome: Outcome): void {
    if (outcome.kind === 'unknown') for (const key of task.keys) this.#doubtful.add(key);
    const isAnswered = outcome.kind !== 'unknown' && exitOf(outcome) !== EXIT.unavailable;
    if (isAnswered) this.#peakInFlight = this.#inFlight;
    this.#unanswered = isAnswered ? 0 : this.#unanswered + 1;
    if (this.#unanswered < Math.max(this.#peakInFlight, MIN_UNANSWERED)) return;
    this.stop(`the cluster did not answer ${this.#unanswered} operations in a row`);
  }

  #finish(task: Task, outcome: Outcome): void {
    this.#unfinished -= 1;
    for (const key of task.keys) {
      if (this.#lastOfKey.get(key) === task) this.#lastOfKey.delete(key);
    }
    for (const next of task.next) {
      next.waitingFor -= 1;
      if (next.waitingFor === 0) this.#ready.push(next);
    }
    this.#settle(task.slot, {}, task.operation, outcome);
  }

  #settle(
    slot: Slot,
    place: JsonObject,
    operation: KeyOperation | undefined,
    outcome: Outcome,
  ): void {
    this.#tally.add(slot.line, outcome);
    slot.text = `${toJson({ line: slot.line, ...place, ...outcomeToJson(operation, outcome) })}\n`;
    this.#windowBytes += slot.text.length;
    slot.sizeBytes += slot.text.length;
    if (this.#slots[0] === slot) this.#flushSoon();
  }

  /** Answers of one turn of the event loop leave as one write. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    let count = 0;
    let text = '';
    while (this.#slots[count]?.text !== undefined) {
      const slot = this.#slots[count]!;
      text += slot.text ?? '';
      this.#windowBytes -= slot.sizeBytes;
      count += 1;
    }
    this.#slots = this.#slots.slice(count);
    this.#isClogged = true;
    await this.#options.write(text);
    this.#isClogged = false;
    this.#isFlushing = false;
    this.#startReady();
    if (this.#slots[0]?.text !== undefined) this.#flushSoon();
    this.#progressed();
  }

  #isFull(): boolean {
    const { length } = this.#slots;
    const window = Math.max(MIN_WINDOW, 4 * this.#options.concurrency);
    return length >= window || this.#windowBytes >= MAX_WINDOW_BYTES;
  }

  #progressed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

function sizeOfAnswer(outcome: Extract<Outcome, { kind: 'ok' }>): number {
  const { answer } = outcome;
  if (answer.kind !== 'value' || answer.found.value.kind === 'u64') return MIN_READ_BYTES;
  return answer.found.value.value.length;
}

function exitOf(outcome: Outcome): number {
  return outcome.kind === 'ok' ? 0 : outcome.error.exit;
}
