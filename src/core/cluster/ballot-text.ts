/**
 * Ballots as nodes write them into their status, `c1.n4.p0@2`, read back into what people compare.
 *
 * Total: a text of another version gives undefined, never an error.
 */

export interface BallotView {
  /** Configuration, n, priority, pid: as they are ordered (E1). */
  readonly order: readonly [number, number, number, number];
  readonly n: number;
  readonly pid: number;
  readonly text: string;
}

/** Undefined also for n 0: it stands for "has not run". */
export function readBallot(text: string | undefined): BallotView | undefined {
  const match = /^c(\d+)\.n(\d+)\.p(-?\d+)@(\d+)$/.exec(text ?? '');
  if (text === undefined || match === null) return undefined;
  const [configurationId = 0, n = 0, priority = 0, pid = 0] = match.slice(1).map(Number);
  if (n === 0) return undefined;
  return { order: [configurationId, n, priority, pid], n, pid, text };
}

/** E1. An unknown ballot is the lowest. */
export function compareBallotViews(a: BallotView | undefined, b: BallotView | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const at = a.order.findIndex((part, index) => part !== b.order[index]);
  return at === -1 ? 0 : (a.order[at] ?? 0) - (b.order[at] ?? 0);
}
