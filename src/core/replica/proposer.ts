/**
 * Writes: from a client's command to an entry of the log, and back to an answer.
 *
 * Refuses before proposing or not at all: once an entry was handed to the protocol, its outcome is
 * what the state machine says, or unknown (C4, C6). Entries that were taken are proposed again when
 * another leader is known, until they are applied (H12).
 */

import { unreachable } from '../assert.js';
import type { ErrorId } from '../errors.js';
import {
  DEFAULT_ONE_SHOT_LIMIT,
  DEFAULT_SESSION_LIMIT,
  MAX_CHUNK_BYTES,
  MAX_WAITING_REQUEST_BYTES,
  MAX_WAITING_REQUESTS,
} from '../limits.js';
import type { Command, CommandReply } from '../kv/command.js';
import type { KvStateMachine } from '../kv/kv-state-machine.js';
import { encodeCommand } from '../wire/command-codec.js';
import type { Consensus } from './consensus.js';
import type { Disposition } from './leadership.js';
import { PendingProposals, waitersOf } from './pending-proposals.js';
import {
  answerUnknown,
  DEADLINE_PASSED,
  refuse,
  type ClientCommand,
  type Proposal,
  type Refusal,
  type Waiter,
} from './request.js';

export interface ProposerOptions {
  readonly consensus: Consensus;
  readonly stateMachine: KvStateMachine;
  readonly sizeOf: (entry: Uint8Array) => number;
  /** D19: false below the reserve. */
  readonly hasDiskReserve: () => boolean;
  readonly tableLimits: TableLimits;
}

/** C3: what the first entry of a log sets; replicated state from then on. */
export interface TableLimits {
  readonly sessionLimit: number;
  readonly oneShotLimit: number;
}

export const DEFAULT_TABLE_LIMITS: TableLimits = {
  sessionLimit: DEFAULT_SESSION_LIMIT,
  oneShotLimit: DEFAULT_ONE_SHOT_LIMIT,
};

const TOO_MANY_WAITING: Refusal = {
  code: 'OMNIKV_OVERLOADED',
  message: 'too many requests are waiting to be proposed',
  leader: 0,
};
const DISK_FULL: Refusal = {
  code: 'OMNIKV_DISK_FULL',
  message: 'the disk of the leader is nearly full',
  leader: 0,
};

export class Proposer {
  readonly #options: ProposerOptions;
  readonly #pending = new PendingProposals();
  /** Taken from clients, not yet proposed. */
  #arrived: Proposal[] = [];
  #arrivedBytes = 0;
  /** Proposed under an earlier leader, to be proposed again. */
  #again: Proposal[] = [];

  constructor(options: ProposerOptions) {
    this.#options = options;
  }

  get pendingCount(): number {
    return this.#pending.count;
  }

  get waitingCount(): number {
    return this.#arrived.length + this.#again.length;
  }

  submit(waiter: Waiter, command: ClientCommand, entry: Uint8Array): void {
    const sizeBytes = this.#options.sizeOf(entry);
    const proposal: Proposal = {
      sink: waiter.sink,
      requestId: waiter.requestId,
      arrivedAtMs: waiter.arrivedAtMs,
      deadlineAtMs: waiter.deadlineAtMs,
      command,
      entry,
      sizeBytes,
      duplicates: undefined,
      nextOfSession: undefined,
      isSettled: false,
    };
    const isFull =
      this.#arrived.length >= MAX_WAITING_REQUESTS ||
      this.#arrivedBytes + sizeBytes > MAX_WAITING_REQUEST_BYTES;
    if (isFull) {
      refuse(proposal, TOO_MANY_WAITING);
      return;
    }
    this.#arrived.push(proposal);
    this.#arrivedBytes += sizeBytes;
  }

