/**
 * Brings nodes back on their data and waits until they have caught up (Z7).
 *
 * Caught up means: the node has decided what the leader had decided when it was first asked.
 * Without a quorum there is no leader to catch up with; the node is up then, and that is said.
 */

import { DEFAULT_START_TIMEOUT_MS } from '../limits.js';
import type { Cluster } from './find-cluster.js';
import { launchNodes, type LaunchedNode } from './launch-nodes.js';
import { awaitReadiness, quorumNote, type Readiness } from './readiness.js';
import type { StartOptions } from './start-nodes.js';

export interface RecoveredNode {
  readonly pid: number;
  readonly osPid: number;
  /** `paused`: it was left so. */
  readonly outcome: 'recovered' | 'alreadyRunning' | 'paused';
  /** decidedIdx as the disk had it, and when the node had caught up. */
  readonly fromIdx: number;
  readonly toIdx: number;
  /** What the crash left of a write that nobody was told about; it was cut off. */
  readonly tornBytes: number;
}

export interface RecoverReport {
  readonly nodes: readonly RecoveredNode[];
  readonly leader: number | undefined;
  readonly runningCount: number;
  readonly nodeCount: number;
  readonly hasQuorum: boolean;
  /** "node 1 is up at 0..842, waiting for a quorum (1 of 3 runs); next: omnikv recover 2". */
  readonly note: string | undefined;
}

export async function recoverNodes(
  cluster: Cluster,
  options: StartOptions,
): Promise<RecoverReport> {
  const { pids, onStep } = options;
  const launched = await launchNodes(cluster, {
    pids,
    purpose: 'recover',
    channel: 'none',
    onStep,
  });
  const timeoutMs = options.timeoutMs ?? DEFAULT_START_TIMEOUT_MS;
  const readiness = await awaitReadiness(cluster, launched, {
    goal: 'caughtUp',
    timeoutMs,
    onStep,
  });
  return {
    nodes: launched.flatMap((node) => describe(node, readiness)),
    leader: readiness.leader,
    runningCount: readiness.runningCount,
    nodeCount: cluster.pids.length,
    hasQuorum: readiness.leader !== undefined,
    note: noteOf(cluster, readiness),
  };
}

function describe(node: LaunchedNode, readiness: Readiness): readonly RecoveredNode[] {
  if (node.kind === 'refused') return [];
  const first = readiness.first.get(node.pid);
  return [
    {
      pid: node.pid,
      osPid: node.identity.osPid,
      outcome: node.kind === 'spawned' ? 'recovered' : node.kind,
      fromIdx: first?.recovered?.decidedIdx ?? first?.decidedIdx ?? 0,
      toIdx: readiness.last.get(node.pid)?.decidedIdx ?? 0,
      tornBytes: first?.recovered?.tornBytes ?? 0,
    },
  ];
}

function noteOf(cluster: Cluster, readiness: Readiness): string | undefined {
  const quorum = quorumNote(cluster, readiness);
  if (quorum === undefined) return undefined;
  const up = [...readiness.last].map(([pid, status]) => {
    return `node ${pid} is up at ${status.compactedIdx}..${status.decidedIdx}`;
  });
  return [...up, quorum].join(', ');
}
