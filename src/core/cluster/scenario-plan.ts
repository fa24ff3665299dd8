/**
 * Which links a partial partition of the OmniPaxos paper (section 1, figure 1) cuts, and around
 * which nodes.
 *
 * Pure. Every cut is in both directions.
 */

import { nearestKey } from '../config/nearest-key.js';
import { OmnikvError } from '../errors.js';
import { linksOfSplit, type DirectedLink } from './link-spec.js';

export const SCENARIOS = ['quorum-loss', 'constrained', 'chained', 'restore'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/** A node that was chosen. */
export interface ScenarioRole {
  readonly role: 'leader' | 'hub' | 'cut-off';
  readonly pid: number;
  /** One clause: why it, and what it keeps. */
  readonly why: string;
}

export interface ScenarioPlan {
  readonly roles: readonly ScenarioRole[];
  /** Cut for a moment before all others, so that the log of the hub falls behind. */
  readonly firstLinks: readonly DirectedLink[];
  readonly links: readonly DirectedLink[];
}

export interface ScenarioNodes {
  /** All nodes of the cluster, ascending. */
  readonly pids: readonly number[];
  /** One of them. */
  readonly leader: number;
}

const MIN_NODES = 3;

/** Throws `OMNIKV_USAGE`. */
export function parseScenario(text: string): ScenarioName {
  const name = SCENARIOS.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  const message = `${shown} is no scenario; there are ${SCENARIOS.join(', ')}`;
  const guess = nearestKey(text, SCENARIOS) ?? 'chained';
  throw new OmnikvError('OMNIKV_USAGE', message, { suggestions: [`omnikv scenario ${guess}`] });
}

/** Throws `OMNIKV_USAGE`: fewer than three nodes have no partial partition. */
export function requireEnoughNodes(pids: readonly number[]): void {
  if (pids.length >= MIN_NODES) return;
  const has = `this cluster has ${pids.length}`;
  const message = `a scenario needs ${MIN_NODES} nodes or more: ${has}`;
  throw new OmnikvError('OMNIKV_USAGE', message, {
    suggestions: ['omnikv init --nodes 5 --dir lab'],
  });
}

export function planScenario(
  name: Exclude<ScenarioName, 'restore'>,
  nodes: ScenarioNodes,
): ScenarioPlan {
  requireEnoughNodes(nodes.pids);
  switch (name) {
    case 'quorum-loss':
      return planQuorumLoss(nodes);
    case 'constrained':
      return planConstrained(nodes);
    case 'chained':
      return planChained(nodes);
  }
}

/** The hub keeps all its links, nobody else keeps any but that with the hub. */
function planQuorumLoss({ pids, leader }: ScenarioNodes): ScenarioPlan {
  const { first: hub, others } = followersOf({ pids, leader });
  const links = linksOfSplit([[leader], ...others.map((pid) => [pid])]);
  const isSmall = pids.length === MIN_NODES;
  const leaderWhy = isSmall
    ? `serves now; with 3 nodes it and node ${hub} are still a quorum, which makes this the chained cut`
    : `serves now; reaches node ${hub} alone and so loses its quorum`;
  const roles: ScenarioRole[] = [
    { role: 'leader', pid: leader, why: leaderWhy },
    {
      role: 'hub',
      pid: hub,
      why: 'the follower with the lowest number; keeps its links with all nodes, and nobody else does',
    },
  ];
  return { roles, firstLinks: [], links };
}

/** The leader reaches nobody; all others reach the hub alone, whose log is behind theirs. */
function planConstrained({ pids, leader }: ScenarioNodes): ScenarioPlan {
  const { first: hub, others } = followersOf({ pids, leader });
  const alone = linksOfSplit([[leader], ...others.map((pid) => [pid])]);
  const firstLinks = linksOfSplit([[leader], [hub]]);
  const reach =
    pids.length === MIN_NODES
      ? `then it and node ${others[0]} are the quorum`
      : 'then the only node that reaches a quorum';
  const roles: ScenarioRole[] = [
    { role: 'leader', pid: leader, why: 'serves now; loses every link' },
    {
      role: 'hub',
      pid: hub,
      why: `the follower with the lowest number; first without the leader, so that its log falls behind, ${reach}`,
    },
  ];
  return { roles, firstLinks, links: [...alone, ...firstLinks] };
}

/** Leader and one follower reach each other through the others only. */
function planChained({ pids, leader }: ScenarioNodes): ScenarioPlan {
  const { last } = followersOf({ pids, leader });
  const roles: ScenarioRole[] = [
    { role: 'leader', pid: leader, why: `serves now; loses its link with node ${last} alone` },
    {
      role: 'cut-off',
      pid: last,
      why: 'the follower with the highest number; reaches the leader through the others only',
    },
  ];
  return { roles, firstLinks: [], links: linksOfSplit([[leader], [last]]) };
}

/** `others`: all followers but the first. */
function followersOf({ pids, leader }: ScenarioNodes) {
  const followers = pids.filter((pid) => pid !== leader);
  const [first = leader, ...others] = followers;
  return { first, others, last: others.at(-1) ?? first };
}
