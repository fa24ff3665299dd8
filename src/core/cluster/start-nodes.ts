/**
 * Spawns nodes and waits until a leader serves. Idempotent: what runs already is left alone.
 */

import { OmnikvError } from '../errors.js';
import { DEFAULT_START_TIMEOUT_MS } from '../limits.js';
import type { Cluster } from './find-cluster.js';
import { launchNodes, type LaunchedNode } from './launch-nodes.js';
import { awaitReadiness, quorumNote, type Readiness } from './readiness.js';
import type { OnStep } from './steps.js';

export interface StartOptions {
  /** Already resolved. */
  readonly pids: readonly number[];
  /** Default: `leader`. */
  readonly readiness?: 'leader' | 'none' | undefined;
  /** Default: DEFAULT_START_TIMEOUT_MS. */
  readonly timeoutMs?: number | undefined;
  readonly onStep?: OnStep | undefined;
}

export interface StartedNode {
  readonly pid: number;
  readonly osPid: number;
  /** `paused`: it was left so. */
  readonly outcome: 'started' | 'alreadyRunning' | 'paused';
  /** Undefined where nobody waited for it. */
  readonly decidedIdx: number | undefined;
}

export interface StartReport {
  readonly nodes: readonly StartedNode[];
  /** Undefined with `readiness: none`, or where there is no quorum. */
  readonly leader: number | undefined;
  readonly runningCount: number;
  readonly nodeCount: number;
  readonly hasQuorum: boolean;
  /** What to say when there is no quorum: "waiting for a quorum (1 of 3 runs); next: …". */
  readonly note: string | undefined;
}

export async function startNodes(cluster: Cluster, options: StartOptions): Promise<StartReport> {
  const { pids, onStep } = options;
  const launched = await launchNodes(cluster, { pids, purpose: 'start', channel: 'none', onStep });
  if (options.readiness === 'none') return reportLaunch(cluster, launched);
  const timeoutMs = options.timeoutMs ?? DEFAULT_START_TIMEOUT_MS;
  const readiness = await awaitReadiness(cluster, launched, { goal: 'leader', timeoutMs, onStep });
  return reportReadiness(cluster, launched, readiness);
}

/** Nobody waited: a node that could not even be spawned is all that can be told. */
function reportLaunch(cluster: Cluster, launched: readonly LaunchedNode[]): StartReport {
  for (const node of launched) if (node.kind === 'refused') throw node.error;
  return {
    nodes: startedNodes(launched, undefined),
    leader: undefined,
    runningCount: launched.length,
    nodeCount: cluster.pids.length,
    hasQuorum: launched.length > cluster.pids.length / 2,
    note: undefined,
  };
}

export function reportReadiness(
  cluster: Cluster,
  launched: readonly LaunchedNode[],
  readiness: Readiness,
): StartReport {
  return {
    nodes: startedNodes(launched, readiness),
    leader: readiness.leader,
    runningCount: readiness.runningCount,
    nodeCount: cluster.pids.length,
    hasQuorum: readiness.leader !== undefined,
    note: quorumNote(cluster, readiness),
  };
}

function startedNodes(
  launched: readonly LaunchedNode[],
  readiness: Readiness | undefined,
): readonly StartedNode[] {
  return launched.flatMap((node): StartedNode[] => {
    if (node.kind === 'refused') return [];
    const outcome = node.kind === 'spawned' ? 'started' : node.kind;
    const decidedIdx = readiness?.last.get(node.pid)?.decidedIdx;
    return [{ pid: node.pid, osPid: node.identity.osPid, outcome, decidedIdx }];
  });
}

/** For callers that must start afresh, as a foreground does. */
export function refuseRunning(launched: readonly LaunchedNode[]): void {
  const running = launched.filter(
    (node) => node.kind === 'alreadyRunning' || node.kind === 'paused',
  );
  if (running.length === 0) return;
  const pids = running.map((node) => node.pid).join(', ');
  throw new OmnikvError('OMNIKV_CLUSTER_RUNNING', `node ${pids} runs already, in the background`, {
    suggestions: ['omnikv stop', 'omnikv start without --foreground leaves it running'],
  });
}
