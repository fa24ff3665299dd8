/**
 * What a reader of the log is told about an entry.
 */

import type { LogIndex } from './ballot.js';
import type { ReplicatedLog } from './replicated-log.js';

/** `undecided`: accepted by this server, and may vanish. Later kinds: trimmed, snapshot, stop sign. */
export type LogRead<T> =
  | { readonly kind: 'decided'; readonly idx: LogIndex; readonly entry: T }
  | { readonly kind: 'undecided'; readonly idx: LogIndex; readonly entry: T };

/** Undefined where [fromIdx, toIdx) is not within the log; an empty range within it is empty. */
export function readRange<T>(
  log: ReplicatedLog<T>,
  fromIdx: LogIndex,
  toIdx: LogIndex,
): LogRead<T>[] | undefined {
  const isWithin =
    Number.isSafeInteger(fromIdx) &&
    Number.isSafeInteger(toIdx) &&
    fromIdx >= log.compactedIdx &&
    fromIdx <= toIdx &&
    toIdx <= log.acceptedIdx;
  if (!isWithin) return undefined;
  return log.entries(fromIdx, toIdx).map((entry, at) => {
    const idx = fromIdx + at;
    return { kind: idx < log.decidedIdx ? 'decided' : 'undecided', idx, entry };
  });
}
