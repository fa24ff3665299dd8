/**
 * The status of a made-up cluster, as real nodes would give it some heartbeat rounds after the
 * faults were set: who answers whom follows from what is down, paused and cut.
 */

import type { ClusterStatus, NodeState, NodeView } from '../../src/core/cluster/cluster-status.js';
import { pictureOf, type ClusterPicture } from '../../src/core/cluster/cluster-picture.js';
import {
  CUT,
  NO_FAULT,
  type DirectedFault,
  type LinkFault,
} from '../../src/core/wire/link-fault.js';
import type { HeartbeatStatus, LinkStatus, NodeStatus } from '../../src/core/wire/node-status.js';

export interface Lab {
  readonly nodes: number;
  /** Undefined: nobody leads. */
  readonly leader?: number | undefined;
  readonly n?: number;
  /** What the leader says of itself. */
  readonly isServing?: boolean;
  readonly phase?: NodeStatus['phase'];
  /** Led before, and has not noticed: pid → n. */
  readonly oldLeaders?: Readonly<Record<number, number>>;
  readonly down?: readonly number[];
  readonly paused?: readonly number[];
  /** They run and do not answer `status`. */
  readonly silent?: readonly number[];
  /** `1-3` both directions, `1>3` one. */
  readonly cut?: readonly string[];
  readonly faults?: Readonly<Record<string, Partial<LinkFault>>>;
  /** Connections that are not there, without a fault. */
  readonly lost?: readonly string[];
  readonly relays?: Readonly<Record<number, number>>;
  /** Nodes that know no leader. */
  readonly follows?: Readonly<Record<number, number | null>>;
  readonly unhappy?: readonly number[];
  readonly decided?: Readonly<Record<number, number>>;
  readonly full?: readonly number[];
  /** The faults are so new that no heartbeat round shows them. */
  readonly isJustNow?: boolean;
  /** Of a version that tells nothing of heartbeats. */
  readonly isOld?: boolean;
}

export function labPicture(lab: Lab): ClusterPicture {
  return pictureOf(labStatus(lab));
}

export function labStatus(lab: Lab): ClusterStatus {
  const pids = Array.from({ length: lab.nodes }, (_, index) => index + 1);
  const size = Math.floor(lab.nodes / 2) + 1;
  const nodes = pids.map((pid) => viewOf(lab, pids, pid));
  const runningCount = nodes.filter(({ state }) => state === 'running').length;
  const leader = nodes.find(({ pid, status }) => pid === lab.leader && status?.isServing);
  const isServed = leader !== undefined && runningCount >= size;
  return {
    clusterId: 'c',
    health: !isServed ? 'noQuorum' : runningCount === lab.nodes ? 'healthy' : 'degraded',
    leader: isServed ? leader.pid : undefined,
    runningCount,
    quorum: { readQuorumSize: size, writeQuorumSize: size },
    faults: pids.flatMap((from) => pids.flatMap((to) => faultOf(lab, from, to))),
    nodes,
  };
}

function faultOf(lab: Lab, from: number, to: number): DirectedFault[] {
  const fault = from === to ? undefined : shapeOf(lab, from, to);
  return fault === undefined ? [] : [{ from, to, fault, expiresAtEpochMs: undefined }];
}

function viewOf(lab: Lab, pids: readonly number[], pid: number): NodeView {
  const state = stateOf(lab, pid);
  const isAnswering = state === 'running' && lab.silent?.includes(pid) !== true;
  return {
    pid,
    state,
    osPid: state === 'down' ? undefined : 1_000 + pid,
    startedAt: undefined,
    version: '0.1.0',
    status: isAnswering ? statusOf(lab, pids, pid) : undefined,
    problem: undefined,
    isConfigChanged: false,
  };
}

function stateOf(lab: Lab, pid: number): NodeState {
  if (lab.down?.includes(pid) === true) return 'down';
  return lab.paused?.includes(pid) === true ? 'paused' : 'running';
}

