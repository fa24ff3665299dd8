/**
 * The patterns of partial connectivity: which links fail, chosen by the roles of that moment.
 *
 * Pure. A pattern always says what fails of all links; what it does not name works.
 */

export type Trouble =
  | { readonly kind: 'cut' }
  | { readonly kind: 'drop'; readonly probability: number }
  | { readonly kind: 'delay'; readonly delayMs: number };

/** What `from` sends to `to` meets this trouble. */
export interface LinkTrouble {
  readonly from: number;
  readonly to: number;
  readonly trouble: Trouble;
}

export interface Roles {
  readonly leader: number;
  /** The follower that sees all the others where they see only it. */
  readonly hub: number;
  /** A follower that is neither, except in a cluster of two. */
  readonly far: number;
  readonly nodes: readonly number[];
}

export type ScenarioName =
  | 'quorum-loss'
  | 'constrained'
  | 'chained'
  | 'one-way'
  | 'flapping'
  | 'lossy'
  | 'slow'
  | 'minorities';

export interface Scenario {
  readonly name: ScenarioName;
  readonly nodeCount: number;
  /** What fails for a while before the pattern begins, under writes. */
  readonly prelude?: (roles: Roles) => readonly LinkTrouble[];
  readonly pattern: (roles: Roles) => readonly LinkTrouble[];
  /** The pattern comes and goes. */
  readonly isFlapping: boolean;
  /** Loss or delay, which a proxy of bytes cannot do. */
  readonly needsMoreThanCuts: boolean;
}

const CUT: Trouble = { kind: 'cut' };
const LOSS: Trouble = { kind: 'drop', probability: 0.3 };
const DELAY: Trouble = { kind: 'delay', delayMs: 500 };

const STEADY = { isFlapping: false, needsMoreThanCuts: false };

export const SCENARIOS: readonly Scenario[] = [
  { ...STEADY, name: 'quorum-loss', nodeCount: 5, pattern: onlyTheHub },
  {
    ...STEADY,
    name: 'constrained',
    nodeCount: 5,
    // So that the only node that can take over has an outdated log.
    prelude: ({ leader, hub }) => bothWays([[leader, hub]], CUT),
    pattern: (roles) => [...onlyTheHub(roles), ...bothWays([[roles.leader, roles.hub]], CUT)],
  },
  {
    ...STEADY,
    name: 'chained',
    nodeCount: 3,
    pattern: ({ leader, far }) => bothWays([[leader, far]], CUT),
  },
  {
    ...STEADY,
    name: 'one-way',
    nodeCount: 5,
    // The leader speaks and hears nobody.
    pattern: ({ leader, nodes }) =>
      others(nodes, leader).map((from) => ({ from, to: leader, trouble: CUT })),
  },
  {
    ...STEADY,
    name: 'flapping',
    nodeCount: 5,
    isFlapping: true,
    pattern: ({ leader, nodes }) => linksOf(nodes, leader, CUT),
  },
  {
    ...STEADY,
    name: 'lossy',
    nodeCount: 5,
    needsMoreThanCuts: true,
    pattern: ({ leader, nodes }) => linksOf(nodes, leader, LOSS),
  },
  {
    ...STEADY,
    name: 'slow',
    nodeCount: 5,
    needsMoreThanCuts: true,
    pattern: ({ far, nodes }) => linksOf(nodes, far, DELAY),
  },
  { ...STEADY, name: 'minorities', nodeCount: 5, pattern: minorities },
];

/** The three that the issue is about; the others are run where they are named. */
export const DEFAULT_SCENARIOS: readonly ScenarioName[] = ['quorum-loss', 'constrained', 'chained'];

export function scenariosNamed(names: readonly string[]): readonly Scenario[] {
  return names.map((name) => {
    const scenario = SCENARIOS.find((known) => known.name === name);
    if (scenario !== undefined) return scenario;
    const known = SCENARIOS.map((each) => each.name).join(', ');
    throw new Error(`--scenario ${name}: there are ${known}`);
  });
}

export function hasOnlyCuts(troubles: readonly LinkTrouble[]): boolean {
  return troubles.every(({ trouble }) => trouble.kind === 'cut');
}

export function rolesOf(nodes: readonly number[], leader: number): Roles {
  const followers = others(nodes, leader);
  const [hub] = followers;
  const far = followers.at(-1);
  if (hub === undefined || far === undefined || followers.length === nodes.length) {
    throw new Error(`node ${leader} leads no followers of ${nodes.join(', ')}`);
  }
  return { leader, hub, far, nodes };
}

/** Everyone sees the hub, and nobody sees anybody else. */
function onlyTheHub({ nodes, hub }: Roles): readonly LinkTrouble[] {
  return bothWays(pairsOf(others(nodes, hub)), CUT);
}

/** Groups of at most two: none of them is a majority. */
function minorities({ nodes, leader, hub }: Roles): readonly LinkTrouble[] {
  const rest = nodes.filter((node) => node !== leader && node !== hub);
  const groupOf = (node: number): number => Math.floor([leader, hub, ...rest].indexOf(node) / 2);
  return bothWays(
    pairsOf(nodes).filter(([a, b]) => groupOf(a) !== groupOf(b)),
    CUT,
  );
}

function linksOf(nodes: readonly number[], node: number, trouble: Trouble): readonly LinkTrouble[] {
  return bothWays(
    others(nodes, node).map((other) => [node, other] as const),
    trouble,
  );
}

function others(nodes: readonly number[], but: number): readonly number[] {
  return nodes.filter((node) => node !== but);
}

type Pair = readonly [number, number];

function pairsOf(nodes: readonly number[]): readonly Pair[] {
  return nodes.flatMap((a, i) => nodes.slice(i + 1).map((b): Pair => [a, b]));
}

function bothWays(pairs: readonly Pair[], trouble: Trouble): readonly LinkTrouble[] {
  return pairs.flatMap(([a, b]) => [
    { from: a, to: b, trouble },
    { from: b, to: a, trouble },
  ]);
}
