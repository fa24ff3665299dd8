/**
 * The one-shot table: at most once for each nonce, without a session (K6).
 *
 * Bounded in entries and in bytes of kept replies, the oldest out. What has fallen out is not
 * forgotten entirely: its highest index stays. A frame names the applied index that a server gave
 * before the *first* sending (its floor), so its first copy can only be at or behind that floor. As
 * long as nothing at or behind the floor has fallen out, an unknown nonce was never executed; once
 * something has, nobody can tell, and it is expired: never executed (K7).
 */

import { assert } from '../assert.js';
import { MAX_ONE_SHOT_REPLY_BYTES } from '../limits.js';
import type { CommandReply, OperationReply } from './command.js';
import { valueSizeBytes } from './value.js';

export interface OneShot {
  readonly index: number;
  readonly nonce: string;
  readonly reply: CommandReply;
}

export type OneShotVerdict =
  { readonly kind: 'execute' } | { readonly kind: 'answered'; readonly reply: CommandReply };

const EXECUTE: OneShotVerdict = { kind: 'execute' };
const EXPIRED: OneShotVerdict = { kind: 'answered', reply: { kind: 'requestExpired' } };

export class OneShotTable {
  readonly #limit: number;
  /** In the order of execution, which is the order of indices. */
  readonly #byNonce = new Map<string, OneShot>();
  #replyBytes = 0;
  /** The highest index of a one-shot that has fallen out; -1: none has. */
  #fallenIdx = -1;

  constructor(limit: number) {
    assert(Number.isSafeInteger(limit) && limit >= 1, 'the one-shot limit is at least 1');
    this.#limit = limit;
  }

  get size(): number {
    return this.#byNonce.size;
  }

  get limit(): number {
    return this.#limit;
  }

  get fallenIdx(): number {
    return this.#fallenIdx;
  }

  /** A floor behind the entry itself was named by no server: it would make a copy look new. */
  judge(nonce: string, floorIdx: number, index: number): OneShotVerdict {
    const known = this.#byNonce.get(nonce);
    if (known !== undefined) return { kind: 'answered', reply: known.reply };
    return floorIdx <= this.#fallenIdx || floorIdx > index ? EXPIRED : EXECUTE;
  }

  executed(nonce: string, reply: OperationReply, index: number): CommandReply {
    const oneShot: OneShot = { index, nonce, reply: { kind: 'executed', reply } };
    this.#byNonce.set(nonce, oneShot);
    this.#replyBytes += replySizeBytes(oneShot.reply);
    while (
      this.#byNonce.size > this.#limit ||
      (this.#replyBytes > MAX_ONE_SHOT_REPLY_BYTES && this.#byNonce.size > 1)
    ) {
      this.#dropOldest();
    }
    return oneShot.reply;
  }

  find(nonce: string): CommandReply | undefined {
    return this.#byNonce.get(nonce)?.reply;
  }

  /** Canonical: by index. */
  oneShots(): Iterable<OneShot> {
    return this.#byNonce.values();
  }

  #dropOldest(): void {
    for (const oldest of this.#byNonce.values()) {
      assert(oldest.index > this.#fallenIdx, 'one-shots fall out in log order');
      this.#byNonce.delete(oldest.nonce);
      this.#replyBytes -= replySizeBytes(oldest.reply);
      this.#fallenIdx = oldest.index;
      return;
    }
  }
}

/** Only a failed condition carries a value of the user's. */
function replySizeBytes(reply: CommandReply): number {
  if (reply.kind !== 'executed' || reply.reply.kind !== 'conditionFailed') return 0;
  return reply.reply.actual === undefined ? 0 : valueSizeBytes(reply.reply.actual.value);
}
