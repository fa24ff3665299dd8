/**
 * Proposals on their way to a leader: taken, refused, forwarded, gathered into batches.
 *
 * What waits here has no leader to go to yet, or fills a leader's batch; it is bounded (R1, R2). The
 * core forwards a proposal once and never repeats it (H12): whoever needs to know keeps it until it
 * is decided.
 */

import type { ErrorId } from '../errors.js';
import { MAX_BUFFERED_PROPOSAL_BYTES, MAX_UNDECIDED_BYTES } from '../limits.js';
import type { Pid } from './ballot.js';
import type { Leader } from './leader.js';
import { sendContent, type ProtocolContext } from './protocol-context.js';

export interface BatchOptions {
  readonly batchSize: number;
  readonly flushBatchTickTimeout: number;
}

/** Where proposals go now. */
interface Destination<T> {
  /** This server, where it leads. */
  readonly leader: Leader<T> | undefined;
  /** Another server, where this one is in step with it. */
  readonly forwardTo: Pid | undefined;
}

export class Proposals<T> {
  readonly #context: ProtocolContext<T>;
  readonly #options: BatchOptions;
  readonly #destination: () => Destination<T>;
  readonly #entries: T[] = [];
  readonly #sizes: number[] = [];
  #waitingBytes = 0;
  #ticks = 0;

  constructor(
    context: ProtocolContext<T>,
    options: BatchOptions & { readonly destination: () => Destination<T> },
  ) {
    this.#context = context;
    this.#options = options;
    this.#destination = options.destination;
  }

  /** Why entries of this encoded size would be refused now. */
  refusal(sizeBytes: number): ErrorId | undefined {
    if (sizeBytes > MAX_UNDECIDED_BYTES) return 'OMNIKV_INVALID_ENTRY';
    const { leader, forwardTo } = this.#destination();
    if (forwardTo !== undefined) return undefined;
    const isAccepting = leader?.phase === 'accept';
    // H11: without its quorum a leader must not take what it may never decide.
    if (isAccepting && !this.#context.election.hasAcceptQuorum) return 'OMNIKV_NO_QUORUM';
    // R2, L1: what waits here and what is undecided, together.
    const roomBytes = isAccepting ? leader.roomBytes : MAX_BUFFERED_PROPOSAL_BYTES;
    return this.#waitingBytes + sizeBytes <= roomBytes ? undefined : 'OMNIKV_OVERLOADED';
  }

  /** The caller has asked `refusal`. */
  propose(entries: readonly T[]): void {
    const { forwardTo } = this.#destination();
    if (forwardTo !== undefined) {
      sendContent(this.#context, forwardTo, { kind: 'proposalForward', entries });
      return;
    }
    for (const entry of entries) {
      const sizeBytes = this.#context.log.sizeOf(entry);
      this.#entries.push(entry);
      this.#sizes.push(sizeBytes);
      this.#waitingBytes += sizeBytes;
    }
    if (this.#entries.length >= this.#options.batchSize) this.#dispatch();
  }

  /** From another server. One that cannot be taken is dropped: its owner repeats it (H12). */
  proposeForwarded(entries: readonly T[]): void {
    if (this.#destination().leader === undefined) return;
    for (const entry of entries) {
      if (this.refusal(this.#context.log.sizeOf(entry)) === undefined) this.propose([entry]);
    }
  }

  tick(): void {
    this.#ticks += 1;
    if (this.#ticks >= this.#options.flushBatchTickTimeout) this.#dispatch();
  }

  /** After any input that may have found a leader or made room. */
  afterProgress(): void {
    if (this.#options.batchSize === 1) this.#dispatch();
  }

  /** Gives what waits to whoever leads now; a leader takes what R2 leaves room for. */
  #dispatch(): void {
    this.#ticks = 0;
    if (this.#entries.length === 0) return;
    const { leader, forwardTo } = this.#destination();
    if (forwardTo !== undefined) {
      const entries = this.#take(MAX_UNDECIDED_BYTES);
      sendContent(this.#context, forwardTo, { kind: 'proposalForward', entries });
    } else if (leader?.phase === 'accept' && this.#context.election.hasAcceptQuorum) {
      const entries = this.#take(leader.roomBytes);
      if (entries.length > 0) leader.append(entries);
    }
  }

  /** The oldest entries that fit `maxBytes`. */
  #take(maxBytes: number): readonly T[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#sizes.length && bytes + (this.#sizes[count] ?? 0) <= maxBytes) {
      bytes += this.#sizes[count] ?? 0;
      count++;
    }
    this.#sizes.splice(0, count);
    this.#waitingBytes -= bytes;
    return this.#entries.splice(0, count);
  }
}
