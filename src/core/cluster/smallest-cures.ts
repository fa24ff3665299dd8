/**
 * The smallest sets of nodes and links whose return lets some node reach a quorum. Pure, exact.
 *
 * For a given node everything it needs of one peer is independent of the others: the peer itself,
 * and the link to it. So the cheapest peers make the smallest set for that node, and no subsets need
 * be tried; the smallest over all nodes is the answer.
 */

import { quorumSize, type ClusterPicture, type NodePicture } from './cluster-picture.js';

export type Cure =
  | { readonly kind: 'recover' | 'resume'; readonly pid: number }
  /** Both directions. `a` is the lower pid. */
  | { readonly kind: 'heal'; readonly a: number; readonly b: number };

export interface CureSet {
  readonly cures: readonly Cure[];
  /** The node that then reaches a quorum. */
  readonly pid: number;
  readonly reached: number;
}

export interface SmallestCures {
  readonly sets: readonly CureSet[];
  /** More sets of the same size than are listed. */
  readonly isCut: boolean;
}

/** Empty where some node reaches a quorum, or nothing that is known would help. */
export function smallestCures(picture: ClusterPicture, maxSets: number): SmallestCures {
  const options = picture.nodes.flatMap((node) => {
    const option = optionOf(picture, node);
    return option === undefined ? [] : [option];
  });
  const size = Math.min(...options.map((option) => option.size));
  if (size === 0 || options.length === 0) return { sets: [], isCut: false };
  const found = new Map<string, CureSet>();
  for (const option of options.filter((candidate) => candidate.size === size)) {
    for (const cures of setsOf(option)) {
      const key = cures.map(keyOf).sort().join(' ');
      const set = { cures: cures.sort(byKind), pid: option.pid, reached: option.reached };
      if (!found.has(key)) found.set(key, set);
      if (found.size > maxSets) break;
    }
  }
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, set]) => set);
  return { sets: sorted.slice(0, maxSets), isCut: sorted.length > maxSets };
}

interface Option {
  readonly pid: number;
  readonly size: number;
  readonly reached: number;
  readonly own: readonly Cure[];
  /** What each peer that may count needs, cheapest first. */
  readonly peers: readonly (readonly Cure[])[];
  readonly peersNeeded: number;
}

function optionOf(picture: ClusterPicture, node: NodePicture): Option | undefined {
  const own = curesOfNode(node);
  if (own === undefined) return undefined;
  const peers = picture.nodes
    .filter((peer) => peer.pid !== node.pid)
    .flatMap((peer) => {
      const needs = curesOfPeer(picture, node, peer);
      return needs === undefined ? [] : [needs];
    })
    .sort((a, b) => a.length - b.length);
  const peersNeeded = quorumSize(picture) - 1;
  if (peers.length < peersNeeded) return undefined;
  const cheapest = peers.slice(0, peersNeeded);
  const size = own.length + cheapest.reduce((sum, cures) => sum + cures.length, 0);
  const free = peers.filter((cures) => cures.length === 0).length;
  const reached = Math.max(quorumSize(picture), free + 1);
  return { pid: node.pid, size, reached, own, peers, peersNeeded };
}

/** Undefined: there is no command that brings it back. */
function curesOfNode({ pid, state }: NodePicture): readonly Cure[] | undefined {
  switch (state) {
    case 'running':
    case 'starting':
      return [];
    case 'down':
      return [{ kind: 'recover', pid }];
    case 'paused':
      return [{ kind: 'resume', pid }];
    case 'stale':
      return undefined;
  }
}

function curesOfPeer(
  picture: ClusterPicture,
  node: NodePicture,
  peer: NodePicture,
): readonly Cure[] | undefined {
  const own = curesOfNode(peer);
  if (own === undefined) return undefined;
  if (node.reaches.includes(peer.pid) || peer.reaches.includes(node.pid)) return own;
  const between = picture.links.filter(({ from, to }) => {
    return (from === node.pid && to === peer.pid) || (from === peer.pid && to === node.pid);
  });
  const [a, b] = [Math.min(node.pid, peer.pid), Math.max(node.pid, peer.pid)];
  // A fault that is no cut is to blame only where both run and no heartbeat comes through.
  const isFaulty = between.some(({ fault, areEndsUp }) => fault && (fault.isCut || areEndsUp));
  if (isFaulty) return [...own, { kind: 'heal', a, b }];
  // Nothing is set: a node that comes back connects, and two that run should have long done so.
  return between.some(({ areEndsUp }) => areEndsUp) ? undefined : own;
}

/** Every choice of as many peers as are needed whose cost is the smallest. */
function* setsOf({ own, peers, peersNeeded }: Option): Generator<Cure[]> {
  const limit = peers[peersNeeded - 1]?.length ?? 0;
  const cheaper = peers.filter((cures) => cures.length < limit);
  const equal = peers.filter((cures) => cures.length === limit);
  if (limit === 0) yield [...own];
  else {
    for (const chosen of choose(equal, peersNeeded - cheaper.length)) {
      yield [...own, ...cheaper.flat(), ...chosen.flat()];
    }
  }
}

function* choose<T>(items: readonly T[], count: number): Generator<readonly T[]> {
  if (count === 0) yield [];
  else {
    for (const [index, item] of items.entries()) {
      for (const rest of choose(items.slice(index + 1), count - 1)) yield [item, ...rest];
    }
  }
}

function keyOf(cure: Cure): string {
  return cure.kind === 'heal' ? `heal ${cure.a}-${cure.b}` : `${cure.kind} ${cure.pid}`;
}

/** Nodes before links, as they are best typed. */
function byKind(a: Cure, b: Cure): number {
  return Number(a.kind === 'heal') - Number(b.kind === 'heal');
}
