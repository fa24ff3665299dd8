/**
 * The thirteen invariants by number and name, and the error that says which one was broken.
 *
 * A violation is a bug of the product, or of the simulator; it is never a fault of the disk or the
 * network, which the product must survive.
 */

/** What must hold, by number. */
export const INVARIANTS = {
  1: 'one value per log position over all nodes ever',
  2: 'what is decided never shrinks and never changes',
  3: 'promise and accepted round never go back, across restarts too',
  4: 'at most one leader per ballot, and no ballot used twice',
  5: 'what is decided is on the disks of an accept quorum, in a round as high',
  6: 'logs of equal accepted rounds agree behind both decided lengths',
  7: 'the applied state is the decided log, folded',
  8: 'no message leaves before its data is durable, and durable means on the disk',
  9: 'equal prefixes give equal session and one-shot tables',
  10: 'the history of the clients is linearizable',
  11: 'every acknowledged write is present at the end',
  12: 'queues stay within their limits',
  13: 'a process ends for expected reasons only',
} as const;

export type InvariantNumber = keyof typeof INVARIANTS;

/** What ended a run; an `InvariantViolation` is one. */
export interface Violation {
  /** The promise that was broken. */
  readonly title: string;
  readonly message: string;
}

export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
  readonly invariant: InvariantNumber;

  constructor(invariant: InvariantNumber, message: string, options?: ErrorOptions) {
    super(message, options);
    this.invariant = invariant;
  }

  /** The promise that was broken. */
  get title(): string {
    return INVARIANTS[this.invariant];
  }
}
