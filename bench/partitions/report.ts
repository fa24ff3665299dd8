/** The runs as a table and as targets: what was measured, what was promised. Pure. */

import { median, renderTable } from '../report.js';
import type { Target } from '../targets.js';
import type { ScenarioRun } from './run-scenario.js';
import type { ScenarioName } from './scenario.js';

export interface Run extends ScenarioRun {
  readonly system: string;
  /** Of the system, by default. */
  readonly electionTimeoutMs: number;
  readonly repetition: number;
}

/** The runs of each system in each scenario, in the order in which they first came. */
export function groupsOf(runs: readonly Run[]): readonly (readonly [string, readonly Run[]])[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const title = `${run.system} ${run.scenario}`;
    groups.set(title, [...(groups.get(title) ?? []), run]);
  }
  return [...groups];
}

/** Of omnikv, in election timeouts. */
const MAX_MEDIAN_TIMEOUTS = 4;
const MAX_TIMEOUTS = 5;
const MIN_AVAILABILITY = 0.95;
const MAX_LEVEL_MS = 1_000;
/** Not the same as never: it was only waited for so long. */
const NONE = 'none during the cut';

const TITLES = [
  '',
  'first write ms',
  'timeouts',
  'windows with a write, by node',
  'without any',
  'leaders',
  'healed: without any',
  'leaders',
  'level ms',
  'history',
];

/** One row a run. */
export function renderRuns(runs: readonly Run[]): string {
  const rows = runs.map((run) => [
    `${run.system} ${run.scenario} ${run.repetition}`,
    firstText(run),
    run.firstNewWriteMs === undefined ? '' : timeoutsOf(run).toFixed(2),
    availabilityText(run),
    String(run.emptyWindows),
    String(run.leaderChanges),
    String(run.emptyWindowsAfter),
    String(run.leaderChangesAfter),
    run.levelAfterMs?.toFixed(0) ?? 'not yet',
    run.verdict ?? '',
  ]);
  return renderTable([TITLES, ...rows]);
}

/** Who is who, and the share of each: `1 L 100 %`; L the leader, H the hub, F the far follower. */
function availabilityText({ roles, availability }: Run): string {
  const { leader, hub, far } = roles;
  const letterOf = (node: number): string =>
    node === leader ? ' L' : node === hub ? ' H' : node === far ? ' F' : '';
  return Object.entries(availability)
    .map(([node, share]) => `${node}${letterOf(Number(node))} ${percent(share)}`)
    .join(', ');
}

/** To the first new write; infinite where there was none. */
function timeoutsOf({ firstNewWriteMs, electionTimeoutMs }: Run): number {
  return (firstNewWriteMs ?? Infinity) / electionTimeoutMs;
}

/** What was promised of omnikv; of the others, what was measured. */
export function targetsOf(runs: readonly Run[]): readonly Target[] {
  return groupsOf(runs).flatMap(([title, group]) => {
    const [first] = group;
    if (first === undefined) return [];
    if (first.system !== 'omnikv') return [comparison(title, group)];
    return [...duringCut(title, first.scenario, group), ...always(title, group)];
  });
}

/** Where there was none, all that is known is that it takes longer than the cut did. */
function firstText({ firstNewWriteMs, cutAtMs, healedAtMs }: Run): string {
  return firstNewWriteMs?.toFixed(0) ?? `> ${(healedAtMs - cutAtMs).toFixed(0)}`;
}

function comparison(title: string, runs: readonly Run[]): Target {
  const firstMs = runs.map(({ firstNewWriteMs }) => firstNewWriteMs ?? Infinity);
  const measured = spread(firstMs, (ms) => (ms === Infinity ? NONE : `${ms.toFixed(0)} ms`));
  return { what: `${title}: first new write`, measured, target: '', holds: undefined };
}

function duringCut(title: string, scenario: ScenarioName, runs: readonly Run[]): readonly Target[] {
  switch (scenario) {
    case 'quorum-loss':
    case 'constrained':
      return [promptly(title, runs)];
    case 'chained':
      return unnoticed(title, runs);
    case 'minorities':
      return [
        {
          what: `${title}: runs with a new write`,
          ...count(runs.filter(({ firstNewWriteMs }) => firstNewWriteMs !== undefined).length),
        },
      ];
    case 'one-way':
    case 'flapping':
    case 'lossy':
    case 'slow':
      return [
        {
          what: `${title}: runs without a new write`,
          ...count(runs.filter(({ firstNewWriteMs }) => firstNewWriteMs === undefined).length),
        },
      ];
  }
}

/** Down, but not for long. */
function promptly(title: string, runs: readonly Run[]): Target {
  const timeouts = runs.map(timeoutsOf);
  const holds = median(timeouts) <= MAX_MEDIAN_TIMEOUTS && Math.max(...timeouts) <= MAX_TIMEOUTS;
  return {
    what: `${title}: election timeouts to the first new write`,
    measured: spread(timeouts, (value) => (value === Infinity ? NONE : value.toFixed(2))),
    target: `median ≤ ${MAX_MEDIAN_TIMEOUTS}, worst ≤ ${MAX_TIMEOUTS}`,
    holds,
  };
}

function unnoticed(title: string, runs: readonly Run[]): readonly Target[] {
  const shares = runs.map(({ availability, roles }) => availability[String(roles.far)] ?? 0);
  const worst = Math.min(...shares);
  return [
    { what: `${title}: leader changes`, ...count(sum(runs.map((run) => run.leaderChanges))) },
    {
      what: `${title}: windows without a write`,
      ...count(sum(runs.map((run) => run.emptyWindows))),
    },
    {
      what: `${title}: windows with a write, cut-off node, worst run`,
      measured: percent(worst),
      target: `≥ ${percent(MIN_AVAILABILITY)}`,
      holds: worst >= MIN_AVAILABILITY,
    },
  ];
}

/** What every pattern has to leave behind. */
function always(title: string, runs: readonly Run[]): readonly Target[] {
  const level = runs.map(({ levelAfterMs }) => levelAfterMs ?? Infinity);
  const isSettled = runs.every(({ scenario }) => HEALS_UNNOTICED.has(scenario));
  const changes = sum(runs.map(({ leaderChangesAfter }) => leaderChangesAfter));
  const invalid = runs.filter(({ verdict }) => verdict !== 'VALID').length;
  return [
    {
      what: `${title}: leader changes after healing`,
      ...(isSettled ? count(changes) : { measured: String(changes), target: '', holds: undefined }),
    },
    {
      what: `${title}: healing until all nodes are level`,
      measured: spread(level, (ms) => (ms === Infinity ? 'not yet' : `${ms.toFixed(0)} ms`)),
      target: `worst ≤ ${MAX_LEVEL_MS} ms`,
      holds: Math.max(...level) <= MAX_LEVEL_MS,
    },
    { what: `${title}: histories that are not VALID`, ...count(invalid) },
  ];
}

/** Where a leader was found during the cut; the others end in the middle of an election. */
const HEALS_UNNOTICED: ReadonlySet<ScenarioName> = new Set<ScenarioName>([
  'quorum-loss',
  'constrained',
  'chained',
]);

function count(value: number): Pick<Target, 'measured' | 'target' | 'holds'> {
  return { measured: String(value), target: 'none', holds: value === 0 };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function spread(values: readonly number[], text: (value: number) => string): string {
  const middle = text(median(values));
  return values.length === 1 ? middle : `median ${middle}, worst ${text(Math.max(...values))}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
