/**
 * From what the nodes say to what is true of the cluster: who leads, who reaches a quorum, which
 * links work. Pure: the same status gives the same picture.
 *
 * Nodes are asked one beside the other and know of a fault only a heartbeat round later, so what
 * they say is taken together: a set cut or a node that stands still counts at once.
 */

import type { HeartbeatStatus } from '../wire/node-status.js';
import { compareBallotViews, readBallot, type BallotView } from './ballot-text.js';
import type { ClusterStatus, NodeState, NodeView } from './cluster-status.js';
import { isHeard, linksBetween, type LinkPicture } from './link-picture.js';
import type { QuorumSizes } from './quorum-size.js';

/** Three election timeouts as they are by default: heartbeats come back once in one of them. */
const NEW_FOR_MS = 1_000;

/** What a peer last answered to this node's heartbeat. */
export interface HeartbeatPicture {
  readonly pid: number;
  readonly isHeard: boolean;
  readonly follows: BallotView | undefined;
  readonly isHappy: boolean | undefined;
}

export interface NodePicture {
  readonly pid: number;
  readonly state: NodeState;
  /** It runs and says how it is; what follows is only known of such a node. */
  readonly isAnswering: boolean;
  readonly isLeader: boolean;
  readonly isServing: boolean;
  readonly isPreparing: boolean;
  readonly follows: number | undefined;
  /** The ballot that it follows or leads. */
  readonly ballot: BallotView | undefined;
  readonly isHappy: boolean | undefined;
  /** Nodes whose heartbeats come back, itself not among them. */
  readonly reaches: readonly number[];
  /** A majority, itself included; a leader: as many as it needs to decide. */
  readonly isQuorumConnected: boolean;
  /** It runs, others run, and it reaches none of them, although it has had the time to. */
  readonly isCutOff: boolean;
  /** A follower that takes what the leader says over a link of its own. */
  readonly hearsLeader: boolean;
  readonly relaysThrough: number | undefined;
  readonly heartbeats: readonly HeartbeatPicture[];
  readonly decidedIdx: number | undefined;
  readonly acceptedIdx: number | undefined;
  /** Decided entries that it lacks. */
  readonly lag: number | undefined;
  readonly isDiskFull: boolean;
}

export interface ClusterPicture {
  /** The node that serves as leader, as far as the nodes know. */
  readonly leader: number | undefined;
  readonly quorum: QuorumSizes;
  readonly decidedIdx: number;
  readonly nodes: readonly NodePicture[];
  readonly links: readonly LinkPicture[];
}

export function pictureOf(status: ClusterStatus): ClusterPicture {
  const { leader, quorum, nodes: views } = status;
  const links = linksBetween(views, status.faults);
  const decidedIdx = Math.max(0, ...views.map((view) => view.status?.decidedIdx ?? 0));
  const facts = { status, links, decidedIdx };
  return { leader, quorum, decidedIdx, links, nodes: views.map((view) => nodeOf(view, facts)) };
}

/** Nodes needed to elect and to decide. */
export function quorumSize(picture: ClusterPicture): number {
  return Math.max(picture.quorum.readQuorumSize, picture.quorum.writeQuorumSize);
}

/** Of those that say they lead, the one of the highest ballot. */
export function claimantOf(picture: ClusterPicture): NodePicture | undefined {
  const leaders = picture.nodes.filter((node) => node.isLeader);
  return leaders.sort((a, b) => compareBallotViews(b.ballot, a.ballot))[0];
}

/** Nodes that could lead: they run, answer and reach a quorum. */
export function candidatesOf(picture: ClusterPicture): readonly NodePicture[] {
  return picture.nodes.filter((node) => node.isAnswering && node.isQuorumConnected);
}

export function nodeIn(picture: ClusterPicture, pid: number | undefined): NodePicture | undefined {
  return picture.nodes.find((node) => node.pid === pid);
}

interface Facts {
  readonly status: ClusterStatus;
  readonly links: readonly LinkPicture[];
  readonly decidedIdx: number;
}

function nodeOf(view: NodeView, facts: Facts): NodePicture {
  const { status } = view;
  const others = facts.status.nodes.filter((other) => other.pid !== view.pid);
  const heard = others.map((other) => ({ other, ...isHeard(view, other, facts.links) }));
  const reaches = heard.filter((peer) => peer.isHeard).map(({ other }) => other.pid);
  const couldReach = heard.filter((peer) => peer.couldBeHeard).length;
  const isLeader = status?.role === 'leader';
  const follows = status?.leader ?? undefined;
  const link = heard.find(({ other }) => other.pid === follows);
  const isHappy = status?.election?.isHappy;
  const isRunning = view.state === 'running';
  const isNew = status !== undefined && status.uptimeMs < NEW_FOR_MS;
  return {
    pid: view.pid,
    state: view.state,
    isAnswering: status !== undefined,
    isLeader,
    isServing: status?.isServing ?? false,
    isPreparing: isLeader && status.phase === 'prepare',
    follows,
    ballot: ballotOf(view),
    isHappy,
    reaches,
    isQuorumConnected:
      isRunning && isConnected(view, { reached: reaches.length, couldReach }, facts.status.quorum),
    isCutOff:
      isRunning &&
      reaches.length === 0 &&
      others.some(({ state }) => state === 'running') &&
      !(isNew && couldReach > 0),
    hearsLeader:
      link?.isHeard === true || (link?.couldBeHeard === true && (isHappy === true || isNew)),
    relaysThrough: status?.relaysThrough ?? undefined,
    heartbeats: heard.map((peer) => heartbeatOf(view, peer.other.pid, peer.isHeard)),
    decidedIdx: status?.decidedIdx,
    acceptedIdx: status?.acceptedIdx,
    lag: status === undefined ? undefined : facts.decidedIdx - status.decidedIdx,
    isDiskFull: status?.isDiskFull ?? false,
  };
}

function isConnected(
  view: NodeView,
  count: { readonly reached: number; readonly couldReach: number },
  quorum: QuorumSizes,
): boolean {
  if (view.status?.role !== 'leader') {
    return count.reached + 1 >= Math.max(quorum.readQuorumSize, quorum.writeQuorumSize);
  }
  const needed = quorum.writeQuorumSize - 1;
  // Its last round may be older than its leadership: then its own word counts, where nothing is set.
  const hasQuorum = view.status.election?.hasQuorum ?? view.status.isServing;
  return count.reached >= needed || (hasQuorum && count.couldReach >= needed);
}

function ballotOf({ status }: NodeView): BallotView | undefined {
  if (status === undefined) return undefined;
  if (status.role === 'leader') return readBallot(status.ballot) ?? readBallot(status.promise);
  return readBallot(status.election?.leader) ?? readBallot(status.promise);
}

function heartbeatOf(view: NodeView, pid: number, isHeardNow: boolean): HeartbeatPicture {
  const heartbeat: HeartbeatStatus | undefined = view.status?.links[String(pid)]?.heartbeat;
  return {
    pid,
    isHeard: isHeardNow,
    follows: readBallot(heartbeat?.leader),
    isHappy: heartbeat?.isHappy,
  };
}
