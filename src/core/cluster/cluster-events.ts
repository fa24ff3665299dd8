/**
 * What happened between two pictures of a cluster: leaders, nodes, links, relays. Pure.
 *
 * Ballots tell of a change of leader that no picture shows. Why a leader lost its lead is read from
 * the old leader's state in both pictures; where neither shows a reason, none is made up.
 */

import type { LinkFault } from '../wire/link-fault.js';
import { compareBallotViews, type BallotView } from './ballot-text.js';
import { nodeIn, quorumSize, type ClusterPicture } from './cluster-picture.js';
import type { NodeState } from './cluster-status.js';
import type { LinkPicture } from './link-picture.js';
import { linkNames } from './situation.js';

export type LeaderChangeReason =
  /** No leader was known before. */
  | { readonly kind: 'first' }
  | { readonly kind: 'notRunning'; readonly pid: number; readonly state: NodeState }
  | { readonly kind: 'silent'; readonly pid: number }
  | {
      readonly kind: 'noQuorum';
      readonly pid: number;
      readonly reached: number;
      readonly of: number;
      readonly needed: number;
    }
  /** It still reaches a quorum: handed over, restarted in between, or its disk was slow (P5). */
  | { readonly kind: 'gaveWay'; readonly pid: number }
  /** The same node leads in a higher ballot. */
  | { readonly kind: 'anew' };

export type ClusterEvent =
  | {
      readonly kind: 'leaderCame';
      readonly pid: number;
      readonly n: number | undefined;
      readonly before: number | undefined;
      readonly reason: LeaderChangeReason;
    }
  | { readonly kind: 'leaderLost'; readonly pid: number; readonly reason: LeaderChangeReason }
  | {
      readonly kind: 'nodeState';
      readonly pid: number;
      readonly from: NodeState;
      readonly to: NodeState;
    }
  | { readonly kind: 'linksCut' | 'linksHealed'; readonly links: readonly string[] }
  /** `fault` undefined: it is as it should be again. */
  | {
      readonly kind: 'linkFault';
      readonly links: readonly string[];
      readonly fault: LinkFault | undefined;
    }
  | { readonly kind: 'linksLost' | 'linksBack'; readonly links: readonly string[] }
  | { readonly kind: 'relay'; readonly pid: number; readonly through: number | undefined };

/** Causes come before effects: nodes and links, then leaders, then relays. */
export function eventsBetween(before: ClusterPicture, after: ClusterPicture): ClusterEvent[] {
  return [
    ...nodeEvents(before, after),
    ...linkEvents(before, after),
    ...leaderEvents(before, after),
    ...relayEvents(before, after),
  ];
}

function nodeEvents(before: ClusterPicture, after: ClusterPicture): ClusterEvent[] {
  return after.nodes.flatMap(({ pid, state }) => {
    const from = nodeIn(before, pid)?.state ?? state;
    return from === state ? [] : [{ kind: 'nodeState', pid, from, to: state } as const];
  });
}

/** Faults of a node that is not asked (down, paused) are unknown, and neither set nor healed. */
function linkEvents(before: ClusterPicture, after: ClusterPicture): ClusterEvent[] {
  const pairs = after.links.flatMap((link) => {
    const old = before.links.find(({ from, to }) => from === link.from && to === link.to);
    const isKnown = [before, after].every((at) => nodeIn(at, link.from)?.isAnswering === true);
    return old !== undefined && isKnown ? [{ old, link }] : [];
  });
  const isCut = ({ fault }: LinkPicture) => fault?.isCut === true;
  const isLost = ({ state, areEndsUp, fault }: LinkPicture) =>
    state === 'down' && areEndsUp && fault?.isCut !== true;
  const events: ClusterEvent[] = [];
  const add = (
    kind: 'linksCut' | 'linksHealed' | 'linksLost' | 'linksBack',
    when: (pair: { readonly old: LinkPicture; readonly link: LinkPicture }) => boolean,
  ) => {
    const links = linkNames(pairs.filter(when).map(({ link }) => link));
    if (links.length > 0) events.push({ kind, links });
  };
  add('linksCut', ({ old, link }) => !isCut(old) && isCut(link));
  add('linksHealed', ({ old, link }) => isCut(old) && !isCut(link));
  events.push(...faultEvents(pairs.filter(({ link }) => !isCut(link))));
  const lively = ({ old, link }: { readonly old: LinkPicture; readonly link: LinkPicture }) =>
    old.areEndsUp && link.areEndsUp;
  add('linksLost', (pair) => lively(pair) && !isLost(pair.old) && isLost(pair.link));
  add('linksBack', (pair) => lively(pair) && isLost(pair.old) && pair.link.state === 'works');
  return events;
}

