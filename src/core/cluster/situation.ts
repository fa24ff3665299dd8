/**
 * What is going on in a cluster, as one of few cases. Pure; src/cli has the sentence of each.
 *
 * | who leads                     | who reaches a quorum | case                                  |
 * |-------------------------------|----------------------|---------------------------------------|
 * | a node that reaches its quorum |                      | leads, with remarks on the others     |
 * | (any)                         | no node runs         | stopped                               |
 * | (any)                         | too few nodes run    | tooFewRun                             |
 * | a node, not serving yet       | that node            | takingOver                            |
 * | a node without its quorum     | some, or none        | leaderWithoutQuorum, with candidates  |
 * | none                          | some, or none        | noLeader, with candidates             |
 */

import type { NodeState } from './cluster-status.js';
import {
  candidatesOf,
  claimantOf,
  nodeIn,
  quorumSize,
  type ClusterPicture,
  type NodePicture,
} from './cluster-picture.js';

export type ClusterSituation =
  | {
      readonly kind: 'leads';
      readonly pid: number;
      readonly n: number | undefined;
      readonly remarks: readonly Remark[];
    }
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'tooFewRun';
      readonly running: number;
      readonly of: number;
      readonly needed: number;
      readonly paused: readonly number[];
    }
  | { readonly kind: 'takingOver'; readonly pid: number; readonly n: number | undefined }
  | {
      readonly kind: 'leaderWithoutQuorum';
      readonly pid: number;
      readonly n: number | undefined;
      readonly candidates: readonly number[];
    }
  | {
      readonly kind: 'noLeader';
      readonly candidates: readonly number[];
      readonly needed: number;
      readonly runsWhole: boolean;
    };

export type Remark =
  /** A node that has not noticed that another leads. */
  | { readonly kind: 'oldLeader'; readonly pid: number; readonly n: number | undefined }
  | { readonly kind: 'cutOff'; readonly pids: readonly number[] }
  | { readonly kind: 'relayed'; readonly pid: number; readonly through: number }
  | { readonly kind: 'unheard'; readonly pids: readonly number[] }
  | { readonly kind: 'absent'; readonly state: AbsentState; readonly pids: readonly number[] }
  | { readonly kind: 'silent'; readonly pids: readonly number[] }
  | { readonly kind: 'behind'; readonly pid: number; readonly lag: number }
  | { readonly kind: 'harmlessCuts'; readonly links: readonly string[] }
  | { readonly kind: 'faultyLinks'; readonly count: number };

type AbsentState = Exclude<NodeState, 'running'>;

const ABSENT_STATES: readonly AbsentState[] = ['down', 'paused', 'starting', 'stale'];
/** Under load a follower is always some entries behind. */
const LAG_TO_MENTION = 10_000;

export function situationOf(picture: ClusterPicture): ClusterSituation {
  const leader = nodeIn(picture, picture.leader);
  if (leader?.isQuorumConnected === true) {
    const { pid, ballot } = leader;
    return { kind: 'leads', pid, n: ballot?.n, remarks: remarksOn(picture, leader) };
  }
  const { nodes } = picture;
  const running = nodes.filter((node) => node.state === 'running').length;
  const needed = quorumSize(picture);
  const paused = pidsOf(nodes.filter((node) => node.state === 'paused'));
  if (nodes.every((node) => node.state === 'down')) return { kind: 'stopped' };
  if (running < needed) return { kind: 'tooFewRun', running, of: nodes.length, needed, paused };
  const claimant = leader ?? claimantOf(picture);
  const candidates = pidsOf(candidatesOf(picture)).filter((pid) => pid !== claimant?.pid);
  if (claimant === undefined) {
    return { kind: 'noLeader', candidates, needed, runsWhole: running === nodes.length };
  }
  const { pid, ballot } = claimant;
  if (claimant.isQuorumConnected) return { kind: 'takingOver', pid, n: ballot?.n };
  return { kind: 'leaderWithoutQuorum', pid, n: ballot?.n, candidates };
}

function remarksOn(picture: ClusterPicture, leader: NodePicture): Remark[] {
  const others = picture.nodes.filter((node) => node.pid !== leader.pid);
  const answering = others.filter((node) => node.isAnswering);
  const remarks: Remark[] = [];
  for (const { pid, ballot } of answering.filter((node) => node.isLeader)) {
    remarks.push({ kind: 'oldLeader', pid, n: ballot?.n });
  }
  const cutOff = answering.filter((node) => node.isCutOff && !node.isLeader);
  if (cutOff.length > 0) remarks.push({ kind: 'cutOff', pids: pidsOf(cutOff) });
  const deaf = answering.filter((node) => !node.isLeader && !node.isCutOff && isDeaf(node, leader));
  for (const { pid, relaysThrough } of deaf) {
    if (relaysThrough !== undefined) remarks.push({ kind: 'relayed', pid, through: relaysThrough });
  }
  const unheard = deaf.filter((node) => node.relaysThrough === undefined);
  if (unheard.length > 0) remarks.push({ kind: 'unheard', pids: pidsOf(unheard) });
  for (const state of ABSENT_STATES) {
    const absent = others.filter((node) => node.state === state);
    if (absent.length > 0) remarks.push({ kind: 'absent', state, pids: pidsOf(absent) });
  }
  const silent = others.filter((node) => node.state === 'running' && !node.isAnswering);
  if (silent.length > 0) remarks.push({ kind: 'silent', pids: pidsOf(silent) });
  for (const { pid, lag = 0 } of answering) {
    if (lag >= LAG_TO_MENTION) remarks.push({ kind: 'behind', pid, lag });
  }
  return [...remarks, ...linkRemarks(picture, remarks)];
}

/** A node that follows another than the leader has not heard of the leader either. */
function isDeaf(node: NodePicture, leader: NodePicture): boolean {
  if (node.relaysThrough !== undefined) return true;
  if (!leader.reaches.includes(node.pid) && !node.reaches.includes(leader.pid)) {
    return !(node.follows === leader.pid && node.hearsLeader);
  }
  return false;
}

/** Links that are not fine although every node is: said only where nothing worse is. */
function linkRemarks(picture: ClusterPicture, remarks: readonly Remark[]): Remark[] {
  const faulty = picture.links.filter((link) => link.state === 'faulty').length;
  const more: Remark[] = faulty === 0 ? [] : [{ kind: 'faultyLinks', count: faulty }];
  const isHarmless = remarks.every(({ kind }) => kind === 'absent' || kind === 'behind');
  const links = isHarmless ? cutLinks(picture) : [];
  return links.length === 0 ? more : [{ kind: 'harmlessCuts', links }, ...more];
}

/** `1-3` where both directions are cut, `1>3` where one is: as `cut` and `heal` take them. */
export function cutLinks(picture: ClusterPicture): readonly string[] {
  return linkNames(picture.links.filter((link) => link.fault?.isCut === true));
}

/** Both directions of a link become one name. */
export function linkNames(links: readonly { from: number; to: number }[]): readonly string[] {
  const has = (from: number, to: number) => links.some((at) => at.from === from && at.to === to);
  return links.flatMap(({ from, to }) => {
    if (!has(to, from)) return [`${from}>${to}`];
    return from < to ? [`${from}-${to}`] : [];
  });
}

function pidsOf(nodes: readonly NodePicture[]): readonly number[] {
  return nodes.map((node) => node.pid);
}
