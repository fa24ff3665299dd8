/**
 * What a run's acknowledgements and leaders say: windows, gaps, changes. Pure.
 *
 * All times are milliseconds since the load began.
 */

import type { NodeView } from './cluster.js';

export const WINDOW_MS = 100;

/** A write that was acknowledged. */
export interface Acknowledgement {
  readonly node: number;
  readonly beganMs: number;
  readonly endedMs: number;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Acknowledged writes of each whole window of the span. */
export function windowsOf(
  acknowledgements: readonly Acknowledgement[],
  { fromMs, toMs }: Span,
): readonly number[] {
  const counts = new Array<number>(Math.max(0, Math.floor((toMs - fromMs) / WINDOW_MS))).fill(0);
  for (const { endedMs } of acknowledgements) {
    const index = Math.floor((endedMs - fromMs) / WINDOW_MS);
    const count = counts[index];
    if (count !== undefined) counts[index] = count + 1;
  }
  return counts;
}

/** The share of windows with an acknowledgement, 0 to 1; NaN where there is no whole window. */
export function availabilityOf(
  acknowledgements: readonly Acknowledgement[],
  node: number,
  span: Span,
): number {
  const windows = windowsOf(
    acknowledgements.filter((each) => each.node === node),
    span,
  );
  return windows.filter((count) => count > 0).length / windows.length;
}

/** Windows in which no node acknowledged anything. */
export function emptyWindows(acknowledgements: readonly Acknowledgement[], span: Span): number {
  return windowsOf(acknowledgements, span).filter((count) => count === 0).length;
}

/**
 * From the start of the span to the first acknowledgement of a write that began within it; undefined
 * where none was acknowledged before its end.
 */
export function firstNewWriteMs(
  acknowledgements: readonly Acknowledgement[],
  { fromMs, toMs }: Span,
): number | undefined {
  const firstMs = acknowledgements
    .filter(({ beganMs, endedMs }) => beganMs >= fromMs && endedMs <= toMs)
    .reduce((first, { endedMs }) => Math.min(first, endedMs), Infinity);
  return firstMs === Infinity ? undefined : firstMs - fromMs;
}

export interface Sample {
  readonly askedMs: number;
  /** When all had answered. */
  readonly atMs: number;
  /** Of the nodes that answered. */
  readonly views: readonly NodeView[];
}

/** A leader of a later round than any before it. */
export interface Reign {
  readonly node: number;
  readonly round: readonly number[];
  /** When it was first seen. */
  readonly sinceMs: number;
}

/**
 * Who led, one after the other. A deposed leader that has not noticed yet is not counted again: its
 * round is an older one.
 */
export function reignsOf(samples: readonly Sample[]): readonly Reign[] {
  const reigns: Reign[] = [];
  for (const { atMs, views } of samples) {
    const [latest] = views
      .filter(({ isLeading }) => isLeading)
      .toSorted((a, b) => compareRounds(b.round, a.round));
    const last = reigns.at(-1);
    if (latest === undefined) continue;
    if (last !== undefined && compareRounds(latest.round, last.round) <= 0) continue;
    reigns.push({ node: latest.node, round: latest.round, sinceMs: atMs });
  }
  return reigns;
}

export function leaderChanges(samples: readonly Sample[], span: Span): number {
  return changesIn(samples, span).length;
}

/** From the start of the span until the first new leader was seen; undefined where none was. */
export function newLeaderMs(samples: readonly Sample[], span: Span): number | undefined {
  const [first] = changesIn(samples, span);
  return first === undefined ? undefined : first.sinceMs - span.fromMs;
}

function changesIn(samples: readonly Sample[], { fromMs, toMs }: Span): readonly Reign[] {
  return reignsOf(samples)
    .slice(1)
    .filter(({ sinceMs }) => sinceMs > fromMs && sinceMs <= toMs);
}

/**
 * From the healing until every node has decided all that any of them had decided when it was done:
 * under load they are never level at one moment. Undefined where that was not seen.
 */
export function levelAfterMs(
  samples: readonly Sample[],
  nodeCount: number,
  healedMs: number,
): number | undefined {
  const later = samples.filter(({ askedMs }) => askedMs >= healedMs);
  const wholeAt = later.filter(({ views }) => views.length === nodeCount);
  const goal = Math.max(...(later[0]?.views.map(({ decidedIdx }) => decidedIdx) ?? []));
  const level = wholeAt.find(({ views }) => views.every(({ decidedIdx }) => decidedIdx >= goal));
  return level === undefined ? undefined : level.atMs - healedMs;
}

function compareRounds(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((number, i) => number !== b[i]);
  return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? 0);
}
