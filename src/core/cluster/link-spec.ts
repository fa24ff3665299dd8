/**
 * The words for links: `1-3`, `1>3`, `leader>followers`, and `1,2/3` for groups.
 *
 * Pure. Which nodes a word like `leader` means is found out by whoever resolves the sides.
 */

import { OmnikvError } from '../errors.js';

/** What `from` sends to `to`. */
export interface DirectedLink {
  readonly from: number;
  readonly to: number;
}

export interface LinkSpec {
  /** As typed. */
  readonly text: string;
  /** Node selectors, lists allowed. */
  readonly left: string;
  readonly right: string;
  readonly directions: 'both' | 'leftToRight' | 'rightToLeft';
}

const SPEC = /^([^<>-]*)([<>-])([^<>-]*)$/;
const DIRECTIONS = { '-': 'both', '>': 'leftToRight', '<': 'rightToLeft' } as const;
/** A shell that sees `1>3` without quotes hands over `1` and writes to a file `3`. */
const ADVICE = ["write 1-3 for both directions, '1>3' in quotes for one"];
const MAX_SHOWN = 60;

/** Throws `OMNIKV_USAGE`. */
export function parseLinkSpec(text: string): LinkSpec {
  const [, left = '', operator = '', right = ''] = SPEC.exec(text) ?? [];
  if (left.trim() === '' || right.trim() === '') {
    const message = `${shown(text)} is no link: a link has two sides, as in 1-3`;
    throw new OmnikvError('OMNIKV_USAGE', message, { suggestions: ADVICE });
  }
  const directions = DIRECTIONS[operator as keyof typeof DIRECTIONS];
  return { text, left: left.trim(), right: right.trim(), directions };
}

/**
 * Every node of the left side with every one of the right side. A node that stands on both sides of
 * lists is not linked with itself; a spec that leaves nothing else throws `OMNIKV_USAGE`.
 */
export function linksOfSpec(
  spec: LinkSpec,
  left: readonly number[],
  right: readonly number[],
): readonly DirectedLink[] {
  const pairs = left.flatMap((a) => right.map((b) => [a, b] as const)).filter(([a, b]) => a !== b);
  if (pairs.length === 0) throw noLink(spec, left, right);
  const forward = pairs.map(([from, to]) => ({ from, to }));
  const backward = pairs.map(([to, from]) => ({ from, to }));
  switch (spec.directions) {
    case 'both':
      return uniqueLinks([...forward, ...backward]);
    case 'leftToRight':
      return uniqueLinks(forward);
    case 'rightToLeft':
      return uniqueLinks(backward);
  }
}

function noLink(
  { text }: LinkSpec,
  left: readonly number[],
  right: readonly number[],
): OmnikvError {
  const isEmpty = left.length === 0 || right.length === 0;
  const why = isEmpty
    ? 'names no link: one side is no node at this moment'
    : `is a link of node ${left[0]} with itself`;
  return new OmnikvError('OMNIKV_USAGE', `${shown(text)} ${why}`, {
    suggestions: ['name two different nodes, as in 1-3', 'omnikv status'],
  });
}

/** Sorted, each direction once. */
export function uniqueLinks(links: readonly DirectedLink[]): readonly DirectedLink[] {
  const found = new Map(links.map(({ from, to }) => [linkKey({ from, to }), { from, to }]));
  return [...found.values()].sort((a, b) => a.from - b.from || a.to - b.to);
}

export function linkKey({ from, to }: DirectedLink): string {
  return `${from}>${to}`;
}

/** `1,2/3,4,5` → selectors of each group. Throws `OMNIKV_USAGE` for less than two groups. */
export function parseGroups(text: string): readonly string[] {
  const groups = text.split('/').map((group) => group.trim());
  if (groups.length >= 2 && groups.every((group) => group !== '')) return groups;
  const message = `${shown(text)} is no split: it has two groups or more with / between them`;
  throw new OmnikvError('OMNIKV_USAGE', message, {
    suggestions: ['omnikv split 1,2/3', 'omnikv isolate 2'],
  });
}

/** Both directions between nodes of different groups. Throws `OMNIKV_USAGE` for a node named twice. */
export function linksOfSplit(groups: readonly (readonly number[])[]): readonly DirectedLink[] {
  const seen = new Set<number>();
  for (const pid of groups.flat()) {
    if (seen.has(pid)) {
      const message = `node ${pid} is in two groups; the groups of a split share no node`;
      throw new OmnikvError('OMNIKV_USAGE', message, { suggestions: ['omnikv split 1,2/3'] });
    }
    seen.add(pid);
  }
  const links = groups.flatMap((group) =>
    group.flatMap((from) =>
      groups
        .filter((other) => other !== group)
        .flatMap((other) => other.map((to) => ({ from, to }))),
    ),
  );
  if (links.length > 0) return uniqueLinks(links);
  throw new OmnikvError('OMNIKV_USAGE', 'the split cuts no link: a group is empty at this moment', {
    suggestions: ['omnikv status'],
  });
}

/** Both directions between the named nodes and all others; links among the named ones stay. */
export function linksOfIsolation(
  named: readonly number[],
  pids: readonly number[],
): readonly DirectedLink[] {
  const others = pids.filter((pid) => !named.includes(pid));
  if (named.length > 0 && others.length > 0) return linksOfSplit([named, others]);
  const what = named.length === 0 ? 'no node is named' : 'every node is named';
  const message = `${what}: there is no link to cut`;
  throw new OmnikvError('OMNIKV_USAGE', message, { suggestions: ['omnikv isolate 2'] });
}

function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
