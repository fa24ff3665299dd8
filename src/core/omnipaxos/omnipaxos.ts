/**
 * OmniPaxos: one server's instance of the replicated log, as a plain synchronous object.
 *
 * The owner brings network, disk and clock. Its loop: inputs (`append`, `handleIncoming`, `tick`, …),
 * then `position = await storage.flush()`, then `durable(position)`, then send what
 * `takeOutgoingMessages()` returns. It returns only messages whose content is durable, so the loop
 * may also send before the flush.
 *
 * Same inputs in the same order give the same outputs. No clock, no randomness, no promise, no I/O.
 * An instance that has failed, or whose storage has, takes no further input and sends nothing (H13).
 */

import { OmnikvError, type ErrorId } from '../errors.js';
import {
  DEFAULT_BATCH_SIZE,
  DEFAULT_ELECTION_TICK_TIMEOUT,
  DEFAULT_FLUSH_BATCH_TICK_TIMEOUT,
  DEFAULT_RESEND_MESSAGE_TICK_TIMEOUT,
} from '../limits.js';
import type { Ballot, LogIndex, Pid, StoragePosition } from './ballot.js';
import { areEntriesEqual } from './entry-equality.js';
import { readRange, type LogRead } from './log-reads.js';
import { LeaderElection } from './leader-election.js';
import type { Message } from './messages.js';
import { Outbox } from './outbox.js';
import type { ProtocolContext, ProtocolEvent } from './protocol-context.js';
import { Quorum, type FlexibleQuorum } from './quorum.js';
import type { ReadOutcome } from './reads.js';
import { ReplicatedLog } from './replicated-log.js';
import type { ElectionStatus, ParticipantStatus } from './participant-status.js';
import { Participant } from './participant.js';
import type { Storage } from './storage-port.js';

export type { ElectionStatus, LogRead, ProtocolEvent, ReadOutcome };

export interface OmniPaxosOptions<T> {
  readonly configurationId: number;
  readonly pid: Pid;
  /** The other servers; empty for a cluster of one. */
  readonly peers: readonly Pid[];
  readonly flexibleQuorum?: FlexibleQuorum | undefined;
  /** Breaks ties between ballots of equal n; larger wins. */
  readonly leaderPriority?: number | undefined;
  readonly electionTickTimeout?: number | undefined;
  readonly resendMessageTickTimeout?: number | undefined;
  /** Ticks after which a batch that is not full is proposed. */
  readonly flushBatchTickTimeout?: number | undefined;
  /** Entries that a leader gathers before it proposes them. Followers never wait (H14). */
  readonly batchSize?: number | undefined;
  /** Default: structural equality. */
  readonly isEqualEntry?: ((a: T, b: T) => boolean) | undefined;
}

export class OmniPaxos<T> {
  readonly #storage: Storage<T>;
  readonly #log: ReplicatedLog<T>;
  readonly #outbox: Outbox<T>;
  readonly #participant: Participant<T>;
  readonly #pid: Pid;
  #events: ProtocolEvent[] = [];
  #failure: unknown;