/** Links that got the same fault are one event. */
function faultEvents(
  pairs: readonly { readonly old: LinkPicture; readonly link: LinkPicture }[],
): ClusterEvent[] {
  const changed = pairs.filter(({ old, link }) => {
    const was = old.fault?.isCut === true ? undefined : old.fault;
    return JSON.stringify(was) !== JSON.stringify(link.fault);
  });
  const groups = new Map<string, LinkPicture[]>();
  for (const { link } of changed) {
    const key = JSON.stringify(link.fault ?? null);
    groups.set(key, [...(groups.get(key) ?? []), link]);
  }
  return [...groups.values()].map((links) => {
    return { kind: 'linkFault', links: linkNames(links), fault: links[0]?.fault };
  });
}

function leaderEvents(before: ClusterPicture, after: ClusterPicture): ClusterEvent[] {
  const was = nodeIn(before, before.leader);
  const is = nodeIn(after, after.leader);
  if (is === undefined) {
    if (was === undefined) return [];
    return [{ kind: 'leaderLost', pid: was.pid, reason: reasonOf(before, after, was.pid) }];
  }
  const { pid, ballot } = is;
  const isSame = was?.pid === pid && compareBallotViews(was.ballot, ballot) === 0;
  if (isSame) return [];
  const old = was?.pid ?? lastBallot(before)?.pid;
  const event = { kind: 'leaderCame', pid, n: ballot?.n, before: old } as const;
  if (old === undefined) return [{ ...event, reason: { kind: 'first' } }];
  if (old !== pid) return [{ ...event, reason: reasonOf(before, after, old) }];
  const isAnew = compareBallotViews(lastBallot(before), ballot) !== 0;
  return [{ ...event, reason: isAnew ? { kind: 'anew' } : { kind: 'first' } }];
}

function lastBallot(picture: ClusterPicture): BallotView | undefined {
  return picture.nodes.map((node) => node.ballot).sort((a, b) => compareBallotViews(b, a))[0];
}

function reasonOf(before: ClusterPicture, after: ClusterPicture, pid: number): LeaderChangeReason {
  const states = [nodeIn(after, pid), nodeIn(before, pid)].flatMap((node) => node ?? []);
  const stopped = states.find(({ state }) => state !== 'running');
  if (stopped !== undefined) return { kind: 'notRunning', pid, state: stopped.state };
  if (states.some(({ isAnswering }) => !isAnswering)) return { kind: 'silent', pid };
  if (states.every(({ isQuorumConnected }) => isQuorumConnected)) return { kind: 'gaveWay', pid };
  const reached = Math.min(...states.map(({ reaches }) => reaches.length + 1));
  const of = after.nodes.length;
  return { kind: 'noQuorum', pid, reached, of, needed: quorumSize(after) };
}

function relayEvents(before: ClusterPicture, after: ClusterPicture): ClusterEvent[] {
  return after.nodes.flatMap(({ pid, isAnswering, relaysThrough: through }) => {
    const old = nodeIn(before, pid);
    if (!isAnswering || old?.relaysThrough === through || old?.isAnswering !== true) return [];
    return [{ kind: 'relay', pid, through } as const];
  });
}

/** Decided entries a second over the samples, oldest first; undefined for fewer than two. */
export function decidedPerSecond(
  samples: readonly { readonly atMs: number; readonly decidedIdx: number }[],
): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined;
  // The node that knew most may have stopped answering: nothing was undone.
  const entries = Math.max(last.decidedIdx - first.decidedIdx, 0);
  return (entries * 1_000) / (last.atMs - first.atMs);
}
