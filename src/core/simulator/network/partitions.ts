/**
 * Patterns of partial connectivity, as lists of cut directions, and what they leave connected.
 *
 * Pure: a pattern depends on the pids and the randomness given. A pair that is cut both ways appears
 * as two directions. A node reaches another only if both directions between them are left.
 */

import type { Prng } from '../prng.js';

/** One direction: from, to. */
export type CutLink = readonly [from: number, to: number];

/** Named nodes of a pattern; drawn where left out. */
export interface Roles {
  readonly leader?: number | undefined;
  readonly hub?: number | undefined;
}

export type PartitionKind = keyof typeof PARTITIONS;

/** All patterns by name, to draw one. */
export const PARTITIONS = {
  none,
  uniform,
  isolateOne,
  hub,
  chain,
  constrained,
  quorumLoss,
  asymmetric,
  halves,
} as const satisfies Record<
  string,
  (pids: readonly number[], prng: Prng, roles: Roles) => readonly CutLink[]
>;

export function none(): readonly CutLink[] {
  return [];
}

/** Each node falls on one of two sides, by a coin of its own. */
export function uniform(pids: readonly number[], prng: Prng): readonly CutLink[] {
  const isLeft = new Map(pids.map((pid) => [pid, prng.chance(0.5)]));
  return cutUnless(pids, (a, b) => isLeft.get(a) === isLeft.get(b));
}

/** The leader, where one is named. */
export function isolateOne(
  pids: readonly number[],
  prng: Prng,
  { leader }: Roles = {},
): readonly CutLink[] {
  const isolated = leader ?? prng.pick(pids);
  return cutUnless(pids, (a, b) => a !== isolated && b !== isolated);
}

/** A star: every node reaches the hub, and nothing else. */
export function hub(pids: readonly number[], prng: Prng, roles: Roles = {}): readonly CutLink[] {
  const center = roles.hub ?? prng.pick(pids);
  return cutUnless(pids, (a, b) => a === center || b === center);
}

/** Each node reaches its neighbours in a random order only; with a leader named, it is an end. */
export function chain(
  pids: readonly number[],
  prng: Prng,
  { leader }: Roles = {},
): readonly CutLink[] {
  const rest = prng.shuffle(pids.filter((pid) => pid !== leader));
  const order = leader === undefined ? rest : [leader, ...rest];
  const place = new Map(order.map((pid, i) => [pid, i]));
  return cutUnless(pids, (a, b) => Math.abs(place.get(a)! - place.get(b)!) === 1);
}

/**
 * The leader is isolated, and of the rest only the hub still sees a quorum. To be the whole case,
 * the hub must have missed entries before: cut `isolateOne` for it first.
 */
export function constrained(
  pids: readonly number[],
  prng: Prng,
  roles: Roles = {},
): readonly CutLink[] {
  const [isolated, center] = leaderAndHub(pids, prng, roles);
  return cutUnless(
    pids,
    (a, b) => (a === center || b === center) && a !== isolated && b !== isolated,
  );
}

/** As `hub`, but the hub is not the leader: the leader has lost its quorum and still lives. */
export function quorumLoss(
  pids: readonly number[],
  prng: Prng,
  roles: Roles = {},
): readonly CutLink[] {
  const [, center] = leaderAndHub(pids, prng, roles);
  return hub(pids, prng, { hub: center });
}

/** Single directions, each with one probability, drawn first. */
export function asymmetric(pids: readonly number[], prng: Prng): readonly CutLink[] {
  const probability = 0.1 + 0.4 * prng.fraction();
  return directions(pids).filter(() => prng.chance(probability));
}

/** Two sides of equal size, or one node more on one of them. */
export function halves(pids: readonly number[], prng: Prng): readonly CutLink[] {
  const order = prng.shuffle(pids);
  const left = new Set(order.slice(0, order.length >> 1));
  return cutUnless(pids, (a, b) => left.has(a) === left.has(b));
}

/** Everything but the links inside `core` is cut both ways. */
export function allBut(pids: readonly number[], core: readonly number[]): readonly CutLink[] {
  const members = new Set(core);
  return cutUnless(pids, (a, b) => members.has(a) && members.has(b));
}

export function majority(pids: readonly number[]): number {
  return (pids.length >> 1) + 1;
}

/** The nodes that reach a quorum, themselves included: one of them can lead. */
export function quorumConnectedNodes(
  pids: readonly number[],
  cuts: readonly CutLink[],
  quorumSize = majority(pids),
): readonly number[] {
  const reaches = reachability(cuts);
  return pids.filter((pid) => pids.filter((other) => reaches(pid, other)).length >= quorumSize);
}

/** The largest set of nodes that all reach each other, the first of several; undefined: no quorum. */
export function quorumConnectedCore(
  pids: readonly number[],
  cuts: readonly CutLink[],
  quorumSize = majority(pids),
): readonly number[] | undefined {
  const reaches = reachability(cuts);
  let best: readonly number[] = [];
  const grow = (core: readonly number[], rest: readonly number[]): void => {
    if (core.length > best.length) best = core;
    for (const [i, pid] of rest.entries()) {
      if (core.length + rest.length - i <= best.length) return;
      const after = rest.slice(i + 1).filter((other) => reaches(pid, other));
      grow([...core, pid], after);
    }
  };
  grow([], pids);
  return best.length >= quorumSize ? best : undefined;
}

function leaderAndHub(
  pids: readonly number[],
  prng: Prng,
  roles: Roles,
): readonly [number, number] {
  const leader = roles.leader ?? prng.pick(pids.filter((pid) => pid !== roles.hub));
  const center = roles.hub ?? prng.pick(pids.filter((pid) => pid !== leader));
  return [leader, center];
}

function reachability(cuts: readonly CutLink[]): (a: number, b: number) => boolean {
  const cut = new Set(cuts.map(([from, to]) => `${from}→${to}`));
  return (a, b) => a === b || !(cut.has(`${a}→${b}`) || cut.has(`${b}→${a}`));
}

function cutUnless(
  pids: readonly number[],
  isKept: (a: number, b: number) => boolean,
): readonly CutLink[] {
  return directions(pids).filter(([from, to]) => !isKept(from, to));
}

function directions(pids: readonly number[]): readonly CutLink[] {
  return pids.flatMap((from) => pids.filter((to) => to !== from).map((to): CutLink => [from, to]));
}
