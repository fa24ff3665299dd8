/**
 * A change without a session, on its way: one log entry, known by its nonce (K6).
 */

import { OmnikvError } from '../errors.js';
import type { Operation, OperationReply } from '../kv/command.js';
import type { ClientRequestBody } from '../wire/client-messages.js';
import type { AnswerBody, Exchange, ExchangeStep, Settle } from './exchange.js';
import { OneShot } from './one-shot.js';
import { formatRequestId, type RequestId } from './request-id.js';

export class OneShotExchange implements Exchange {
  readonly isForLeader = true;
  readonly #oneShot: OneShot;
  readonly #settle: Settle<OperationReply>;

  constructor(
    operation: Operation,
    id: { readonly nonce: Uint8Array } | RequestId,
    settle: Settle<OperationReply>,
  ) {
    this.#oneShot = new OneShot(operation, id);
    this.#settle = settle;
  }

  get isInDoubt(): boolean {
    return this.#oneShot.isInDoubt;
  }

  get requestId(): string | undefined {
    const { nonce, floorIdx } = this.#oneShot;
    return floorIdx === undefined ? undefined : formatRequestId({ nonce, floorIdx });
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

  answered(answer: AnswerBody): ExchangeStep {
    if (answer.kind !== 'executed') return 'broken';
    const step = this.#oneShot.answered(answer.reply);
    switch (step.kind) {
      case 'done':
        this.#settle.resolve(step.reply);
        return 'settled';
      case 'expired':
        this.#settle.reject(
          new OmnikvError(
            'OMNIKV_REQUEST_EXPIRED',
            `the cluster no longer remembers request ${this.requestId ?? ''}; it was not executed now`,
          ),
        );
        return 'settled';
      case 'broken':
        return 'broken';
    }
  }

  end(error: OmnikvError): void {
    this.#settle.reject(error);
  }
}
