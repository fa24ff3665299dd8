/**
 * The entries that a log holds in the end, gathered from its records.
 *
 * A later append on a prefix replaces what was behind it, exactly as recovery replays it (D23).
 */

import type { InspectedItem, LogProblem } from '../core/storage/index.js';
import type { LogEntry } from './log-entry.js';

type Inspected<Kind extends InspectedItem['kind']> = Extract<InspectedItem, { kind: Kind }>;

export interface LogContents {
  readonly entries: readonly LogEntry[];
  readonly segmentCount: number;
  readonly recordCount: number;
  readonly state: Inspected<'record'>['state'] | undefined;
  readonly tornBytes: number;
  readonly problem: LogProblem | undefined;
}

export interface LogRange {
  readonly fromIdx: number;
  /** Exclusive. */
  readonly toIdx: number;
}

export function gatherLog(items: Iterable<InspectedItem>, range: LogRange): LogContents {
  const entries = new Map<number, Uint8Array>();
  let segmentCount = 0;
  let recordCount = 0;
  let state: LogContents['state'];
  let tornBytes = 0;
  let problem: LogProblem | undefined;
  for (const item of items) {
    if (item.kind === 'segment') segmentCount += 1;
    if (item.kind === 'record') {
      recordCount += 1;
      state = item.state;
      applyRecord(entries, item.record, range);
    }
    if (item.kind === 'end' && item.verdict === 'tornTail') tornBytes = item.tornBytes;
    if (item.kind === 'problem') problem = item;
  }
  const sorted = [...entries].sort(([a], [b]) => a - b);
  return {
    entries: sorted.map(([index, bytes]) => ({ index, bytes })),
    segmentCount,
    recordCount,
    state,
    tornBytes,
    problem,
  };
}

function applyRecord(
  entries: Map<number, Uint8Array>,
  record: Inspected<'record'>['record'],
  range: LogRange,
): void {
  if (record.kind !== 'batch') return;
  for (const operation of record.operations) {
    if (operation.kind !== 'appendOnPrefix') continue;
    for (const index of entries.keys()) if (index >= operation.fromIdx) entries.delete(index);
    operation.entries.forEach((bytes, at) => {
      const index = operation.fromIdx + at;
      // A copy: the bytes are a view of the whole segment.
      if (index >= range.fromIdx && index < range.toIdx) entries.set(index, Uint8Array.from(bytes));
    });
  }
}
