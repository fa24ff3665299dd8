/**
 * A change without a session: one log entry, known by its nonce (K6).
 *
 * Nonce and floor are fixed by the first sending and never change (K7): a repetition, by this process or a
 * later one, is the very same frame. A repetition is in doubt from the start, since the first sending
 * may have taken effect.
 */

import { OmnikvError } from '../errors.js';
import type { Operation, OperationReply } from '../kv/command.js';
import type { ClientRequestBody } from '../wire/client-messages.js';
import type { AnswerBody, Exchange, ExchangeStep, Settle } from './exchange.js';
import { formatRequestId, type RequestId } from './request-id.js';

export class OneShotExchange implements Exchange {
  readonly isForLeader = true;
  readonly #operation: Operation;
  readonly #nonce: Uint8Array;
  readonly #settle: Settle<OperationReply>;
  #floorIdx: number | undefined;
  #isAwaiting = false;
  #wasLost: boolean;

  constructor(
    operation: Operation,
    id: { readonly nonce: Uint8Array } | RequestId,
    settle: Settle<OperationReply>,
  ) {
    this.#operation = operation;
    this.#nonce = id.nonce;
    this.#settle = settle;
    this.#wasLost = 'floorIdx' in id;
    if ('floorIdx' in id) this.#floorIdx = id.floorIdx;
  }

  get isInDoubt(): boolean {
    return this.#isAwaiting || this.#wasLost;
  }

  get requestId(): string | undefined {
    if (this.#floorIdx === undefined) return undefined;
    return formatRequestId({ nonce: this.#nonce, floorIdx: this.#floorIdx });
  }

  body(floorIdx: number): ClientRequestBody {
    this.#floorIdx ??= floorIdx;
    return {
      kind: 'execute',
      command: {
        kind: 'oneShot',
        nonce: this.#nonce,
        floorIdx: this.#floorIdx,
        operation: this.#operation,
      },
    };
  }

  attemptSent(): void {
    this.#isAwaiting = true;
  }

  attemptRefused(): void {
    this.#isAwaiting = false;
  }

  attemptLost(): void {
    this.#wasLost ||= this.#isAwaiting;
    this.#isAwaiting = false;
  }

  answered(answer: AnswerBody): ExchangeStep {
    this.#isAwaiting = false;
    if (answer.kind !== 'executed') return 'broken';
    if (answer.reply.kind === 'executed') {
      this.#settle.resolve(answer.reply.reply);
      return 'settled';
    }
    if (answer.reply.kind !== 'requestExpired') return 'broken';
    this.#settle.reject(
      new OmnikvError(
        'OMNIKV_REQUEST_EXPIRED',
        `the cluster no longer remembers request ${this.requestId ?? ''}; it was not executed now`,
      ),
    );
    return 'settled';
  }

  end(error: OmnikvError): void {
    this.#settle.reject(error);
  }
}
