/**
 * The state of a cluster as a table and as JSON.
 *
 * Health is the exit status of `status`: 0 healthy, 3 degraded, 69 no quorum.
 */

import type { ClusterPicture } from '../core/cluster/cluster-picture.js';
import type { ClusterStatus, NodeState, NodeView } from '../core/cluster/index.js';
import { cutLinks, situationOf, type ClusterSituation } from '../core/cluster/situation.js';
import { OmnikvError } from '../core/errors.js';
import type { DirectedFault } from '../core/wire/link-fault.js';
import { describeSituation } from './describe-situation.js';
import { formatDuration } from './duration.js';
import { renderTable } from './output.js';
import type { JsonObject } from './output.js';
import { faultToJson } from './render-faults.js';

const HEADER = [
  'NODE',
  'STATE',
  'ROLE',
  'BALLOT',
  'DECIDED',
  'ACCEPTED',
  'COMPACTED',
  'LAG',
  'PID',
  'UPTIME',
  'LINKS',
] as const;

export function statusTable(status: ClusterStatus): string[] {
  return renderTable([HEADER, ...status.nodes.map((node) => row(node, status))]);
}

function row(node: NodeView, cluster: ClusterStatus): string[] {
  const { status } = node;
  const cells = [String(node.pid), node.state];
  if (status === undefined) {
    return [...cells, '-', '-', '-', '-', '-', '-', String(node.osPid ?? '-'), '-', '-'];
  }
  return [
    ...cells,
    status.role,
    status.ballot,
    String(status.decidedIdx),
    String(status.acceptedIdx),
    String(status.compactedIdx),
    String(highestDecided(cluster) - status.decidedIdx),
    String(node.osPid ?? status.osPid),
    formatDuration(status.uptimeMs),
    describeLinks(linksOf(node, cluster)),
  ];
}

type Links = Readonly<Record<string, { readonly state: string }>>;

/** The kernel keeps the connections of a paused node open; nobody hears it all the same. */
function linksOf(node: NodeView, cluster: ClusterStatus): Links {
  const paused = cluster.nodes.filter(({ state }) => state === 'paused');
  const silent = paused.map(({ pid }) => String(pid));
  const links = Object.entries(node.status?.links ?? {}).map(([pid, link]) => {
    const isSilent = link.state === 'connected' && silent.includes(pid);
    return [pid, isSilent ? { ...link, state: 'paused' } : link] as const;
  });
  return Object.fromEntries(links);
}

function describeLinks(links: Links): string {
  const up = Object.entries(links).filter(([, link]) => link.state === 'connected');
  const down = Object.entries(links).filter(([, link]) => link.state !== 'connected');
  const parts = [up.map(([pid]) => pid).join(',')];
  if (down.length > 0) parts.push(`(not ${down.map(([pid]) => pid).join(',')})`);
  return parts.filter((part) => part !== '').join(' ') || '-';
}

function highestDecided(status: ClusterStatus): number {
  return Math.max(0, ...status.nodes.map((node) => node.status?.decidedIdx ?? 0));
}

/** R8: in the last minute, one line a node that says. */
export function loopDelays(status: ClusterStatus): string[] {
  return status.nodes.flatMap(({ pid, status: node }) => {
    if (node?.loopDelay === undefined) return [];
    const { p99Ms, maxMs } = node.loopDelay;
    return [`node ${pid}: event loop late by ${p99Ms} ms (p99), ${maxMs} ms at most`];
  });
}

/** "node 2 leads; 3 of 3 nodes run". */
export function describeCluster(status: ClusterStatus): string {
  const leader = status.leader === undefined ? 'no leader' : `node ${status.leader} leads`;
  const paused = pidsThatAre(status, 'paused');
  const also = paused.length === 0 ? '' : `, paused: ${paused.join(', ')}`;
  return `${leader}; ${status.runningCount} of ${status.nodes.length} nodes run${also}`;
}

/** The sentence on the situation where it says more than who leads and how many nodes run. */
export function summaryOf(status: ClusterStatus, picture: ClusterPicture): string {
  const situation = situationOf(picture);
  return saysMore(situation) ? describeSituation(situation) : describeCluster(status);
}

function saysMore(situation: ClusterSituation): boolean {
  switch (situation.kind) {
    case 'leads':
      return situation.remarks.some(({ kind }) => kind !== 'absent');
    case 'stopped':
    case 'tooFewRun':
      return false;
    case 'takingOver':
    case 'leaderWithoutQuorum':
    case 'noLeader':
      return true;
  }
}

