/**
 * Lets paused nodes go on (SIGCONT). Idempotent (U7).
 *
 * Takes no lock: the signal does no harm to a node that runs, changes no file, and must not wait
 * when it undoes what another command left.
 */

import type { Cluster } from './find-cluster.js';
import { tellNodes } from './link-faults.js';
import { inspectNode, signalProcess, waitUntilContinued } from './node-process.js';
import type { PauseOptions } from './pause-nodes.js';
import { refuseStale } from './stop-nodes.js';

export interface ResumedNode {
  readonly pid: number;
  readonly outcome: 'resumed' | 'notPaused' | 'down';
}

export interface ResumeReport {
  readonly nodes: readonly ResumedNode[];
}

const CONTINUE_PATIENCE_MS = 1_000;

export async function resumeNodes(cluster: Cluster, options: PauseOptions): Promise<ResumeReport> {
  const nodes: ResumedNode[] = [];
  for (const pid of options.pids) {
    const process = await inspectNode(cluster, pid);
    if (process.kind === 'stale') throw refuseStale(pid, process.problem);
    if (process.kind !== 'paused') {
      nodes.push({ pid, outcome: process.kind === 'down' ? 'down' : 'notPaused' });
      continue;
    }
    signalProcess(process.identity, 'SIGCONT');
    await waitUntilContinued(process.identity, CONTINUE_PATIENCE_MS);
    options.onStep?.({ kind: 'resumed', pid, osPid: process.osPid });
    nodes.push({ pid, outcome: 'resumed' });
  }
  await tellOfLinks(cluster, nodes);
  return { nodes };
}

/** Links may have been cut or healed while the nodes stood still and heard nothing. */
async function tellOfLinks(cluster: Cluster, nodes: readonly ResumedNode[]): Promise<void> {
  const { fileSystem, layout } = cluster;
  if (fileSystem.status(layout.linksFile) === undefined) return;
  const resumed = nodes.filter(({ outcome }) => outcome === 'resumed').map(({ pid }) => pid);
  await tellNodes(cluster, resumed);
}
