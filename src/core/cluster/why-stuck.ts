/**
 * Whether a cluster can make progress; if not, what is missing and what would bring it back. Pure.
 *
 * Not stuck is also a cluster in which a node reaches a quorum and has yet to take over: nobody
 * needs to do anything.
 */

import { candidatesOf, quorumSize, type ClusterPicture } from './cluster-picture.js';
import { smallestCures, type SmallestCures } from './smallest-cures.js';
import { linkNames, situationOf } from './situation.js';
import { peersOf, type PeerAnswer } from './why-leader.js';

export type StuckExplanation =
  | {
      readonly kind: 'moves';
      readonly leader: number;
      /** Running nodes that can neither hear the leader nor relay: their own clients wait. */
      readonly stranded: readonly number[];
      /** The leader's disk is nearly full: reads only (D19). */
      readonly isLeaderFull: boolean;
    }
  | { readonly kind: 'willMove'; readonly candidates: readonly number[] }
  | {
      readonly kind: 'stuck';
      readonly needed: number;
      readonly nodeCount: number;
      readonly down: readonly number[];
      readonly paused: readonly number[];
      readonly cutLinks: readonly string[];
      /** Running nodes, each with what it reaches and why not more. */
      readonly nodes: readonly {
        readonly pid: number;
        readonly reached: number;
        readonly missing: readonly PeerAnswer[];
      }[];
      readonly cures: SmallestCures;
    };

const MAX_SETS = 6;

export function explainStuck(picture: ClusterPicture): StuckExplanation {
  const situation = situationOf(picture);
  if (situation.kind === 'leads') {
    const stranded = situation.remarks.flatMap((remark) => {
      return remark.kind === 'unheard' || remark.kind === 'cutOff' ? remark.pids : [];
    });
    const leader = picture.nodes.find(({ pid }) => pid === situation.pid);
    const isLeaderFull = leader?.isDiskFull ?? false;
    return { kind: 'moves', leader: situation.pid, stranded, isLeaderFull };
  }
  const candidates = candidatesOf(picture).map(({ pid }) => pid);
  const running = picture.nodes.filter(({ state }) => state === 'running');
  if (candidates.length > 0 && running.length >= quorumSize(picture)) {
    return { kind: 'willMove', candidates };
  }
  const pidsThatAre = (state: string) =>
    picture.nodes.filter((node) => node.state === state).map(({ pid }) => pid);
  return {
    kind: 'stuck',
    needed: quorumSize(picture),
    nodeCount: picture.nodes.length,
    down: pidsThatAre('down'),
    paused: pidsThatAre('paused'),
    cutLinks: linkNames(picture.links.filter(({ fault }) => fault?.isCut === true)),
    nodes: running.map((node) => ({
      pid: node.pid,
      reached: node.reaches.length + 1,
      missing: peersOf(picture, node).filter(({ answer }) => answer.kind !== 'answers'),
    })),
    cures: smallestCures(picture, MAX_SETS),
  };
}
