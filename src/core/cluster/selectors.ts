/** `2`, `1,3`, `all`, `leader`, `followers`, `random`, `minority`, `down` → pids. */
import type { Cluster } from './find-cluster.js';

export interface ResolveSelectorsOptions {
  /** As typed: one word an argument, commas inside allowed. */
  readonly selectors: readonly string[];
  /** What no selector at all means. */
  readonly fallback: 'all' | 'down';
}

/** Ascending, each once. Throws `OMNIKV_UNKNOWN_NODE`, or `OMNIKV_NO_QUORUM` for no leader. */
export async function resolveSelectors(
  _cluster: Cluster,
  _options: ResolveSelectorsOptions,
): Promise<readonly number[]> {
  throw new Error('not built yet');
}