  constructor(options: OmniPaxosOptions<T>, storage: Storage<T>) {
    const { configurationId, pid, peers } = options;
    const electionTickTimeout = options.electionTickTimeout ?? DEFAULT_ELECTION_TICK_TIMEOUT;
    this.#storage = storage;
    this.#pid = pid;
    const isEqualEntry = options.isEqualEntry ?? areEntriesEqual;
    this.#log = new ReplicatedLog({ storage, pid, isEqualEntry });
    this.#outbox = new Outbox({ configurationId, pid });
    const quorum = new Quorum(peers.length + 1, options.flexibleQuorum);
    const election = new LeaderElection({
      configurationId,
      pid,
      peers,
      quorum,
      priority: options.leaderPriority ?? 0,
      electionTickTimeout,
      promise: this.#log.promise,
    });
    const context: ProtocolContext<T> = {
      configurationId,
      pid,
      peers,
      quorum,
      log: this.#log,
      outbox: this.#outbox,
      election,
      electionTickTimeout,
      resendMessageTickTimeout:
        options.resendMessageTickTimeout ?? DEFAULT_RESEND_MESSAGE_TICK_TIMEOUT,
      emit: (event) => this.#events.push(event),
    };
    this.#participant = new Participant(context, {
      batchSize: options.batchSize ?? DEFAULT_BATCH_SIZE,
      flushBatchTickTimeout: options.flushBatchTickTimeout ?? DEFAULT_FLUSH_BATCH_TICK_TIMEOUT,
    });
    this.#participant.start();
  }

  /**
   * Proposes an entry: a leader appends it, a follower forwards it once, without a leader it waits.
   * That it was taken does not mean that it will be decided: the owner watches the decided log (H12).
   * Throws OMNIKV_NO_QUORUM, OMNIKV_OVERLOADED or OMNIKV_INVALID_ENTRY; then nothing was proposed.
   */
  append(entry: T): void {
    this.appendAll([entry]);
  }

  /** The same for several entries at once: one storage batch, all or none taken. */
  appendAll(entries: readonly T[]): void {
    this.#input(() => {
      let totalBytes = 0;
      for (const entry of entries) totalBytes += this.#log.sizeOf(entry);
      const code = this.#participant.refusal(totalBytes);
      if (code !== undefined) throw new OmnikvError(code, refusalMessage(code, totalBytes));
      this.#participant.propose(entries);
    });
  }

  /** Why `append` of entries of this encoded size would be refused now, if it would. */
  refusal(sizeBytes: number): ErrorId | undefined {
    return this.#participant.refusal(sizeBytes);
  }

  /** Takes a message of another server. One for another server or configuration is ignored. */
  handleIncoming(message: Message<T>): void {
    this.#input(() => this.#participant.handle(message));
  }

  /** Advances the instance's time by one tick. */
  tick(): void {
    this.#input(() => this.#participant.tick());
  }

  /** Everything submitted up to `position` was written before a successful fdatasync was called. */
  durable(position: StoragePosition): void {
    this.#input(() => this.#observeDurable(position));
  }

  /**
   * The connection to a peer is up (again): lost messages are asked for, in both directions. The first
   * connection to the last of the peers hurries the election (E5); an owner that never calls this
   * waits for the election timeout.
   */
  reconnected(pid: Pid): void {
    this.#input(() => this.#participant.reconnected(pid));
  }

  /** The connection to a peer has closed: a hint that hurries the election, and no more. */
  disconnected(pid: Pid): void {
    this.#input(() => this.#participant.disconnected(pid));
  }

  /** Asks for a linearizable read; the outcome comes with this id from `takeReadyReads`. */
  requestRead(id: number): void {
    this.#input(() => this.#participant.requestRead(id));
  }

  /**
   * E8: asks a follower to take the lead over. True where it will be told; whether it does shows in
   * `getCurrentLeader`, and until then this server leads on.
   */
  handOver(pid: Pid): boolean {
    let hasBegun = false;
    this.#input(() => {
      hasBegun = this.#participant.handOver(pid);
    });
    return hasBegun;
  }

  /** After a restart on used storage. Done by the constructor already; doing it again is harmless. */
  failRecovery(): void {
    this.#input(() => this.#participant.failRecovery());
  }

  /** The messages that may leave now. The owner sends each to its `to`. */
  takeOutgoingMessages(): Message<T>[] {
    this.#input(() => this.#participant.prepareMessages());
    return this.#outbox.take(this.#log.durablePosition);
  }

  takeReadyReads(): ReadOutcome[] {
    return this.#participant.takeReadOutcomes();
  }

  takeEvents(): ProtocolEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** The entry at `idx`, or undefined beyond the end of the log. An undecided one may vanish. */
  read(idx: LogIndex): LogRead<T> | undefined {
    return readRange(this.#log, idx, idx + 1)?.[0];
  }

  /** Entries [fromIdx, toIdx), undefined where the range is not within the log. */
  readEntries(
    fromIdx: LogIndex,
    toIdx: LogIndex = this.#log.acceptedIdx,
  ): LogRead<T>[] | undefined {
    return readRange(this.#log, fromIdx, toIdx);
  }

  /** Decided entries from `fromIdx` on; empty where there is no news, undefined beyond the end. */
  readDecidedSuffix(fromIdx: LogIndex): LogRead<T>[] | undefined {
    return readRange(this.#log, fromIdx, this.#log.decidedIdx);
  }

  /** Bare decided entries from `fromIdx` on, at most about `maxBytes` of them but at least one. */
  readDecided(fromIdx: LogIndex, maxBytes?: number): readonly T[] {
    return this.#log.entries(fromIdx, this.#log.decidedIdx, maxBytes);
  }

  getDecidedIdx(): LogIndex {
    return this.#log.decidedIdx;
  }

  getAcceptedIdx(): LogIndex {
    return this.#log.acceptedIdx;
  }

  getCompactedIdx(): LogIndex {
    return this.#log.compactedIdx;
  }

  /** The leader this server is in step with; `isReady` is known to the leader alone. */
  getCurrentLeader(): { pid: Pid; ballot: Ballot; isReady: boolean } | undefined {
    return this.#participant.currentLeader;
  }

  /** X7: who can pass requests on to the leader, best first; undefined where none is heard of. */
  routesToLeader(): { readonly leader: Pid; readonly via: readonly Pid[] } | undefined {
    return this.#participant.routesToLeader;
  }

  getPromise(): Ballot {
    return this.#log.promise;
  }

  status(): OmniPaxosStatus {
    const { promise, acceptedRound, decidedIdx, acceptedIdx, compactedIdx } = this.#log;
    const log = { promise, acceptedRound, decidedIdx, acceptedIdx, compactedIdx };
    return { pid: this.#pid, ...log, ...this.#participant.status };
  }

  #input(handle: () => void): void {
    this.#assertAlive();
    try {
      handle();
      this.#observeDurable(this.#storage.durablePosition);
    } catch (error) {
      // A refused proposal changed nothing; anything else leaves a state that is not understood.
      if (!(error instanceof OmnikvError) || error.code === 'OMNIKV_IO') this.#failure = error;
      throw error;
    }
  }

  #observeDurable(position: StoragePosition): void {
    if (this.#log.markDurable(position)) this.#participant.handleDurable();
    // What that wrote may be durable already, as with MemoryStorage.
    while (this.#log.markDurable(this.#storage.durablePosition)) this.#participant.handleDurable();
  }

  #assertAlive(): void {
    const cause = this.#storage.failure ?? this.#failure;
    if (cause === undefined) return;
    throw new OmnikvError('OMNIKV_IO', `this instance has stopped: ${describe(cause)}`, { cause });
  }
}

export interface OmniPaxosStatus extends ParticipantStatus {
  readonly pid: Pid;
  readonly promise: Ballot;
  readonly acceptedRound: Ballot;
  readonly decidedIdx: LogIndex;
  readonly acceptedIdx: LogIndex;
  readonly compactedIdx: LogIndex;
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function refusalMessage(code: ErrorId, sizeBytes: number): string {
  if (code === 'OMNIKV_NO_QUORUM') return 'this leader has no accept quorum: nothing was proposed';
  if (code === 'OMNIKV_INVALID_ENTRY') return `${sizeBytes} bytes are more than can be undecided`;
  return `${sizeBytes} more bytes would pass what may be undecided at once`;
}
