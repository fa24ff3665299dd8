/**
 * One session of a client: what to send, and what an answer means (C1–C4).
 *
 * Pure: no socket, no clock, no randomness; the owner tells what happened to each attempt. One
 * request at a time, and one attempt of it at a time. The same (session, sequence), or the same
 * registration nonce, is sent until it is answered: repeating it is always safe (K5).
 *
 * Invariants: a sequence is used for one operation only, once it may have reached a log; a session
 * whose request ended unknown sends nothing else ever after.
 */

import { assert } from '../assert.js';
import type { Command, CommandReply, Operation, OperationReply } from '../kv/command.js';

export type SessionCommand = Extract<Command, { kind: 'register' | 'request' }>;

export type SessionStep =
  /** Registered: send the request now. */
  | { readonly kind: 'sendAgain' }
  | { readonly kind: 'done'; readonly reply: OperationReply }
  /** Certainly without effect, but this session is over: another one may send the operation. */
  | { readonly kind: 'restart' }
  | { readonly kind: 'unknown'; readonly reason: string }
  /** No answer that belongs to the question. */
  | { readonly kind: 'broken' };

const SEND_AGAIN: SessionStep = { kind: 'sendAgain' };

export class Session {
  readonly #nonce: Uint8Array;
  /** 0 before the registration is answered: entry 0 of a log registers nobody. */
  #id = 0;
  #sequence = 1;
  #operation: Operation | undefined;
  /** An attempt of the request is under way. */
  #isAwaiting = false;
  /** An attempt of the request was sent and will never be answered. */
  #isInDoubt = false;
  #isSpent = false;

  constructor(nonce: Uint8Array) {
    this.#nonce = nonce;
  }

  /** False once a request of it ended unknown, or the cluster has forgotten it. */
  get isUsable(): boolean {
    return !this.#isSpent;
  }

  /** The request may have an effect that nobody has told us of. */
  get isInDoubt(): boolean {
    return this.#isInDoubt || this.#isAwaiting;
  }

  begin(operation: Operation): void {
    assert(this.#operation === undefined, 'a session has one request at a time');
    assert(!this.#isSpent, 'a spent session takes no request');
    this.#operation = operation;
  }

  /** What to send now: the registration, then the request, each the same until it is answered. */
  command(): SessionCommand {
    assert(this.#operation !== undefined, 'a session sends only for a request');
    if (this.#id === 0) return { kind: 'register', nonce: this.#nonce };
    return {
      kind: 'request',
      sessionId: this.#id,
      sequence: this.#sequence,
      operation: this.#operation,
    };
  }

  attemptSent(): void {
    // A registration is no effect that anybody could be in doubt of.
    this.#isAwaiting = this.#id !== 0;
  }

  /** The server said that this attempt was certainly not proposed. Earlier ones may have been. */
  attemptRefused(): void {
    this.#isAwaiting = false;
  }

  /** No answer will come: the connection ended, or the server does not know (C4). */
  attemptLost(): void {
    this.#isInDoubt ||= this.#isAwaiting;
    this.#isAwaiting = false;
  }

  answered(reply: CommandReply): SessionStep {
    const wasInDoubt = this.#isInDoubt;
    this.#isAwaiting = false;
    if (this.#id === 0) return this.#registered(reply);
    switch (reply.kind) {
      case 'executed':
        this.#sequence += 1;
        this.#end();
        return { kind: 'done', reply: reply.reply };
      // K3: of a request that was sent before, these say nothing.
      case 'sessionExpired':
      case 'gap':
        this.#spend();
        if (!wasInDoubt) return { kind: 'restart' };
        return {
          kind: 'unknown',
          reason: `the session was lost (${reply.kind}) before the answer`,
        };
      case 'stale':
        // Somebody else used this session. What became of our request cannot be known.
        this.#spend();
        return { kind: 'unknown', reason: 'a later request of the session has been executed' };
      default:
        this.#spend();
        return { kind: 'broken' };
    }
  }

  /** The deadline has passed. Says what the caller may conclude (C4). */
  giveUp(): 'failed' | 'unknown' {
    if (!this.isInDoubt) {
      this.#end();
      return 'failed';
    }
    this.#spend();
    return 'unknown';
  }

  #registered(reply: CommandReply): SessionStep {
    if (reply.kind !== 'registered') {
      this.#spend();
      return { kind: 'broken' };
    }
    this.#id = reply.sessionId;
    return SEND_AGAIN;
  }

  #end(): void {
    this.#operation = undefined;
    this.#isAwaiting = false;
    this.#isInDoubt = false;
  }

  #spend(): void {
    this.#isSpent = true;
    this.#end();
  }
}
