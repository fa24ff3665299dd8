/**
 * Whether one commit is slower than another, from pairs of runs.
 *
 * What is looked at is the logarithm of each pair's ratio: a machine that drifts moves both runs of
 * a pair, and twice as fast weighs as much as half as fast. The interval is Student's, so it says
 * how sure so few pairs can be.
 */

/** Two-sided 95 %, for 1, 2, 3 … degrees of freedom. */
const STUDENT_T = [
  ...[12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228],
  ...[2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086],
  ...[2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042],
];
/** Beyond the table; 1.96 is its limit, and a little too wide an interval does no harm. */
const STUDENT_T_BEYOND = 2.042;

export interface Interval {
  /** The geometric mean of the ratios. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

export type Verdict = 'passes' | 'fails' | 'undecided';

/** At least two ratios. */
export function intervalOf(ratios: readonly number[]): Interval {
  if (ratios.length < 2) throw new Error(`an interval of ${ratios.length} ratios`);
  const logs = ratios.map(Math.log);
  const mean = sum(logs) / logs.length;
  const variance = sum(logs.map((log) => (log - mean) ** 2)) / (logs.length - 1);
  const t = STUDENT_T[logs.length - 2] ?? STUDENT_T_BEYOND;
  const half = t * Math.sqrt(variance / logs.length);
  return { ratio: Math.exp(mean), low: Math.exp(mean - half), high: Math.exp(mean + half) };
}

/** Undecided while the bound lies within the interval: then more pairs may tell. */
export function verdictOf({ low, high }: Interval, bound: number): Verdict {
  if (low >= bound) return 'passes';
  return high < bound ? 'fails' : 'undecided';
}

/** When no more pairs are run, the ratio itself decides. */
export function lastVerdictOf(interval: Interval, bound: number): 'passes' | 'fails' {
  const verdict = verdictOf(interval, bound);
  if (verdict !== 'undecided') return verdict;
  return interval.ratio >= bound ? 'passes' : 'fails';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
