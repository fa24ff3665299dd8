/**
 * The session table: at most once for each (session, sequence), as long as the session lives (K1, C1–C3).
 *
 * Part of the replicated state. Every rule here depends on the log alone (K4): a session's id is the index
 * of its registration, and the one evicted is the one whose last *executed* request (or registration)
 * is the oldest in the log. Asking again changes nothing, so a duplicate cannot move the order.
 */

import { assert } from '../assert.js';
import type { CommandReply } from './command.js';

export interface Session {
  readonly id: number;
  /** The nonce of the registration, as `nonceKey` writes it. */
  readonly nonce: string;
  /** 0 before the first request. */
  lastSequence: number;
  lastReply: CommandReply | undefined;
  /** The index of the entry that executed the last request, or registered. */
  lastCommittedIdx: number;
}

export type SessionVerdict =
  | { readonly kind: 'execute'; readonly session: Session }
  | { readonly kind: 'answered'; readonly reply: CommandReply };

const STALE: CommandReply = { kind: 'stale' };
const GAP: CommandReply = { kind: 'gap' };
const EXPIRED: CommandReply = { kind: 'sessionExpired' };

export class SessionTable {
  readonly #limit: number;
  /** In the order of registration, which is the order of ids. */
  readonly #byId = new Map<number, Session>();
  readonly #byNonce = new Map<string, Session>();

  constructor(limit: number) {
    assert(Number.isSafeInteger(limit) && limit >= 1, 'the session limit is at least 1');
    this.#limit = limit;
  }

  get size(): number {
    return this.#byId.size;
  }

  get limit(): number {
    return this.#limit;
  }

  /** C1: a repeated registration finds the session that the first one made. */
  register(nonce: string, index: number): CommandReply {
    const known = this.#byNonce.get(nonce);
    if (known !== undefined) return { kind: 'registered', sessionId: known.id };
    if (this.#byId.size >= this.#limit) this.#evict();
    const session: Session = {
      id: index,
      nonce,
      lastSequence: 0,
      lastReply: undefined,
      lastCommittedIdx: index,
    };
    this.#byId.set(index, session);
    this.#byNonce.set(nonce, session);
    return { kind: 'registered', sessionId: index };
  }

  /**
   * C2, at apply and nowhere else:
   *
   * | session | sequence    | verdict          |
   * |---------|-------------|------------------|
   * | none    | any         | sessionExpired   |
   * | lives   | last + 1    | execute          |
   * | lives   | last, > 0   | the stored reply |
   * | lives   | below last  | stale            |
   * | lives   | beyond      | gap              |
   */
  judge(sessionId: number, sequence: number): SessionVerdict {
    const session = this.#byId.get(sessionId);
    if (session === undefined) return { kind: 'answered', reply: EXPIRED };
    if (sequence === session.lastSequence + 1) return { kind: 'execute', session };
    if (sequence > session.lastSequence) return { kind: 'answered', reply: GAP };
    if (sequence === session.lastSequence && session.lastReply !== undefined) {
      return { kind: 'answered', reply: session.lastReply };
    }
    return { kind: 'answered', reply: STALE };
  }

  executed(session: Session, reply: CommandReply, index: number): void {
    assert(index > session.lastCommittedIdx, 'a session is committed in log order');
    session.lastSequence += 1;
    session.lastReply = reply;
    session.lastCommittedIdx = index;
  }

  /** The reply of exactly this request, where it is the session's last; undefined says nothing. */
  findReply(sessionId: number, sequence: number): CommandReply | undefined {
    const session = this.#byId.get(sessionId);
    return session?.lastSequence === sequence ? session.lastReply : undefined;
  }

  /** Canonical: by id. */
  sessions(): Iterable<Session> {
    return this.#byId.values();
  }

  /** C3. One entry commits for one session at most, so the oldest is one and the same everywhere. */
  #evict(): void {
    let oldest: Session | undefined;
    for (const session of this.#byId.values()) {
      if (oldest === undefined || session.lastCommittedIdx < oldest.lastCommittedIdx) {
        oldest = session;
      }
    }
    assert(oldest !== undefined, 'a full table has an oldest session');
    this.#byId.delete(oldest.id);
    this.#byNonce.delete(oldest.nonce);
  }
}
