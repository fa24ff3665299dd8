/**
 * The state of a cluster as a table and as JSON.
 *
 * Health is the exit status of `status`: 0 healthy, 3 degraded, 69 no quorum.
 */

import type { ClusterStatus, NodeView } from '../core/cluster/index.js';
import { OmnikvError } from '../core/errors.js';
import { formatDuration } from './duration.js';
import { renderTable } from './output.js';
import type { JsonObject } from './output.js';

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
  const decided = highestDecided(status);
  return renderTable([HEADER, ...status.nodes.map((node) => row(node, decided))]);
}

function row(node: NodeView, decided: number): string[] {
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
    String(decided - status.decidedIdx),
    String(node.osPid ?? status.osPid),
    formatDuration(status.uptimeMs),
    describeLinks(status.links),
  ];
}

function describeLinks(links: Readonly<Record<string, { readonly state: string }>>): string {
  const up = Object.entries(links).filter(([, link]) => link.state === 'connected');
  const down = Object.entries(links).filter(([, link]) => link.state !== 'connected');
  const parts = [up.map(([pid]) => pid).join(',')];
  if (down.length > 0) parts.push(`(not ${down.map(([pid]) => pid).join(',')})`);
  return parts.filter((part) => part !== '').join(' ') || '-';
}

function highestDecided(status: ClusterStatus): number {
  return Math.max(0, ...status.nodes.map((node) => node.status?.decidedIdx ?? 0));
}

/** "node 2 leads; 3 of 3 nodes run". */
export function describeCluster(status: ClusterStatus): string {
  const leader = status.leader === undefined ? 'no leader' : `node ${status.leader} leads`;
  return `${leader}; ${status.runningCount} of ${status.nodes.length} nodes run`;
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
export function healthError(status: ClusterStatus): OmnikvError | undefined {
  if (status.health === 'healthy') return undefined;
  const missing = status.nodes.filter((node) => node.state !== 'running').map((node) => node.pid);
  const down = status.nodes.filter((node) => node.state === 'down').map((node) => node.pid);
  const running = `${status.runningCount} of ${status.nodes.length} nodes run`;
  const suggestions = down.length > 0 ? [`omnikv recover ${down.join(',')}`] : ['omnikv logs'];
  if (status.health === 'noQuorum') {
    const isStopped = down.length === status.nodes.length;
    return new OmnikvError('OMNIKV_NO_QUORUM', `${running}; no leader serves`, {
      suggestions: isStopped ? ['omnikv start'] : suggestions,
    });
  }
  const cause = missing.length > 0 ? `not running: ${missing.join(', ')}` : 'see the notes';
  return new OmnikvError('OMNIKV_DEGRADED', `${running}; ${cause}`, { suggestions });
}

export function statusToJson(status: ClusterStatus): JsonObject {
  const decided = highestDecided(status);
  return {
    clusterId: status.clusterId,
    health: status.health,
    leader: status.leader ?? null,
    runningCount: status.runningCount,
    nodes: status.nodes.map((node) => nodeToJson(node, decided)),
  };
}

/** Every field is always there: null where the node does not say. */
function nodeToJson(node: NodeView, decided: number): JsonObject {
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
    lag: status === undefined ? null : decided - status.decidedIdx,
    digest: status?.digest ?? null,
    uptimeMs: status?.uptimeMs ?? null,
    startedAt: node.startedAt ?? null,
    version: node.version ?? null,
    links: status?.links ?? {},
    recovered: status?.recovered ?? null,
    isConfigChanged: node.isConfigChanged,
    isDiskFull: status?.isDiskFull ?? false,
    problem: node.problem ?? null,
  };
}
