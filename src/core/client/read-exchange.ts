/**
 * A question that changes no data: it may be asked any number of times, of any node that can answer.
 */

import type { OmnikvError } from '../errors.js';
import type { ClientRequestBody } from '../wire/client-messages.js';
import type { AnswerBody, Exchange, ExchangeStep, Settle } from './exchange.js';

export class ReadExchange<K extends AnswerBody['kind']> implements Exchange {
  readonly isInDoubt = false;
  readonly requestId = undefined;
  readonly isForLeader: boolean;
  readonly #question: ClientRequestBody;
  readonly #answerKind: K;
  readonly #settle: Settle<Extract<AnswerBody, { kind: K }>>;

  constructor(
    question: ClientRequestBody,
    answerKind: K,
    settle: Settle<Extract<AnswerBody, { kind: K }>>,
  ) {
    this.#question = question;
    this.#answerKind = answerKind;
    this.#settle = settle;
    this.isForLeader = isForLeader(question);
  }

  body(): ClientRequestBody {
    return this.#question;
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

  answered(answer: AnswerBody): ExchangeStep {
    if (answer.kind !== this.#answerKind) return 'broken';
    this.#settle.resolve(answer as Extract<AnswerBody, { kind: K }>);
    return 'settled';
  }

  end(error: OmnikvError): void {
    this.#settle.reject(error);
  }
}

/** Only the leader can answer; any other node names it. */
export function isForLeader(question: ClientRequestBody): boolean {
  if (question.kind === 'handOver') return true;
  return 'consistency' in question && question.consistency === 'linearizable';
}