  /** At the end of a turn: everything that arrived in it becomes one append, or waits. */
  admit(disposition: Disposition, nowMs: number): void {
    if (disposition.kind === 'wait') {
      this.#keepPatient(disposition, nowMs);
      return;
    }
    this.proposeLimits();
    this.#proposeAgain();
    if (this.#arrived.length === 0) return;
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#arrivedBytes = 0;
    this.#proposeNew(arrived, nowMs);
  }

  /** C3: the first entry of every log sets the limits; whatever follows stands on it. */
  proposeLimits(): void {
    const { consensus } = this.#options;
    if (consensus.getAcceptedIdx() > 0) return;
    const entry = encodeCommand({ kind: 'configure', ...this.#options.tableLimits });
    if (consensus.refusal(this.#options.sizeOf(entry)) === undefined) consensus.appendAll([entry]);
  }

  /** Another leader is known, or this one after a broken link: what it may have missed goes again. */
  repeatPending(): void {
    this.#again = [...this.#pending.all()];
  }

  /** Forwards what is to be repeated to a leader that is not this node. */
  forwardAgain(): void {
    this.#proposeAgain();
  }

  /** The oldest proposal, where its entry has these bytes. */
  takeOldestIf(entry: Uint8Array): Proposal | undefined {
    return this.#pending.takeOldestIf(entry);
  }

  take(command: Command): Proposal | undefined {
    return this.#pending.take(command);
  }

  /** P8: the entry was decided and applied. */
  answer(proposal: Proposal, reply: CommandReply): void {
    proposal.sink.reply(proposal.requestId, { kind: 'executed', reply });
    if (proposal.duplicates === undefined) return;
    for (const { sink, requestId } of proposal.duplicates) {
      sink.reply(requestId, { kind: 'executed', reply });
    }
  }

  /** H11: what was proposed may still be chosen, so its outcome is unknown. */
  endPending(message: string): void {
    for (const proposal of this.#pending.all()) {
      this.#pending.settle(proposal);
      for (const waiter of waitersOf(proposal)) answerUnknown(waiter, message);
    }
    this.#again = [];
  }

  refuseWaiting(refusal: Refusal): void {
    for (const proposal of this.#takeArrived()) refuse(proposal, refusal);
  }

  expire(nowMs: number): void {
    for (const waiter of this.#pending.takeExpired(nowMs)) {
      answerUnknown(waiter, 'the deadline passed before the request was known to be decided');
    }
  }

  #keepPatient(
    { patienceMs, refusal }: Extract<Disposition, { kind: 'wait' }>,
    nowMs: number,
  ): void {
    if (this.#arrived.length === 0) return;
    for (const proposal of this.#takeArrived()) {
      if (proposal.deadlineAtMs <= nowMs) refuse(proposal, DEADLINE_PASSED);
      else if (nowMs - proposal.arrivedAtMs >= patienceMs) refuse(proposal, refusal);
      else {
        this.#arrived.push(proposal);
        this.#arrivedBytes += proposal.sizeBytes;
      }
    }
  }

  #takeArrived(): readonly Proposal[] {
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#arrivedBytes = 0;
    return arrived;
  }

  #proposeNew(arrived: readonly Proposal[], nowMs: number): void {
    const { consensus } = this.#options;
    const hasReserve = this.#options.hasDiskReserve();
    const entries: Uint8Array[] = [];
    let totalBytes = 0;
    for (const proposal of arrived) {
      if (proposal.deadlineAtMs <= nowMs) refuse(proposal, DEADLINE_PASSED);
      else if (!this.#answeredOrAttached(proposal)) {
        const code = consensus.refusal(totalBytes + proposal.sizeBytes);
        if (!hasReserve) refuse(proposal, DISK_FULL);
        else if (code !== undefined) refuse(proposal, this.#refusalOf(code));
        else {
          entries.push(proposal.entry);
          totalBytes += proposal.sizeBytes;
          this.#pending.add(proposal);
        }
      }
    }
    if (entries.length > 0) consensus.appendAll(entries);
  }

  /** Only "sequence = last" is answered before apply: anything else may be old news (C2). */
  #answeredOrAttached(proposal: Proposal): boolean {
    const { command } = proposal;
    const stored = this.#storedReply(command);
    if (stored !== undefined) {
      this.answer(proposal, stored);
      return true;
    }
    const same = this.#pending.find(command);
    if (same === undefined) return false;
    (same.duplicates ??= []).push(proposal);
    return true;
  }

  #storedReply(command: ClientCommand): CommandReply | undefined {
    const { stateMachine } = this.#options;
    switch (command.kind) {
      case 'request':
        return stateMachine.findReply(command.sessionId, command.sequence);
      case 'oneShot':
        return stateMachine.findOneShot(command.nonce);
      case 'register':
        return undefined;
      default:
        return unreachable(command);
    }
  }

  /** In chunks, so that a forwarded lot fits a frame; what is refused now goes in a later turn. */
  #proposeAgain(): void {
    const { consensus } = this.#options;
    while (this.#again.length > 0) {
      const entries: Uint8Array[] = [];
      let totalBytes = 0;
      let count = 0;
      for (const { entry, sizeBytes, isSettled } of this.#again) {
        if (totalBytes > 0 && totalBytes + sizeBytes > MAX_CHUNK_BYTES) break;
        count += 1;
        if (isSettled) continue;
        entries.push(entry);
        totalBytes += sizeBytes;
      }
      if (consensus.refusal(totalBytes) !== undefined) return;
      this.#again = this.#again.slice(count);
      if (entries.length > 0) consensus.appendAll(entries);
    }
  }

  #refusalOf(code: ErrorId): Refusal {
    if (code === 'OMNIKV_NO_QUORUM') {
      // X7: where another leads that a neighbour hears, the client can have its request passed on.
      const leader = this.#options.consensus.routesToLeader()?.leader ?? 0;
      return { code, message: 'the leader has lost its quorum', leader };
    }
    // One command always fits (R5), so it is the sum that does not.
    return {
      code: 'OMNIKV_OVERLOADED',
      message: 'too much is waiting to be decided',
      leader: 0,
    };
  }
}
