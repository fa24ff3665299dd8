/**
 * `leader>followers`, `1,2/3`, → the directed links that they mean at this moment.
 */

import type { Cluster } from './find-cluster.js';
import {
  linksOfSpec,
  linksOfSplit,
  parseGroups,
  parseLinkSpec,
  uniqueLinks,
  type DirectedLink,
  type LinkSpec,
} from './link-spec.js';
import { resolveSelectors } from './selectors.js';

/** Throws `OMNIKV_USAGE`, `OMNIKV_UNKNOWN_NODE`, or `OMNIKV_NO_QUORUM` for no leader. */
export async function resolveLinks(
  cluster: Cluster,
  texts: readonly string[],
): Promise<readonly DirectedLink[]> {
  // What is written wrongly is refused before any node is asked.
  const specs = texts.map(parseLinkSpec);
  const links: DirectedLink[] = [];
  for (const spec of specs) links.push(...(await resolveSpec(cluster, spec)));
  return uniqueLinks(links);
}

async function resolveSpec(cluster: Cluster, spec: LinkSpec): Promise<readonly DirectedLink[]> {
  const left = await resolveSide(cluster, spec.left);
  // `1-random` is a link of node 1 with any other.
  const rest = cluster.pids.filter((pid) => !left.includes(pid));
  const isRandom = spec.right === 'random' && rest.length > 0;
  const others = isRandom ? { ...cluster, pids: rest } : cluster;
  return linksOfSpec(spec, left, await resolveSide(others, spec.right));
}

async function resolveSide(cluster: Cluster, side: string): Promise<readonly number[]> {
  return await resolveSelectors(cluster, { selectors: [side], fallback: 'all' });
}

/** Throws the same. */
export async function resolveSplit(
  cluster: Cluster,
  texts: readonly string[],
): Promise<readonly DirectedLink[]> {
  const groups: (readonly number[])[] = [];
  for (const group of parseGroups(texts.join(' '))) {
    groups.push(await resolveSide(cluster, group));
  }
  return linksOfSplit(groups);
}
