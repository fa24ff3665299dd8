/**
 * The lives of a log that are cut short at every point: one per thing a log does.
 *
 * Small on purpose: a state is cheap where the log is short, and every kind of change of the disk
 * occurs in each within a few dozen changes.
 */

import { append, ballot, LogRun } from './log-run.js';

export type Workload = (run: LogRun) => Promise<void> | void;

/** Several batches a flush, Marks between, some flushes longer than a sector. */
function appends(run: LogRun): void {
  run.submit({ kind: 'setPromise', ballot: ballot(1) });
  run.flush();
  for (let i = 0; i < 6; i++) {
    run.submit(append(2 * i, [`a${i}`, `b${i}`]), { kind: 'setDecidedIdx', idx: i });
    if (i % 2 === 0) run.submit({ kind: 'setPromise', ballot: ballot(2 + i) });
    if (i % 3 !== 1) run.flush();
    if (i === 3) run.idle();
  }
  run.flush();
}

/** P4: the cut, the suffix and the round are one unit. */
function overwrites(run: LogRun): void {
  run.submit({ kind: 'setPromise', ballot: ballot(1) }, append(0, [1, 2, 3, 4, 5]));
  run.flush();
  for (let n = 2; n < 6; n++) {
    run.submit(
      { kind: 'setPromise', ballot: ballot(n) },
      append(n - 1, [`x${n}`, `y${n}`, `z${n}`], 100 * n),
      { kind: 'setAcceptedRound', ballot: ballot(n) },
      { kind: 'setDecidedRound', ballot: ballot(n - 1) },
      { kind: 'setDecidedIdx', idx: n - 1 },
    );
    run.submit(append(n, []));
    run.flush();
  }
}

/** D16, with a record that needs a segment of its own size and cuts across segments. */
function segmentCuts(run: LogRun): void {
  for (let i = 0; i < 9; i++) {
    run.submit(append(Math.max(0, i - (i % 4)), [`big ${i}`], i === 5 ? 6_000 : 1_100));
    if (i % 4 === 3) for (let j = 1; j <= 3; j++) run.submit(append(j, [`again ${j}`], 300));
    if (i % 2 === 0) run.flush();
    if (i === 6) run.idle();
    while (run.log.state().acceptedIdx <= i) {
      run.submit(append(run.log.state().acceptedIdx, ['filler'], 200));
    }
  }
  run.flush();
}

/** D18, D20. */
async function closes(run: LogRun): Promise<void> {
  run.submit({ kind: 'setPromise', ballot: ballot(1) }, append(0, ['one']));
  await run.reopen();
  run.submit(append(1, ['two']));
  run.flush();
  run.submit(append(2, ['three'], 700));
  await run.reopen();
  run.idle();
  await run.close();
}

/** Openings without a close: each writes the tail anew (D18). */
function tailRewrites(run: LogRun): void {
  for (let i = 0; i < 4; i++) {
    run.submit(append(i, [i], 400), { kind: 'setPromise', ballot: ballot(i + 1) });
    run.flush();
    run.open({ least: run.history.length - 1, most: run.history.length - 1 });
  }
}

export const WORKLOADS = {
  'entries are appended': appends,
  'entries are overwritten': overwrites,
  'the log moves on to new segments': segmentCuts,
  'it is closed and opened again': closes,
  'the tail is written anew at every opening': tailRewrites,
} satisfies Record<string, Workload>;

export type WorkloadName = keyof typeof WORKLOADS;
export const WORKLOAD_NAMES = Object.keys(WORKLOADS) as readonly WorkloadName[];

/** The whole life on a new log. */
export async function lived(name: WorkloadName): Promise<LogRun> {
  const run = LogRun.onNewLog();
  const workload: Workload = WORKLOADS[name];
  await workload(run);
  return run;
}
