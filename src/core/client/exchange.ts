/**
 * One call's side of the conversation: what to send, and what an answer means to it.
 *
 * The dispatcher carries it to nodes and tells what became of each attempt; there is one attempt at a
 * time. An exchange ends exactly once: by `answered` giving `settled`, or by `end`.
 */

import type { OmnikvError } from '../errors.js';
import type { ClientRequestBody, ServerReplyBody } from '../wire/client-messages.js';

/** An answer: neither a refusal nor "unknown", which mean the same to every exchange. */
export type AnswerBody = Exclude<ServerReplyBody, { kind: 'refused' | 'unknown' }>;

export type ExchangeStep =
  /** The caller has its answer. */
  | 'settled'
  /** There is more to send, to the same node. */
  | 'sendAgain'
  /** Certainly without effect; try again in a moment. */
  | 'retry'
  /** The outcome cannot be learned any more. */
  | 'unknown'
  /** The answer does not belong to the question. */
  | 'broken';

export interface Exchange {
  /** An attempt may have an effect that nobody has told us of; never true of a read. */
  readonly isInDoubt: boolean;
  /** Names the request for a repetition by another process. */
  readonly requestId: string | undefined;
  /** False where any node can answer. */
  readonly isForLeader: boolean;
  /** `floorIdx`: the highest applied index that a node has named so far. */
  body(floorIdx: number): ClientRequestBody;
  attemptSent(): void;
  attemptRefused(): void;
  attemptLost(): void;
  answered(answer: AnswerBody): ExchangeStep;
  /** No answer will come any more. */
  end(error: OmnikvError): void;
}

/** Where the result of a call goes: the two ends of the caller's promise. */
export interface Settle<T> {
  readonly resolve: (result: T) => void;
  readonly reject: (error: OmnikvError) => void;
}
