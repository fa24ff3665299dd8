/**
 * Linearizable reads by read rounds (protocol section 6). There is no other path, and no lease.
 *
 * A leader notes its decidedIdx, then asks "is your promise still n?". Once an accept quorum has
 * said yes to a round that began after the read arrived, no later ballot can have decided anything
 * that the read must see. Heartbeats never count. Losing the ballot fails every waiting read.
 *
 * Invariant: decidedIdx is noted only once the leader is ready (Q4): before, it may lag behind what
 * an earlier leader acknowledged.
 */

import type { LogIndex, Pid } from './ballot.js';
import type { Quorum } from './quorum.js';

export type ReadFailure = 'OMNIKV_NOT_LEADER' | 'OMNIKV_NO_QUORUM' | 'OMNIKV_OVERLOADED';

export type ReadOutcome =
  /** Answer from a state that has applied at least `readIdx` entries. */
  | { readonly kind: 'ready'; readonly id: number; readonly readIdx: LogIndex }
  | { readonly kind: 'failed'; readonly id: number; readonly code: ReadFailure };

interface ReadRound {
  readonly round: number;
  readonly readIdx: LogIndex;
  readonly ids: readonly number[];
}

export class ReadRounds {
  readonly #quorum: Quorum;
  #lastRound = 0;
  #arrived: number[] = [];
  #rounds: ReadRound[] = [];
  /** The latest round that each peer has confirmed; it confirms all earlier ones too. */
  readonly #confirmed = new Map<Pid, number>();

  constructor(quorum: Quorum) {
    this.#quorum = quorum;
  }

  get waitingCount(): number {
    return this.#rounds.reduce((sum, round) => sum + round.ids.length, this.#arrived.length);
  }

  get openRound(): number | undefined {
    return this.#rounds.at(-1)?.round;
  }

  add(id: number): void {
    this.#arrived.push(id);
  }

  /** One round for all reads that arrived since the last; undefined where there is none. */
  startRound(decidedIdx: LogIndex): number | undefined {
    if (this.#arrived.length === 0) return undefined;
    this.#lastRound += 1;
    this.#rounds.push({ round: this.#lastRound, readIdx: decidedIdx, ids: this.#arrived });
    this.#arrived = [];
    return this.#lastRound;
  }

  confirm(from: Pid, round: number): void {
    if (round > this.#lastRound) return;
    this.#confirmed.set(from, Math.max(round, this.#confirmed.get(from) ?? 0));
  }

  /** The caller leads its ballot: its own vote counts. */
  takeConfirmed(): ReadOutcome[] {
    const outcomes: ReadOutcome[] = [];
    while (this.#rounds[0] !== undefined && this.#isConfirmed(this.#rounds[0].round)) {
      const { ids, readIdx } = this.#rounds[0];
      for (const id of ids) outcomes.push({ kind: 'ready', id, readIdx });
      this.#rounds.shift();
    }
    return outcomes;
  }

  failAll(code: ReadFailure): ReadOutcome[] {
    const ids = [...this.#rounds.flatMap((round) => round.ids), ...this.#arrived];
    this.#rounds = [];
    this.#arrived = [];
    return ids.map((id) => ({ kind: 'failed', id, code }));
  }

  #isConfirmed(round: number): boolean {
    let count = 1;
    for (const confirmed of this.#confirmed.values()) if (confirmed >= round) count++;
    return this.#quorum.isAcceptQuorum(count);
  }
}
