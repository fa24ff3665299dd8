/**
 * The sessions of one handle: each has one request in flight, further calls wait their turn (K8).
 *
 * The session used last is taken first, so that a quiet client keeps few sessions alive. A session
 * that is no longer usable leaves the pool; a new one takes its place when it is needed.
 */

import { assert } from '../assert.js';
import { Session } from './session.js';

/** A call that needs a session. */
export interface SessionUser {
  /** It has ended while it waited. */
  readonly isEnded: boolean;
  takeSession(session: Session): void;
}

export interface SessionPoolOptions {
  readonly maxSessions: number;
  readonly newNonce: () => Uint8Array;
}

export class SessionPool {
  readonly #options: SessionPoolOptions;
  readonly #free: Session[] = [];
  #count = 0;
  /** First come, first served; what lies before `#next` has been served. */
  #waiting: SessionUser[] = [];
  #next = 0;

  constructor(options: SessionPoolOptions) {
    assert(options.maxSessions >= 1, 'a pool has at least one session');
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  get waitingCount(): number {
    return this.#waiting.length - this.#next;
  }

  /** Gives the user a session, now or when its turn comes. */
  request(user: SessionUser): void {
    const session = this.waitingCount === 0 ? this.#acquire() : undefined;
    if (session === undefined) this.#waiting.push(user);
    else user.takeSession(session);
  }

  release(session: Session): void {
    this.#putBack(session);
    while (this.#next < this.#waiting.length) {
      const user = this.#waiting[this.#next]!;
      const free = user.isEnded ? undefined : this.#acquire();
      if (!user.isEnded && free === undefined) return;
      this.#next += 1;
      this.#trimServed();
      if (free !== undefined) user.takeSession(free);
    }
  }

  /** Another session for a user whose own is spent. */
  replace(session: Session): Session {
    assert(!session.isUsable, 'only a spent session is replaced');
    this.#putBack(session);
    const other = this.#acquire();
    assert(other !== undefined, 'a spent session leaves room for another');
    return other;
  }

  #acquire(): Session | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#count >= this.#options.maxSessions) return undefined;
    this.#count += 1;
    return new Session(this.#options.newNonce());
  }

  #putBack(session: Session): void {
    if (session.isUsable) this.#free.push(session);
    else this.#count -= 1;
  }

  #trimServed(): void {
    if (this.#next < 1_024 && this.#next < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
  }
}
