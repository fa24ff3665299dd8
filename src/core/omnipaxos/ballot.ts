/**
 * Ballots, and the numbers of the protocol that must not be swapped.
 *
 * A ballot names one attempt to lead. Ballots are totally ordered by
 * (configuration id, n, priority, pid): over one continuous log a ballot of an older configuration
 * must never beat one of a newer.
 */

declare const flavor: unique symbol;
/** A number with a meaning: plain numbers fit in, another flavor does not. */
export type Flavored<Name extends string> = number & { readonly [flavor]?: Name };

/** The id of a server: 1 to 2^32 - 1. */
export type Pid = Flavored<'Pid'>;
/** A length of the log, an exclusive upper bound: `decidedIdx` 3 means entries 0, 1 and 2. */
export type LogIndex = Flavored<'LogIndex'>;
/** The number of a submitted storage batch: 1, 2, 3 … within one process. */
export type StoragePosition = Flavored<'StoragePosition'>;
export type ConfigurationId = Flavored<'ConfigurationId'>;

export interface Ballot {
  readonly configurationId: ConfigurationId;
  readonly n: number;
  readonly priority: number;
  readonly pid: Pid;
}

/** Smaller than every ballot that was ever led. */
export const ZERO_BALLOT: Ballot = Object.freeze({
  configurationId: 0,
  n: 0,
  priority: 0,
  pid: 0,
});

/** Negative, zero or positive, as for `Array.prototype.sort`. */
export function compareBallots(a: Ballot, b: Ballot): number {
  return (
    a.configurationId - b.configurationId || a.n - b.n || a.priority - b.priority || a.pid - b.pid
  );
}

export function ballotsEqual(a: Ballot, b: Ballot): boolean {
  return compareBallots(a, b) === 0;
}

export function maxBallot(a: Ballot, b: Ballot): Ballot {
  return compareBallots(a, b) >= 0 ? a : b;
}

/** `c1.n4.p0@2`: configuration 1, n 4, priority 0, led by server 2. */
export function formatBallot(ballot: Ballot): string {
  return `c${ballot.configurationId}.n${ballot.n}.p${ballot.priority}@${ballot.pid}`;
}
