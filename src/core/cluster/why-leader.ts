/**
 * Which heartbeats make the leader the leader, and what keeps the others from taking over (E3); or
 * what keeps every node from leading. Pure.
 */

import { compareBallotViews, type BallotView } from './ballot-text.js';
import {
  claimantOf,
  nodeIn,
  quorumSize,
  type ClusterPicture,
  type NodePicture,
} from './cluster-picture.js';
import type { NodeState } from './cluster-status.js';
import { linkNames } from './situation.js';

/** What a node is to the one that leads, or to one that would like to. */
export type Answer =
  | { readonly kind: 'follows' }
  /** It answers, and follows another ballot. */
  | { readonly kind: 'followsOther'; readonly ballot: BallotView }
  | { readonly kind: 'answers' }
  | { readonly kind: 'notRunning'; readonly state: NodeState }
  | { readonly kind: 'cut'; readonly links: readonly string[] }
  /** There is no connection, or it does not answer (yet). */
  | { readonly kind: 'silent' };

export interface PeerAnswer {
  readonly pid: number;
  readonly answer: Answer;
}

/** Why a node that runs does not take over. */
export type Restraint =
  | { readonly kind: 'hearsLeader' }
  /** The chained cut: a neighbour that it hears is happy with the leader. */
  | { readonly kind: 'hearsHappy'; readonly through: readonly number[] }
  | { readonly kind: 'noQuorum'; readonly reached: number }
  /** It may do so in the next rounds. */
  | { readonly kind: 'none' };

export interface LeaderExplanation {
  readonly kind: 'leads';
  readonly pid: number;
  readonly ballot: BallotView | undefined;
  readonly peers: readonly PeerAnswer[];
  /** Of all nodes those that follow it, itself included. */
  readonly followCount: number;
  readonly needed: number;
  readonly hasQuorum: boolean;
  readonly restraints: readonly { readonly pid: number; readonly restraint: Restraint }[];
}

export interface NoLeaderExplanation {
  readonly kind: 'noLeader';
  readonly needed: number;
  readonly nodes: readonly {
    readonly pid: number;
    readonly state: NodeState;
    /** Itself included. */
    readonly reached: number;
    readonly peers: readonly PeerAnswer[];
    readonly isCandidate: boolean;
  }[];
}

export function explainLeader(picture: ClusterPicture): LeaderExplanation | NoLeaderExplanation {
  const leader = nodeIn(picture, picture.leader) ?? claimantOf(picture);
  if (leader === undefined) return explainNone(picture);
  const { pid, ballot, isQuorumConnected: hasQuorum } = leader;
  const others = picture.nodes.filter((node) => node.pid !== pid);
  const peers = others.map((node) => ({ pid: node.pid, answer: answerOf(picture, leader, node) }));
  return {
    kind: 'leads',
    pid,
    ballot,
    peers,
    followCount: peers.filter(({ answer }) => answer.kind === 'follows').length + 1,
    needed: picture.quorum.writeQuorumSize,
    hasQuorum,
    restraints: others
      .filter((node) => node.isAnswering)
      .map((node) => ({ pid: node.pid, restraint: restraintOf(picture, leader, node) })),
  };
}

function explainNone(picture: ClusterPicture): NoLeaderExplanation {
  return {
    kind: 'noLeader',
    needed: quorumSize(picture),
    nodes: picture.nodes.map((node) => ({
      pid: node.pid,
      state: node.state,
      reached: node.reaches.length + 1,
      peers: peersOf(picture, node),
      isCandidate: node.isAnswering && node.isQuorumConnected,
    })),
  };
}

/** What every other node is to this one. */
export function peersOf(picture: ClusterPicture, node: NodePicture): readonly PeerAnswer[] {
  return picture.nodes
    .filter(({ pid }) => pid !== node.pid)
    .map((peer) => ({ pid: peer.pid, answer: reachOf(picture, node, peer) }));
}

function answerOf(picture: ClusterPicture, leader: NodePicture, peer: NodePicture): Answer {
  const reach = reachOf(picture, leader, peer);
  const ballot = peer.ballot ?? leader.heartbeats.find(({ pid }) => pid === peer.pid)?.follows;
  const isSame = peer.follows === leader.pid || compareBallotViews(ballot, leader.ballot) === 0;
  const isStill = reach.kind === 'silent' && peer.follows === leader.pid && peer.hearsLeader;
  if (reach.kind !== 'answers' && !isStill) return reach;
  if (isSame) return { kind: 'follows' };
  return ballot === undefined ? { kind: 'answers' } : { kind: 'followsOther', ballot };
}

function reachOf(picture: ClusterPicture, from: NodePicture, to: NodePicture): Answer {
  if (to.state !== 'running') return { kind: 'notRunning', state: to.state };
  if (from.reaches.includes(to.pid)) return { kind: 'answers' };
  const links = picture.links.filter(
    (link) =>
      link.fault?.isCut === true &&
      [link.from, link.to].every((end) => end === from.pid || end === to.pid),
  );
  return links.length > 0 ? { kind: 'cut', links: linkNames(links) } : { kind: 'silent' };
}

function restraintOf(picture: ClusterPicture, leader: NodePicture, node: NodePicture): Restraint {
  if (leader.isQuorumConnected) {
    if (node.reaches.includes(leader.pid) || (node.hearsLeader && node.follows === leader.pid)) {
      return { kind: 'hearsLeader' };
    }
    const through = node.reaches.filter((pid) => nodeIn(picture, pid)?.isHappy !== false);
    if (node.isQuorumConnected && through.length > 0) return { kind: 'hearsHappy', through };
  }
  const reached = node.reaches.length + 1;
  return node.isQuorumConnected ? { kind: 'none' } : { kind: 'noQuorum', reached };
}
