/**
 * Moves the lead to another node while the cluster works on (E8).
 *
 * Takes no lock: nothing in the directory changes, and a hand-over that meets another command is an
 * election like any other.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { OmnikvError } from '../errors.js';
import { connectToCluster } from './connect-to-cluster.js';
import type { Cluster } from './find-cluster.js';
import { NodeContact, servingLeader } from './node-contact.js';
import { inspectNode } from './node-process.js';

export interface MoveLeaderOptions {
  /** Default: the node that can lead soonest. */
  readonly to?: number | undefined;
  readonly timeoutMs: number;
}

export interface MoveLeaderReport {
  readonly outcome: 'moved' | 'ledAlready';
  readonly from: number;
  readonly leader: number;
}

const POLL_MS = 5;

/** OMNIKV_NO_QUORUM: nobody leads. OMNIKV_NODE_DOWN, OMNIKV_NOT_HANDED_OVER: the leader leads on. */
export async function moveLeader(
  cluster: Cluster,
  { to, timeoutMs }: MoveLeaderOptions,
): Promise<MoveLeaderReport> {
  const deadlineMs = performance.now() + timeoutMs;
  const contact = new NodeContact(cluster);
  const client = await connectToCluster(cluster);
  try {
    const from = await waitForLeader(cluster, contact, deadlineMs);
    if (from === to) return { outcome: 'ledAlready', from, leader: from };
    if (to !== undefined) await mustRun(cluster, to);
    const leftMs = Math.max(1, deadlineMs - performance.now());
    const leader = await client.moveLeader({
      deadlineMs: leftMs,
      ...(to === undefined ? {} : { to }),
    });
    await waitUntilServing(contact, leader, deadlineMs);
    return { outcome: 'moved', from, leader };
  } finally {
    contact.close();
    client.close();
  }
}

async function waitForLeader(
  cluster: Cluster,
  contact: NodeContact,
  deadlineMs: number,
): Promise<number> {
  for (;;) {
    const leftMs = Math.max(1, deadlineMs - performance.now());
    const answers = await contact.ask(cluster.pids, leftMs);
    const leader = servingLeader(answers)?.pid;
    if (leader !== undefined) return leader;
    const runningCount = answers.filter(({ process }) => process.kind === 'running').length;
    if (runningCount === 0 || performance.now() >= deadlineMs) {
      const message = `no node leads: ${runningCount} of ${cluster.pids.length} nodes run`;
      throw new OmnikvError('OMNIKV_NO_QUORUM', message, { suggestions: ['omnikv status'] });
    }
    await sleep(POLL_MS);
  }
}

async function mustRun(cluster: Cluster, pid: number): Promise<void> {
  const { kind } = await inspectNode(cluster, pid);
  if (kind === 'running' || kind === 'starting') return;
  const next = kind === 'paused' ? `omnikv resume ${pid}` : `omnikv recover ${pid}`;
  throw new OmnikvError('OMNIKV_NODE_DOWN', `node ${pid} cannot lead: it is ${kind}`, {
    suggestions: [next],
  });
}

/** So that the next command finds it ready; it leads whether or not it says so in time. */
async function waitUntilServing(
  contact: NodeContact,
  leader: number,
  deadlineMs: number,
): Promise<void> {
  while (performance.now() < deadlineMs) {
    const { status } = await contact.askOne(leader, Math.max(1, deadlineMs - performance.now()));
    if (status?.isServing === true) return;
    await sleep(POLL_MS);
  }
}
