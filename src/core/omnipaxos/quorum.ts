/**
 * Quorums: majorities, or flexible ones whose prepare and accept quorums still meet.
 *
 * Invariant: every prepare quorum meets every accept quorum (prepare + accept > servers).
 */

export interface FlexibleQuorum {
  /** Servers a new leader must hear in the Prepare phase. */
  readonly readQuorumSize: number;
  /** Servers that must have accepted an entry before it is decided. */
  readonly writeQuorumSize: number;
}

export class Quorum {
  readonly prepareSize: number;
  readonly acceptSize: number;

  constructor(serverCount: number, flexible?: FlexibleQuorum) {
    const majority = Math.floor(serverCount / 2) + 1;
    this.prepareSize = flexible?.readQuorumSize ?? majority;
    this.acceptSize = flexible?.writeQuorumSize ?? majority;
  }

  isPrepareQuorum(serverCount: number): boolean {
    return serverCount >= this.prepareSize;
  }

  isAcceptQuorum(serverCount: number): boolean {
    return serverCount >= this.acceptSize;
  }

  /**
   * The largest index that an accept quorum has reached, 0 where too few have answered.
   * `acceptedIdxs` holds one exclusive length per server that accepted in this ballot.
   */
  chosenIdx(acceptedIdxs: Iterable<number>): number {
    const descending = [...acceptedIdxs].sort((a, b) => b - a);
    return descending[this.acceptSize - 1] ?? 0;
  }
}