/** A cut without an end is said by its cell of the matrix. */
export function faultsBeyondMatrix(status: ClusterStatus): readonly DirectedFault[] {
  return status.faults.filter((at) => !at.fault.isCut || at.expiresAtEpochMs !== undefined);
}

function pidsThatAre(status: ClusterStatus, state: NodeState): number[] {
  return status.nodes.filter((node) => node.state === state).map((node) => node.pid);
}

/** What is odd about single nodes, each with what to do. */
export function statusNotes(status: ClusterStatus): string[] {
  const notes: string[] = [];
  for (const node of status.nodes) {
    if (node.problem !== undefined) notes.push(`node ${node.pid}: ${node.problem}`);
    if (node.isConfigChanged) {
      notes.push(
        `node ${node.pid}: config/node${node.pid}.toml has changed since the node started; ` +
          `omnikv restart ${node.pid} takes it up`,
      );
    }
    if (node.status?.isDiskFull === true) {
      notes.push(`node ${node.pid}: its disk is nearly full, it accepts no new writes`);
    }
  }
  return notes;
}

/** Undefined where the cluster is healthy. */
export function healthError(
  status: ClusterStatus,
  picture?: ClusterPicture,
): OmnikvError | undefined {
  if (status.health === 'healthy') return undefined;
  const missing = status.nodes.filter((node) => node.state !== 'running').map((node) => node.pid);
  const down = pidsThatAre(status, 'down');
  const paused = pidsThatAre(status, 'paused');
  const running = `${status.runningCount} of ${status.nodes.length} nodes run`;
  const cut = picture === undefined ? [] : cutLinks(picture);
  const suggestions = [
    ...(paused.length > 0 ? [`omnikv resume ${paused.join(',')}`] : []),
    ...(down.length > 0 ? [`omnikv recover ${down.join(',')}`] : []),
    ...(cut.length > 0 ? ['omnikv heal'] : []),
  ];
  if (suggestions.length === 0) suggestions.push('omnikv logs');
  if (status.health === 'noQuorum') {
    const isStopped = down.length === status.nodes.length;
    return new OmnikvError('OMNIKV_NO_QUORUM', `${running}; no leader serves`, {
      suggestions: isStopped ? ['omnikv start'] : suggestions,
    });
  }
  const causes = [
    ...(missing.length > 0 ? [`not running: ${missing.join(', ')}`] : []),
    ...(cut.length > 0 ? [`cut: ${cut.join(', ')}`] : []),
  ];
  const cause = causes.length > 0 ? causes.join('; ') : 'see the notes';
  return new OmnikvError('OMNIKV_DEGRADED', `${running}; ${cause}`, { suggestions });
}

export function statusToJson(status: ClusterStatus, picture?: ClusterPicture): JsonObject {
  const summary = picture === undefined ? {} : { summary: summaryOf(status, picture) };
  return {
    ...summary,
    clusterId: status.clusterId,
    health: status.health,
    leader: status.leader ?? null,
    runningCount: status.runningCount,
    faults: status.faults.map(faultToJson),
    nodes: status.nodes.map((node) => nodeToJson(node, status)),
  };
}

/** Every field is always there: null where the node does not say. */
function nodeToJson(node: NodeView, cluster: ClusterStatus): JsonObject {
  const { status } = node;
  return {
    pid: node.pid,
    osPid: node.osPid ?? null,
    state: node.state,
    role: status?.role ?? null,
    phase: status?.phase ?? null,
    leader: status?.leader ?? null,
    isServing: status?.isServing ?? false,
    ballot: status?.ballot ?? null,
    decidedIdx: status?.decidedIdx ?? null,
    acceptedIdx: status?.acceptedIdx ?? null,
    compactedIdx: status?.compactedIdx ?? null,
    appliedIdx: status?.appliedIdx ?? null,
    lag: status === undefined ? null : highestDecided(cluster) - status.decidedIdx,
    digest: status?.digest ?? null,
    uptimeMs: status?.uptimeMs ?? null,
    startedAt: node.startedAt ?? null,
    version: node.version ?? null,
    links: linksOf(node, cluster),
    election: status?.election ?? null,
    relaysThrough: status?.relaysThrough ?? null,
    recovered: status?.recovered ?? null,
    isConfigChanged: node.isConfigChanged,
    isDiskFull: status?.isDiskFull ?? false,
    loopDelay: status?.loopDelay ?? null,
    problem: node.problem ?? null,
  };
}
