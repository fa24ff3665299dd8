/**
 * What happens next in one lane of chaos, drawn from a stream of random numbers.
 *
 * Pure. Every fault draws the same number of times in the same order, so that a seed gives the same
 * faults at the same distances, whoever happens to lead.
 */

export const CHAOS_KINDS = ['crash', 'pause'] as const;
export type ChaosKind = (typeof CHAOS_KINDS)[number];

export interface ChaosRandom {
  /** Uniform in [0, 1). */
  fraction(): number;
}

export interface PlannedFault {
  /** After the last fault of the lane was undone. */
  readonly waitMs: number;
  readonly kind: ChaosKind;
  readonly holdMs: number;
  readonly aim: 'leader' | 'any';
  /** Says which of the nodes that are free is meant, in [0, 1). */
  readonly draw: number;
}

const WAIT_MS = { min: 50, max: 1_000 } as const;
/** Both sides of the election timeout (300 ms) are met often: the logarithm is uniform. */
const HOLD_MS = { min: 40, max: 3_000 } as const;
const LEADER_SHARE = 0.4;

export function drawFault(random: ChaosRandom, mix: readonly ChaosKind[]): PlannedFault {
  const waitMs = Math.round(WAIT_MS.min + random.fraction() * (WAIT_MS.max - WAIT_MS.min));
  const kind = mix[Math.floor(random.fraction() * mix.length)] ?? 'crash';
  const holdMs = Math.round(HOLD_MS.min * (HOLD_MS.max / HOLD_MS.min) ** random.fraction());
  const aim = random.fraction() < LEADER_SHARE ? 'leader' : 'any';
  return { waitMs, kind, holdMs, aim, draw: random.fraction() };
}

/** Of the nodes that are free; undefined where none is. */
export function chooseVictim(
  fault: PlannedFault,
  free: readonly number[],
  leader: number | undefined,
): number | undefined {
  if (fault.aim === 'leader' && leader !== undefined && free.includes(leader)) return leader;
  return free[Math.floor(fault.draw * free.length)];
}