function statusOf(lab: Lab, pids: readonly number[], pid: number): NodeStatus {
  const isLeader = pid === lab.leader || lab.oldLeaders?.[pid] !== undefined;
  const n = pid === lab.leader ? (lab.n ?? 4) : (lab.oldLeaders?.[pid] ?? 0);
  const others = pids.filter((other) => other !== pid);
  const links = others.map((other) => [String(other), linkOf(lab, pid, other)] as const);
  const promise = lab.leader === undefined ? 'c1.n3.p0@1' : `c1.n${lab.n ?? 4}.p0@${lab.leader}`;
  const ballot = `c1.n${n}.p0@${pid}`;
  const follows = lab.follows?.[pid];
  const decidedIdx = lab.decided?.[pid] ?? 1_204;
  return {
    pid,
    osPid: 1_000 + pid,
    state: 'running',
    role: isLeader ? 'leader' : 'follower',
    phase: pid === lab.leader ? (lab.phase ?? 'accept') : 'accept',
    leader: isLeader ? pid : follows === undefined ? (lab.leader ?? null) : follows,
    isServing: pid === lab.leader && (lab.isServing ?? true),
    ballot,
    promise: isLeader ? ballot : promise,
    acceptedRound: promise,
    decidedIdx,
    acceptedIdx: decidedIdx,
    compactedIdx: 0,
    appliedIdx: decidedIdx,
    uptimeMs: 61_000,
    version: '0.1.0',
    links: Object.fromEntries(links),
    configDigest: 'x',
    ...(lab.isOld === true ? {} : electionOf(lab, pid, isLeader ? ballot : promise)),
    relaysThrough: lab.relays?.[pid] ?? null,
    recovered: null,
    isDiskFull: lab.full?.includes(pid) ?? false,
  };
}

function electionOf(lab: Lab, pid: number, leader: string): Pick<NodeStatus, 'election'> {
  const isHappy = lab.unhappy?.includes(pid) !== true && lab.leader !== undefined;
  const hasQuorum = pid === lab.leader && (lab.isServing ?? true);
  return { election: { ballot: `c1.n0.p0@${pid}`, leader, isHappy, hasQuorum } };
}

function linkOf(lab: Lab, from: number, to: number): LinkStatus {
  const cut = isNamed(lab.cut, from, to);
  const fault = shapeOf(lab, from, to);
  const isLost = isNamed(lab.lost, from, to) || stateOf(lab, to) === 'down';
  const isSilent = stateOf(lab, to) !== 'running' || cut || isNamed(lab.cut, to, from) || isLost;
  return {
    state: isLost ? 'down' : 'connected',
    ...(lab.isOld === true ? {} : { isHeard: lab.isJustNow === true || !isSilent }),
    ...(lab.isOld === true || isSilent ? {} : { heartbeat: heartbeatOf(lab, to) }),
    ...(fault === undefined ? {} : { fault }),
  };
}

function heartbeatOf(lab: Lab, pid: number): HeartbeatStatus {
  const isHappy = lab.unhappy?.includes(pid) !== true && lab.leader !== undefined;
  const leader = lab.leader === undefined ? 'c1.n3.p0@1' : `c1.n${lab.n ?? 4}.p0@${lab.leader}`;
  return { ballot: `c1.n0.p0@${pid}`, leader, isHappy };
}

function shapeOf(lab: Lab, from: number, to: number): LinkFault | undefined {
  if (isNamed(lab.cut, from, to)) return CUT;
  const shape = lab.faults?.[`${from}>${to}`] ?? lab.faults?.[pairOf(from, to)];
  return shape === undefined ? undefined : { ...NO_FAULT, ...shape };
}

function isNamed(links: readonly string[] | undefined, from: number, to: number): boolean {
  return links?.some((name) => name === `${from}>${to}` || name === pairOf(from, to)) ?? false;
}

function pairOf(a: number, b: number): string {
  return `${Math.min(a, b)}-${Math.max(a, b)}`;
}
