/**
 * Proposals that were taken and are not applied yet (H12).
 *
 * A request is identified by (session id, sequence) or by its nonce alone, whoever forwards it: the
 * same request asked for again attaches to the entry that is under way. Proposals keep the order in
 * which they were proposed; a leader decides them in that order, so the common case of "the next
 * entry is the oldest proposal" costs one comparison.
 */

import type { Command } from '../kv/command.js';
import { nonceKey } from '../kv/nonce.js';
import { hasEqualBytes } from '../wire/equal-bytes.js';
import type { ClientCommand, Proposal, Waiter } from './request.js';

/** Settled proposals in front of the queue, and sessions without one, that are worth a pass to forget. */
const COMPACT_COUNT = 4_096;
const MAX_IDLE_SESSIONS = 4_096;

export class PendingProposals {
  /** Sessions keep their place when nothing is under way (see `#forgetIdleSessions`). */
  readonly #ofSession = new Map<number, Proposal | undefined>();
  readonly #ofNonce = new Map<string, Proposal>();
  /** In order of proposing, settled ones among them. */
  #order: (Proposal | undefined)[] = [];
  #head = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The proposal of the same request, if one is under way. */
  find(command: Command): Proposal | undefined {
    switch (command.kind) {
      case 'request': {
        let proposal = this.#ofSession.get(command.sessionId);
        while (proposal !== undefined && sequenceOf(proposal) !== command.sequence) {
          proposal = proposal.nextOfSession;
        }
        return proposal;
      }
      case 'register':
      case 'oneShot':
        return this.#ofNonce.get(nonceName(command));
      case 'configure':
        return undefined;
    }
  }

  /** The caller has made sure that the same request is not there. */
  add(proposal: Proposal): void {
    const { command } = proposal;
    if (command.kind === 'request') {
      proposal.nextOfSession = this.#ofSession.get(command.sessionId);
      this.#ofSession.set(command.sessionId, proposal);
      if (this.#ofSession.size > this.#count + MAX_IDLE_SESSIONS) this.#forgetIdleSessions();
    } else {
      this.#ofNonce.set(nonceName(command), proposal);
    }
    this.#order.push(proposal);
    this.#count += 1;
  }

  /** Takes the oldest proposal out, where its entry has these bytes: then it is this command. */
  takeOldestIf(entry: Uint8Array): Proposal | undefined {
    if (this.#count === 0) return undefined;
    const oldest = this.#oldest();
    if (oldest === undefined || !hasEqualBytes(oldest.entry, entry)) return undefined;
    this.settle(oldest);
    return oldest;
  }

  /** Takes the proposal of the same request out, wherever it stands. */
  take(command: Command): Proposal | undefined {
    if (this.#count === 0) return undefined;
    const proposal = this.find(command);
    if (proposal !== undefined) this.settle(proposal);
    return proposal;
  }

  settle(proposal: Proposal): void {
    proposal.isSettled = true;
    this.#count -= 1;
    const { command } = proposal;
    if (command.kind === 'request') this.#unlink(proposal, command.sessionId);
    else this.#ofNonce.delete(nonceName(command));
    if (this.#count === 0) {
      this.#order = [];
      this.#head = 0;
    }
  }

  /** All that are under way, in the order in which they were proposed. */
  all(): readonly Proposal[] {
    const isPending = (proposal: Proposal | undefined): proposal is Proposal =>
      proposal?.isSettled === false;
    return this.#order.slice(this.#head).filter(isPending);
  }

  /** Proposals whose every waiter has passed its deadline are given up; the expired are returned. */
  takeExpired(nowMs: number): readonly Waiter[] {
    const expired: Waiter[] = [];
    for (const proposal of this.all()) {
      const waiting = waitersOf(proposal).filter((waiter) => waiter.deadlineAtMs > nowMs);
      // One who waits longer keeps the entry alive; the others are answered with it.
      if (waiting.length > 0) continue;
      expired.push(...waitersOf(proposal));
      this.settle(proposal);
    }
    return expired;
  }

  #oldest(): Proposal | undefined {
    while (this.#order[this.#head]?.isSettled === true) {
      this.#order[this.#head] = undefined;
      this.#head += 1;
    }
    if (this.#head >= COMPACT_COUNT && this.#head * 2 >= this.#order.length) {
      this.#order = this.#order.slice(this.#head);
      this.#head = 0;
    }
    return this.#order[this.#head];
  }

  #unlink(proposal: Proposal, sessionId: number): void {
    const first = this.#ofSession.get(sessionId);
    if (first === proposal) {
      this.#ofSession.set(sessionId, proposal.nextOfSession);
    } else {
      let before = first;
      while (before !== undefined && before.nextOfSession !== proposal) {
        before = before.nextOfSession;
      }
      if (before !== undefined) before.nextOfSession = proposal.nextOfSession;
    }
    proposal.nextOfSession = undefined;
  }

  /** Rarely: a table that is emptied with every answer leaves dead ones behind that hold much. */
  #forgetIdleSessions(): void {
    for (const [sessionId, proposal] of this.#ofSession) {
      if (proposal === undefined) this.#ofSession.delete(sessionId);
    }
  }
}

/** Everybody who waits for the outcome. */
export function waitersOf(proposal: Proposal): readonly Waiter[] {
  return proposal.duplicates === undefined ? [proposal] : [proposal, ...proposal.duplicates];
}

function sequenceOf(proposal: Proposal): number {
  return proposal.command.kind === 'request' ? proposal.command.sequence : -1;
}

/** A registration and a one-shot are different requests, even with one nonce. */
function nonceName(command: Exclude<ClientCommand, { kind: 'request' }>): string {
  return `${command.kind}:${nonceKey(command.nonce)}`;
}
