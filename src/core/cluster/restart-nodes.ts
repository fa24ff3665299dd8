/**
 * Stops and starts nodes, all at once or one after the other.
 *
 * Rolling keeps a quorum where there is one: the leader comes last, and each node has caught up
 * before the next is stopped.
 */

import { DEFAULT_START_TIMEOUT_MS } from '../limits.js';
import type { Cluster } from './find-cluster.js';
import { launchNodes } from './launch-nodes.js';
import { NodeContact, servingLeader } from './node-contact.js';
import { awaitReadiness } from './readiness.js';
import {
  reportReadiness,
  startNodes,
  type StartedNode,
  type StartOptions,
  type StartReport,
} from './start-nodes.js';
import { stopNodes } from './stop-nodes.js';

export interface RestartOptions extends StartOptions {
  /** `rolling`: one after the other, the leader last, each caught up before the next. */
  readonly mode: 'atOnce' | 'rolling';
}

const ASK_MS = 1_000;

export async function restartNodes(
  cluster: Cluster,
  options: RestartOptions,
): Promise<StartReport> {
  const { pids, onStep } = options;
  if (options.mode === 'atOnce' || pids.length < 2) {
    await stopNodes(cluster, { pids, onStep });
    return await startNodes(cluster, options);
  }
  const nodes: StartedNode[] = [];
  let report: StartReport | undefined;
  for (const pid of await leaderLast(cluster, pids)) {
    await stopNodes(cluster, { pids: [pid], onStep });
    report = await startOne(cluster, pid, options);
    nodes.push(...report.nodes);
  }
  const last = report ?? (await startNodes(cluster, options));
  return { ...last, nodes: nodes.sort((a, b) => a.pid - b.pid) };
}

async function startOne(
  cluster: Cluster,
  pid: number,
  options: RestartOptions,
): Promise<StartReport> {
  const { onStep } = options;
  const timeoutMs = options.timeoutMs ?? DEFAULT_START_TIMEOUT_MS;
  const launched = await launchNodes(cluster, {
    pids: [pid],
    purpose: 'start',
    channel: 'none',
    onStep,
  });
  const readiness = await awaitReadiness(cluster, launched, {
    goal: 'caughtUp',
    timeoutMs,
    onStep,
  });
  return reportReadiness(cluster, launched, readiness);
}

async function leaderLast(cluster: Cluster, pids: readonly number[]): Promise<readonly number[]> {
  const contact = new NodeContact(cluster);
  try {
    const leader = servingLeader(await contact.ask(cluster.pids, ASK_MS))?.pid;
    const others = pids.filter((pid) => pid !== leader);
    return leader !== undefined && pids.includes(leader) ? [...others, leader] : others;
  } finally {
    contact.close();
  }
}
