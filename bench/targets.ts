/** What was measured against what was promised: one row each, and whether it holds. */

import { renderTable } from './report.js';

export interface Target {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  /** Undefined where nothing was promised: the row is there to compare with. */
  readonly holds: boolean | undefined;
}

interface Outcome {
  readonly targets: readonly Target[];
  /** Every figure that the targets were judged by, for --json. */
  readonly figures: unknown;
}

/** Prints the table, or all figures as JSON. A target that does not hold is exit status 1. */
export function reportTargets({ targets, figures }: Outcome, isJson: boolean): void {
  const isOk = targets.every(({ holds }) => holds !== false);
  if (isJson) {
    process.stdout.write(`${JSON.stringify({ ok: isOk, targets, figures })}\n`);
  } else {
    const verdict = (holds: boolean | undefined): string => {
      return holds === undefined ? '' : holds ? 'holds' : 'DOES NOT HOLD';
    };
    const rows = targets.map((row) => [row.what, row.measured, row.target, verdict(row.holds)]);
    process.stdout.write(`${renderTable([['', 'measured', 'target', ''], ...rows])}\n`);
  }
  if (!isOk) process.exitCode = 1;
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
