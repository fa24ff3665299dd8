/**
 * One change without a session: what to send, and what an answer means (K6, K7, C4).
 *
 * Pure, like Session: the owner tells what happened to each attempt. Nonce and floor are fixed by the
 * first sending and never change (K7): a repetition, by this process or a later one, is the very
 * same command. A repetition is in doubt from the start, since the first sending may have taken effect.
 */

import type { Command, CommandReply, Operation, OperationReply } from '../kv/command.js';

export type OneShotCommand = Extract<Command, { kind: 'oneShot' }>;

export type OneShotStep =
  | { readonly kind: 'done'; readonly reply: OperationReply }
  /** Not executed now, and no longer remembered: an earlier attempt may have been. */
  | { readonly kind: 'expired' }
  /** No answer that belongs to the question. */
  | { readonly kind: 'broken' };

export class OneShot {
  readonly #operation: Operation;
  readonly #nonce: Uint8Array;
  #floorIdx: number | undefined;
  #isAwaiting = false;
  #wasLost: boolean;

  /** `floorIdx` is known where a request is repeated. */
  constructor(
    operation: Operation,
    id: { readonly nonce: Uint8Array; readonly floorIdx?: number | undefined },
  ) {
    this.#operation = operation;
    this.#nonce = id.nonce;
    this.#floorIdx = id.floorIdx;
    this.#wasLost = id.floorIdx !== undefined;
  }

  /** It may have an effect that nobody has told us of. */
  get isInDoubt(): boolean {
    return this.#isAwaiting || this.#wasLost;
  }

  get nonce(): Uint8Array {
    return this.#nonce;
  }

  /** Undefined before the first sending. */
  get floorIdx(): number | undefined {
    return this.#floorIdx;
  }

  /** `floorIdx`: the highest applied index that a node has named so far. */
  command(floorIdx: number): OneShotCommand {
    // K7: fixed by the first sending.
    this.#floorIdx ??= floorIdx;
    return {
      kind: 'oneShot',
      nonce: this.#nonce,
      floorIdx: this.#floorIdx,
      operation: this.#operation,
    };
  }

  attemptSent(): void {
    this.#isAwaiting = true;
  }

  /** The server said that this attempt was certainly not proposed. Earlier ones may have been. */
  attemptRefused(): void {
    this.#isAwaiting = false;
  }

  /** No answer will come: the connection ended, or the server does not know (C4). */
  attemptLost(): void {
    this.#wasLost ||= this.#isAwaiting;
    this.#isAwaiting = false;
  }

  answered(reply: CommandReply): OneShotStep {
    this.#isAwaiting = false;
    switch (reply.kind) {
      case 'executed':
        return { kind: 'done', reply: reply.reply };
      case 'requestExpired':
        return { kind: 'expired' };
      default:
        return { kind: 'broken' };
    }
  }
}
