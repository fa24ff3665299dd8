/**
 * Ends: why a process ended (13), and what must be true when the run does (10, 11).
 */

import { AssertionError } from '../../assert.js';
import type { Verdict } from '../../checker/index.js';
import { OmnikvError } from '../../errors.js';
import { areBytesEqual } from './entry-bytes.js';
import { InvariantViolation } from './invariant-violation.js';

/** An exit is expected only for a reason that the product names, never for a bug (13). */
export function checkExit(pid: number, error: unknown, isExpected: boolean): void {
  const bug = error === undefined ? undefined : bugIn(error);
  if (bug !== undefined) {
    throw new InvariantViolation(13, `node ${pid} ended by a bug: ${bug}`, { cause: error });
  }
  if (isExpected) return;
  const reason = error instanceof Error ? error.message : String(error);
  throw new InvariantViolation(13, `node ${pid} ended, nothing was wrong with it: ${reason}`, {
    cause: error,
  });
}

/** Anything in the chain of causes that is no answer of the product. */
function bugIn(error: unknown): string | undefined {
  for (let cause: unknown = error; cause !== undefined;) {
    if (cause instanceof AssertionError) return `assertion failed: ${cause.message}`;
    if (cause instanceof OmnikvError) {
      cause = cause.cause;
      continue;
    }
    if (!(cause instanceof Error)) return JSON.stringify(cause);
    // The disk's own errors carry a code of the operating system.
    const isFromDisk = 'code' in cause && /^E(?!RR_)/.test(String(cause.code));
    return isFromDisk ? undefined : String(cause);
  }
  return undefined;
}

/** An undecided verdict is no proof, so it counts as a failure (10). */
export function checkVerdict(verdict: Verdict): void {
  if (verdict.kind === 'valid') return;
  const what =
    verdict.kind === 'invalid'
      ? `${verdict.window.length} operations of key ${verdict.key} have no order that explains them`
      : `not proven: ${verdict.reason}`;
  throw new InvariantViolation(10, what);
}

export interface EndOfLog {
  readonly decided: readonly Uint8Array[];
  /** Everything below was acknowledged. */
  readonly acknowledgedIdx: number;
  readonly acceptQuorumSize: number;
}

/** The disks of an accept quorum hold every acknowledged entry (11). `logs`: one for each node. */
export function checkAcknowledged(
  { decided, acknowledgedIdx, acceptQuorumSize }: EndOfLog,
  logs: readonly (readonly Uint8Array[])[],
): void {
  const isHolder = (entries: readonly Uint8Array[]): boolean => {
    for (let idx = 0; idx < acknowledgedIdx; idx++) {
      if (!areBytesEqual(entries[idx], decided[idx])) return false;
    }
    return true;
  };
  const holders = logs.filter(isHolder).length;
  if (holders >= acceptQuorumSize) return;
  throw new InvariantViolation(
    11,
    `only ${holders} disks hold the ${acknowledgedIdx} entries that were acknowledged`,
  );
}
