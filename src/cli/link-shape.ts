/**
 * The flags of `link` → what is wrong with the links.
 */

import type { LinkShape } from '../core/cluster/index.js';
import { usageError } from './to-omnikv-error.js';

export interface LinkShapeFlags {
  readonly delay?: number | undefined;
  readonly jitter?: number | undefined;
  /** 0 to 1, as are the next two. */
  readonly drop?: number | undefined;
  readonly duplicate?: number | undefined;
  readonly reorder?: number | undefined;
  readonly rate?: number | undefined;
}

/** Throws `OMNIKV_USAGE`: nothing is asked for, or a frame would have to arrive before it left. */
export function shapeOf(flags: LinkShapeFlags): LinkShape {
  const { delay = 0, jitter = 0, drop, duplicate, reorder, rate } = flags;
  const given = [flags.delay, flags.jitter, drop, duplicate, reorder, rate];
  if (given.every((value) => value === undefined)) {
    const names = '--delay, --jitter, --drop, --duplicate, --reorder, --rate';
    throw usageError('link', `link needs at least one of ${names}`);
  }
  if (jitter > delay) {
    const message = `--jitter of ${jitter} ms is more than --delay of ${delay} ms: frames would arrive before they left`;
    throw usageError('link', message);
  }
  return {
    delayMs: delay,
    jitterMs: jitter,
    dropProbability: drop ?? 0,
    duplicateProbability: duplicate ?? 0,
    reorderProbability: reorder ?? 0,
    bytesPerSecond: rate,
  };
}
