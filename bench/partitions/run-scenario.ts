/**
 * One run of one scenario: load, cut, wait, heal, wait; then what it showed.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, NodeClient } from './cluster.js';
import { Load } from './load.js';
import { rolesOf, type Roles, type Scenario, type ScenarioName } from './scenario.js';
import { viewsOf, Watch } from './watch.js';
import {
  availabilityOf,
  emptyWindows,
  firstNewWriteMs,
  leaderChanges,
  levelAfterMs,
  newLeaderMs,
  type Acknowledgement,
} from './windows.js';

const WARM_UP_MS = 1_000;
/** Shorter than etcd's election timeout: the leader must still be the same afterwards. */
const PRELUDE_MS = 800;
const LEADER_DEADLINE_MS = 10_000;
const FLAP_MS = { min: 50, max: 500 };

export interface RunOptions {
  readonly cutMs: number;
  readonly afterMs: number;
  readonly callersPerNode: number;
}

/** Times are milliseconds since the load began. */
export interface ScenarioRun {
  readonly scenario: ScenarioName;
  readonly roles: Roles;
  /** When the last node obeyed. */
  readonly cutAtMs: number;
  readonly healedAtMs: number;
  readonly endMs: number;
  /** How many entries the hub lacked when the pattern began. */
  readonly hubLag: number;
  /** Undefined: none before the healing. */
  readonly firstNewWriteMs: number | undefined;
  /** By node, during the cut, 0 to 1. */
  readonly availability: Readonly<Record<string, number>>;
  readonly emptyWindows: number;
  readonly emptyWindowsAfter: number;
  /** From the cut until another leader was seen: what of the first new write was the election. */
  readonly newLeaderMs: number | undefined;
  readonly leaderChanges: number;
  readonly leaderChangesAfter: number;
  /** Undefined: not before the end. */
  readonly levelAfterMs: number | undefined;
  readonly failureCount: number;
  readonly verdict: string | undefined;
  readonly acknowledgements: readonly Acknowledgement[];
}

export async function runScenario(
  cluster: Cluster,
  scenario: Scenario,
  options: RunOptions,
): Promise<ScenarioRun> {
  const clients = new Map<number, NodeClient>();
  for (const node of cluster.nodes) clients.set(node, await cluster.connect(node));
  const load = new Load(clients, options.callersPerNode);
  const watch = new Watch(cluster, () => load.nowMs());
  try {
    const cut = await goThrough(cluster, scenario, { ...options, load, watch });
    await watch.stop();
    await load.stop();
    await load.readAll();
    const measured = measure(cluster, load, watch, cut);
    return { ...measured, scenario: scenario.name, verdict: await cluster.judge() };
  } finally {
    await watch.stop();
    await load.stop();
    for (const client of clients.values()) client.close();
  }
}

interface Cut {
  readonly roles: Roles;
  readonly hubLag: number;
  readonly cutAtMs: number;
  readonly healedAtMs: number;
  readonly endMs: number;
}

async function goThrough(
  cluster: Cluster,
  scenario: Scenario,
  { load, watch, cutMs, afterMs }: RunOptions & { readonly load: Load; readonly watch: Watch },
): Promise<Cut> {
  await sleep(WARM_UP_MS);
  const roles = rolesOf(cluster.nodes, await watch.leader(LEADER_DEADLINE_MS));
  if (scenario.prelude !== undefined) {
    await cluster.set(scenario.prelude(roles));
    await sleep(PRELUDE_MS);
  }
  const hubLag = await lagOf(cluster, roles.hub);
  const troubles = scenario.pattern(roles);
  await cluster.set(troubles);
  const cutAtMs = load.nowMs();
  const healing = new AbortController();
  const probing = load.probe(cutAtMs, healing.signal);
  try {
    if (scenario.isFlapping)
      await flap(
        () => cluster.set(troubles),
        () => cluster.set([]),
        cutMs,
      );
    else await sleep(cutMs);
  } finally {
    healing.abort();
    await probing;
    await cluster.set([]);
  }
  const healedAtMs = load.nowMs();
  await sleep(afterMs);
  return { roles, hubLag, cutAtMs, healedAtMs, endMs: load.nowMs() };
}

/** The cut is on when it begins. */
async function flap(
  cut: () => Promise<void>,
  heal: () => Promise<void>,
  durationMs: number,
): Promise<void> {
  const endMs = performance.now() + durationMs;
  for (let isCut = true; performance.now() < endMs; isCut = !isCut) {
    const drawnMs = FLAP_MS.min + Math.random() * (FLAP_MS.max - FLAP_MS.min);
    await sleep(Math.min(drawnMs, Math.max(0, endMs - performance.now())));
    await (isCut ? heal() : cut());
  }
}

async function lagOf(cluster: Cluster, node: number): Promise<number> {
  const views = await viewsOf(cluster);
  const own = views.find((view) => view.node === node);
  const most = Math.max(...views.map(({ decidedIdx }) => decidedIdx));
  return own === undefined ? Number.NaN : most - own.decidedIdx;
}

function measure(cluster: Cluster, load: Load, watch: Watch, cut: Cut) {
  const { cutAtMs, healedAtMs, endMs } = cut;
  const { acknowledgements, failureCount } = load;
  const { samples } = watch;
  const during = { fromMs: cutAtMs, toMs: healedAtMs };
  const after = { fromMs: healedAtMs, toMs: endMs };
  const shares = cluster.nodes.map((node) => {
    return [String(node), availabilityOf(acknowledgements, node, during)] as const;
  });
  return {
    ...cut,
    firstNewWriteMs: firstNewWriteMs(acknowledgements, during),
    availability: Object.fromEntries(shares),
    emptyWindows: emptyWindows(acknowledgements, during),
    emptyWindowsAfter: emptyWindows(acknowledgements, after),
    newLeaderMs: newLeaderMs(samples, during),
    leaderChanges: leaderChanges(samples, during),
    leaderChangesAfter: leaderChanges(samples, after),
    levelAfterMs: levelAfterMs(samples, cluster.nodes.length, healedAtMs),
    failureCount,
    acknowledgements,
  };
}
