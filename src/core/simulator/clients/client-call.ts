/**
 * One operation of a simulated client on its way: what to send, and what an answer means.
 *
 * The three kinds are those of the client room, without promises: a read may be asked again at will,
 * a one-shot repeats the same frame (K7), a request repeats its (session, sequence) (K5). An answer
 * that does not belong to the question is a bug of ours.
 */

import { assert } from '../../assert.js';
import { historyResultOf, type HistoryResult } from '../../checker/index.js';
import { OneShot } from '../../client/one-shot.js';
import type { Session } from '../../client/session.js';
import type { Operation } from '../../kv/index.js';
import type { ClientRequestBody, ServerReplyBody } from '../../wire/index.js';

export type AnswerBody = Exclude<ServerReplyBody, { kind: 'refused' | 'unknown' }>;

export type CallStep =
  | { readonly kind: 'done'; readonly result: HistoryResult | undefined }
  /** There is more to send, to the same node. */
  | { readonly kind: 'sendAgain' }
  /** Certainly without effect so far; try again in a moment. */
  | { readonly kind: 'retry' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'unknown' };

export interface ClientCall {
  readonly isInDoubt: boolean;
  /** `floorIdx`: the highest applied index that a node has named so far. */
  body(floorIdx: number): ClientRequestBody;
  attemptSent(): void;
  attemptRefused(): void;
  attemptLost(): void;
  answered(answer: AnswerBody): CallStep;
  /** The deadline has passed. */
  giveUp(): 'failed' | 'unknown';
}

/** Leaves no trace, so nothing of it is ever in doubt. */
export class ReadCall implements ClientCall {
  readonly isInDoubt = false;
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  body(): ClientRequestBody {
    return { kind: 'get', key: this.#key, consistency: 'linearizable' };
  }

  attemptSent(): void {
    // A read leaves no trace.
  }

  attemptRefused(): void {
    // A read leaves no trace.
  }

  attemptLost(): void {
    // A read leaves no trace.
  }

  answered(answer: AnswerBody): CallStep {
    assert(answer.kind === 'value', `a get was answered with "${answer.kind}"`);
    return { kind: 'done', result: { kind: 'value', value: answer.found?.value } };
  }

  giveUp(): 'failed' {
    return 'failed';
  }
}

export class OneShotCall implements ClientCall {
  readonly #operation: Operation;
  readonly #oneShot: OneShot;

  constructor(operation: Operation, nonce: Uint8Array) {
    this.#operation = operation;
    this.#oneShot = new OneShot(operation, { nonce });
  }

  get isInDoubt(): boolean {
    return this.#oneShot.isInDoubt;
  }

  body(floorIdx: number): ClientRequestBody {
    return { kind: 'execute', command: this.#oneShot.command(floorIdx) };
  }

  attemptSent(): void {
    this.#oneShot.attemptSent();
  }

  attemptRefused(): void {
    this.#oneShot.attemptRefused();
  }

  attemptLost(): void {
    this.#oneShot.attemptLost();
  }

  answered(answer: AnswerBody): CallStep {
    assert(answer.kind === 'executed', `a one-shot was answered with "${answer.kind}"`);
    const step = this.#oneShot.answered(answer.reply);
    switch (step.kind) {
      case 'done':
        return { kind: 'done', result: historyResultOf(this.#operation, step.reply) };
      case 'expired':
        return { kind: this.giveUp() };
      case 'broken':
        assert(false, `a one-shot was answered with "${answer.reply.kind}"`);
    }
  }

  giveUp(): 'failed' | 'unknown' {
    return this.isInDoubt ? 'unknown' : 'failed';
  }
}

/** The session of a client, and how to get another one. */
export interface SessionHolder {
  readonly current: Session;
  replace(): Session;
}

export class SessionCall implements ClientCall {
  readonly #operation: Operation;
  readonly #holder: SessionHolder;
  #session: Session;

  constructor(operation: Operation, holder: SessionHolder) {
    this.#operation = operation;
    this.#holder = holder;
    this.#session = holder.current.isUsable ? holder.current : holder.replace();
    this.#session.begin(operation);
  }

  get isInDoubt(): boolean {
    return this.#session.isInDoubt;
  }

  body(): ClientRequestBody {
    return { kind: 'execute', command: this.#session.command() };
  }

  attemptSent(): void {
    this.#session.attemptSent();
  }

  attemptRefused(): void {
    this.#session.attemptRefused();
  }

  attemptLost(): void {
    this.#session.attemptLost();
  }

  answered(answer: AnswerBody): CallStep {
    assert(answer.kind === 'executed', `a request was answered with "${answer.kind}"`);
    const step = this.#session.answered(answer.reply);
    switch (step.kind) {
      case 'done':
        return { kind: 'done', result: historyResultOf(this.#operation, step.reply) };
      case 'restart':
        this.#session = this.#holder.replace();
        this.#session.begin(this.#operation);
        return { kind: 'retry' };
      case 'sendAgain':
        return step;
      case 'unknown':
        return { kind: 'unknown' };
      case 'broken':
        assert(false, `a request was answered with "${answer.reply.kind}"`);
    }
  }

  giveUp(): 'failed' | 'unknown' {
    return this.#session.giveUp();
  }
}
