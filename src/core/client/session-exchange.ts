/**
 * A change under a session: it waits for a free one, and gives it back when it ends.
 */

import type { OmnikvError } from '../errors.js';
import type { Operation, OperationReply } from '../kv/command.js';
import type { ClientRequestBody } from '../wire/client-messages.js';
import type { AnswerBody, Exchange, ExchangeStep, Settle } from './exchange.js';
import type { Session } from './session.js';
import type { SessionPool, SessionUser } from './session-pool.js';

export class SessionExchange implements Exchange, SessionUser {
  readonly isForLeader = true;
  readonly requestId = undefined;
  readonly #operation: Operation;
  readonly #pool: SessionPool;
  readonly #settle: Settle<OperationReply>;
  /** Called once, when it has a session and can be sent. */
  readonly #onReady: () => void;
  #session: Session | undefined;
  #isEnded = false;

  constructor(
    operation: Operation,
    pool: SessionPool,
    settle: Settle<OperationReply>,
    onReady: () => void,
  ) {
    this.#operation = operation;
    this.#pool = pool;
    this.#settle = settle;
    this.#onReady = onReady;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get isInDoubt(): boolean {
    return this.#session?.isInDoubt ?? false;
  }

  takeSession(session: Session): void {
    this.#session = session;
    session.begin(this.#operation);
    this.#onReady();
  }

  body(): ClientRequestBody {
    return { kind: 'execute', command: this.#session!.command() };
  }

  attemptSent(): void {
    this.#session!.attemptSent();
  }

  attemptRefused(): void {
    this.#session!.attemptRefused();
  }

  attemptLost(): void {
    this.#session!.attemptLost();
  }

  answered(answer: AnswerBody): ExchangeStep {
    if (answer.kind !== 'executed') return 'broken';
    const step = this.#session!.answered(answer.reply);
    switch (step.kind) {
      case 'done':
        this.#release();
        this.#settle.resolve(step.reply);
        return 'settled';
      case 'restart':
        this.#session = this.#pool.replace(this.#session!);
        this.#session.begin(this.#operation);
        return 'retry';
      default:
        return step.kind;
    }
  }

  end(error: OmnikvError): void {
    this.#session?.giveUp();
    this.#release();
    this.#settle.reject(error);
  }

  #release(): void {
    this.#isEnded = true;
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) this.#pool.release(session);
  }
}
