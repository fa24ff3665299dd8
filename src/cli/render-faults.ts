/**
 * Faults of links as text and as JSON: for the commands that set them, and for status.
 *
 * Pure: the time of the day comes in. Both directions with the same fault are one text, written as
 * the commands take it: `1-3` for both, `1>3` for one.
 */

import type { DirectedFault } from '../core/wire/link-fault.js';
import { formatByteRate } from './byte-rate.js';
import { formatDuration } from './duration.js';
import type { JsonObject } from './output.js';
import { formatPercent } from './percent.js';

/** `1-3 cut`, `1>3 delay 50 ms ± 10 ms, drop 5 %, for 12 s more`. */
export function renderFaults(faults: readonly DirectedFault[], nowEpochMs: number): string[] {
  return mergeDirections(faults).map(
    ({ fault, isBothWays }) =>
      `${fault.from}${isBothWays ? '-' : '>'}${fault.to} ${describeFault(fault, nowEpochMs)}`,
  );
}

/** The same for whole lines: `node 1 - node 3: cut`. */
export function faultLines(faults: readonly DirectedFault[], nowEpochMs: number): string[] {
  return lines(faults, (fault) => describeFault(fault, nowEpochMs));
}

/** `node 1 > node 3: healed`. */
export function healedLines(faults: readonly DirectedFault[]): string[] {
  return lines(faults, () => 'healed');
}

function lines(
  faults: readonly DirectedFault[],
  describe: (fault: DirectedFault) => string,
): string[] {
  return mergeDirections(faults, describe).map(
    ({ fault, isBothWays }) =>
      `node ${fault.from} ${isBothWays ? '-' : '>'} node ${fault.to}: ${describe(fault)}`,
  );
}

/** `cut`, `cut, delay 50 ms`; `whole` where nothing is wrong. */
function describeFault({ fault, expiresAtEpochMs }: DirectedFault, nowEpochMs: number): string {
  const parts: string[] = [];
  if (fault.isCut) parts.push('cut');
  if (fault.delayMs > 0 || fault.jitterMs > 0) {
    const jitter = fault.jitterMs > 0 ? ` ± ${formatDuration(fault.jitterMs)}` : '';
    parts.push(`delay ${formatDuration(fault.delayMs)}${jitter}`);
  }
  if (fault.dropProbability > 0) parts.push(`drop ${formatPercent(fault.dropProbability)}`);
  if (fault.duplicateProbability > 0) {
    parts.push(`duplicate ${formatPercent(fault.duplicateProbability)}`);
  }
  if (fault.reorderProbability > 0) {
    parts.push(`reorder ${formatPercent(fault.reorderProbability)}`);
  }
  if (fault.bytesPerSecond !== undefined) {
    parts.push(`at most ${formatByteRate(fault.bytesPerSecond)}`);
  }
  if (parts.length === 0) parts.push('whole');
  if (expiresAtEpochMs !== undefined) {
    const leftMs = Math.max(0, expiresAtEpochMs - nowEpochMs);
    parts.push(`for ${formatDuration(leftMs)} more`);
  }
  return parts.join(', ');
}

interface MergedFault {
  readonly fault: DirectedFault;
  readonly isBothWays: boolean;
}

/** By the lower number first; of two directions that read the same, one remains. */
function mergeDirections(
  faults: readonly DirectedFault[],
  describe = (fault: DirectedFault) => JSON.stringify([fault.fault, fault.expiresAtEpochMs]),
): readonly MergedFault[] {
  const texts = new Map(faults.map((fault) => [`${fault.from}>${fault.to}`, describe(fault)]));
  const inOrder = [...faults].sort(
    (a, b) => low(a) - low(b) || high(a) - high(b) || a.from - b.from,
  );
  return inOrder.flatMap((fault) => {
    const isBothWays = texts.get(`${fault.to}>${fault.from}`) === describe(fault);
    return isBothWays && fault.from > fault.to ? [] : [{ fault, isBothWays }];
  });
}

function low({ from, to }: DirectedFault): number {
  return Math.min(from, to);
}

function high({ from, to }: DirectedFault): number {
  return Math.max(from, to);
}

/** Every field is always there: null where there is no bound. */
export function faultToJson({ from, to, fault, expiresAtEpochMs }: DirectedFault): JsonObject {
  return {
    from,
    to,
    ...fault,
    bytesPerSecond: fault.bytesPerSecond ?? null,
    expiresAtEpochMs: expiresAtEpochMs ?? null,
  };
}
