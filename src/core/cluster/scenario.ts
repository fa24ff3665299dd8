/**
 * Brings a running cluster into a partial partition, around the nodes that have the roles now.
 *
 * It begins with whole links and a whole cluster. A command that is killed before the pattern stands
 * leaves at most one cut, which expires by itself.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { OmnikvError } from '../errors.js';
import type { Cluster } from './find-cluster.js';
import { breakLinks, healLinks, type LinksReport } from './link-faults.js';
import { NodeContact } from './node-contact.js';
import { inspectNode } from './node-process.js';
import {
  parseScenario,
  planScenario,
  requireEnoughNodes,
  type ScenarioName,
  type ScenarioPlan,
  type ScenarioRole,
} from './scenario-plan.js';
import { resolveSelectors } from './selectors.js';
import type { OnStep } from './steps.js';

export interface ScenarioOptions {
  /** As typed. */
  readonly name: string;
  /** Undefined: until it is healed. */
  readonly durationMs?: number | undefined;
  readonly isReset?: boolean | undefined;
  readonly onStep?: OnStep | undefined;
}

export interface ScenarioReport extends LinksReport {
  readonly scenario: ScenarioName;
  readonly roles: readonly ScenarioRole[];
  /** Constrained: how far the hub was behind the leader; undefined where no lag was seen. */
  readonly lag: { readonly hubIdx: number; readonly leaderIdx: number } | undefined;
}

/** How long the hub is without the leader at most before the leader is without everybody. */
const FALL_BEHIND_MS = 1_000;
/** The first cut of a command that was killed in between is gone after this. */
const FIRST_CUT_MS = 5_000;
const ASK_MS = 250;
const POLL_MS = 20;

/** Throws `OMNIKV_USAGE`, `OMNIKV_NODE_DOWN` where a node does not run, `OMNIKV_NO_QUORUM`. */
export async function runScenario(
  cluster: Cluster,
  options: ScenarioOptions,
): Promise<ScenarioReport> {
  const name = parseScenario(options.name);
  if (name === 'restore') {
    const healed = await healLinks(cluster, { onStep: options.onStep });
    return { ...healed, scenario: name, roles: [], lag: undefined };
  }
  const { pids } = cluster;
  requireEnoughNodes(pids);
  for (const pid of pids) await requireRunning(cluster, pid);
  const [leader = 0] = await resolveSelectors(cluster, { selectors: ['leader'], fallback: 'all' });
  const plan = planScenario(name, { pids, leader });
  const lag = plan.firstLinks.length === 0 ? undefined : await fallBehind(cluster, options, plan);
  const { durationMs, isReset, onStep } = options;
  const report = await breakLinks(cluster, {
    links: plan.links,
    change: { kind: 'cut' },
    before: 'healed',
    durationMs,
    isReset,
    onStep,
  });
  return { ...report, scenario: name, roles: plan.roles, lag };
}

async function requireRunning(cluster: Cluster, pid: number): Promise<void> {
  const { kind } = await inspectNode(cluster, pid);
  if (kind === 'running') return;
  const message = `node ${pid} is ${kind}: a scenario begins with a whole cluster`;
  const next = kind === 'paused' ? `omnikv resume ${pid}` : `omnikv recover ${pid}`;
  throw new OmnikvError('OMNIKV_NODE_DOWN', message, { suggestions: [next] });
}

/** Ends as soon as the hub lacks a decided entry; without writes none comes, and then it ends too. */
async function fallBehind(
  cluster: Cluster,
  { onStep }: ScenarioOptions,
  plan: ScenarioPlan,
): Promise<ScenarioReport['lag']> {
  const pidOf = (role: ScenarioRole['role']) =>
    plan.roles.find((chosen) => chosen.role === role)?.pid ?? 0;
  const links = plan.firstLinks;
  const cut = { links, change: { kind: 'cut' }, before: 'healed' } as const;
  await breakLinks(cluster, { ...cut, durationMs: FIRST_CUT_MS, onStep });
  const deadlineMs = performance.now() + FALL_BEHIND_MS;
  const contact = new NodeContact(cluster);
  try {
    while (performance.now() < deadlineMs) {
      // The leader first: what it has decided and the hub does not have later is a lag.
      const leaderIdx = (await contact.askOne(pidOf('leader'), ASK_MS)).status?.decidedIdx ?? 0;
      const hubIdx = (await contact.askOne(pidOf('hub'), ASK_MS)).status?.acceptedIdx ?? leaderIdx;
      if (hubIdx < leaderIdx) return { hubIdx, leaderIdx };
      await sleep(POLL_MS);
    }
    return undefined;
  } finally {
    contact.close();
  }
}
