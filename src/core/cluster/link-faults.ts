/**
 * Breaks links between nodes and heals them: changes `run/links.json`, then tells the nodes.
 *
 * The file is what counts, written before any node hears of it: a node that does not answer reads it
 * when it starts or goes on, and a command that is killed leaves the old faults or the new ones.
 */

import type { Client } from '../client/index.js';
import { encodeLinksFile, readLinksFile, type LinksFile } from '../config/links-file.js';
import { OmnikvError } from '../errors.js';
import type { DirectedFault } from '../wire/link-fault.js';
import { withCliLock } from './cli-lock.js';
import { reading, writeFileAtomically } from './cluster-files.js';
import { connectToCluster } from './connect-to-cluster.js';
import type { Cluster } from './find-cluster.js';
import {
  faultsOf,
  withFaults,
  withoutExpired,
  withoutFaults,
  withResets,
  type LinkChange,
} from './link-changes.js';
import type { DirectedLink } from './link-spec.js';
import { inspectNode } from './node-process.js';
import type { OnStep } from './steps.js';

export interface BreakLinksOptions {
  readonly links: readonly DirectedLink[];
  readonly change: LinkChange;
  /** Undefined: until they are healed. */
  readonly durationMs?: number | undefined;
  /** Closes the connections as well, so that the nodes notice. */
  readonly isReset?: boolean | undefined;
  /** What was wrong before: heals it first. Default: it stays. */
  readonly before?: 'healed' | 'kept' | undefined;
  readonly onStep?: OnStep | undefined;
}

export interface HealLinksOptions {
  /** Default: all. */
  readonly links?: readonly DirectedLink[] | undefined;
  readonly onStep?: OnStep | undefined;
}

/** A node that is there and did not take the change up. */
export interface UnreachedNode {
  readonly pid: number;
  readonly problem: string;
}

export interface LinksReport {
  /** The directions that were broken, as they are now, or healed, as they were. */
  readonly changed: readonly DirectedFault[];
  /** Everything that is wrong now. */
  readonly faults: readonly DirectedFault[];
  readonly unreached: readonly UnreachedNode[];
}

const RELOAD_TIMEOUT_MS = 1_000;

export async function breakLinks(
  cluster: Cluster,
  options: BreakLinksOptions,
): Promise<LinksReport> {
  const { links, change, durationMs } = options;
  const { after } = await changeLinksFile(cluster, options, (file, nowEpochMs) => {
    const expiresAtEpochMs = durationMs === undefined ? undefined : nowEpochMs + durationMs;
    const base = options.before === 'healed' ? withoutFaults(file, undefined) : file;
    const broken = withFaults(base, { links, change, expiresAtEpochMs });
    return options.isReset === true ? withResets(broken, links) : broken;
  });
  const unreached = await tellNodes(cluster, cluster.pids);
  return { changed: faultsOf(after, links), faults: after.faults, unreached };
}

/** Idempotent (U7). The nodes are told even where the file had no fault: one may have missed it. */
export async function healLinks(cluster: Cluster, options: HealLinksOptions): Promise<LinksReport> {
  const { links } = options;
  const { before, after } = await changeLinksFile(cluster, options, (file) =>
    withoutFaults(file, links),
  );
  const changed = links === undefined ? before.faults : faultsOf(before, links);
  const unreached = await tellNodes(cluster, cluster.pids);
  return { changed, faults: after.faults, unreached };
}

/** S8: under the lock, so that no command undoes what another wrote meanwhile. */
async function changeLinksFile(
  cluster: Cluster,
  options: { readonly onStep?: OnStep | undefined },
  change: (file: LinksFile, nowEpochMs: number) => LinksFile,
): Promise<{ readonly before: LinksFile; readonly after: LinksFile }> {
  const { fileSystem, layout } = cluster;
  const path = layout.linksFile;
  return await withCliLock(cluster, options, () => {
    const nowEpochMs = Date.now();
    const file = reading(path, () => readLinksFile({ fileSystem, path }));
    const before = withoutExpired(file, nowEpochMs);
    const after = change(before, nowEpochMs);
    writeFileAtomically(fileSystem, path, encodeLinksFile(after));
    return { before, after };
  });
}

/** Has those of the nodes that run read the file anew. */
export async function tellNodes(
  cluster: Cluster,
  pids: readonly number[],
): Promise<readonly UnreachedNode[]> {
  const found = await Promise.all(
    pids.map(async (pid) => ({ pid, kind: (await inspectNode(cluster, pid)).kind })),
  );
  const paused = found.filter(({ kind }) => kind === 'paused');
  const live = found.filter(({ kind }) => kind === 'running' || kind === 'starting');
  const unreached = paused.map(({ pid }) => ({ pid, problem: 'it is paused' }));
  // A cluster that never ran has no socket directory to connect through.
  if (live.length === 0) return unreached;
  const client = await connectToCluster(cluster);
  try {
    const problems = await Promise.all(live.map(async ({ pid }) => await tell(client, pid)));
    return [...unreached, ...problems.flat()].sort((a, b) => a.pid - b.pid);
  } finally {
    client.close();
  }
}

async function tell(client: Client, pid: number): Promise<readonly UnreachedNode[]> {
  try {
    await client.reloadFaults(pid, { deadlineMs: RELOAD_TIMEOUT_MS });
    return [];
  } catch (error) {
    if (!(error instanceof OmnikvError)) throw error;
    return [{ pid, problem: error.message }];
  }
}
