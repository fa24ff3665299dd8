/**
 * Waits until the cluster is as it should be.
 *
 * Looks again and again and changes nothing. What is missing at the deadline is named.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { OmnikvError } from '../errors.js';
import { describeAnswers, type ClusterStatus } from './cluster-status.js';
import type { Cluster } from './find-cluster.js';
import { NodeContact, servingLeader, type NodeAnswer } from './node-contact.js';
import { quorumSizeOf } from './quorum-size.js';

export type WaitCondition =
  | { readonly kind: 'leader' }
  /** As many nodes answer as a quorum needs. */
  | { readonly kind: 'quorum' }
  /** Every node answers and has decided what the leader had when it was asked. */
  | { readonly kind: 'synced' }
  | { readonly kind: 'decided'; readonly idx: number }
  | { readonly kind: 'node'; readonly pid: number; readonly state: 'up' | 'down' };

const POLL_MS = 40;
const MAX_ASK_MS = 1_000;
const ALLOWED = 'leader, quorum, synced, decided=N, node=N:up, node=N:down';

/** Throws `OMNIKV_USAGE`, or `OMNIKV_UNKNOWN_NODE`. */
export function parseWaitCondition(text: string, pids: readonly number[]): WaitCondition {
  if (text === 'leader' || text === 'quorum' || text === 'synced') return { kind: text };
  const decided = /^decided=([0-9]{1,15})$/.exec(text);
  if (decided !== null) return { kind: 'decided', idx: Number(decided[1]) };
  const node = /^node=([0-9]{1,10}):(up|down)$/.exec(text);
  if (node === null) {
    const message = `${JSON.stringify(text)} is nothing to wait for; allowed: ${ALLOWED}`;
    throw new OmnikvError('OMNIKV_USAGE', message, { suggestions: ['omnikv wait --for leader'] });
  }
  const pid = Number(node[1]);
  if (!pids.includes(pid)) {
    const message = `there is no node ${pid} in this cluster (nodes ${pids.join(', ')})`;
    throw new OmnikvError('OMNIKV_UNKNOWN_NODE', message);
  }
  return { kind: 'node', pid, state: node[2] === 'up' ? 'up' : 'down' };
}

/** Throws `OMNIKV_WAIT_TIMEOUT` (exit 124), naming what is missing. */
export async function waitFor(
  cluster: Cluster,
  options: { readonly condition: WaitCondition; readonly timeoutMs: number },
): Promise<ClusterStatus> {
  const { condition, timeoutMs } = options;
  const deadlineMs = performance.now() + timeoutMs;
  const quorumSize = condition.kind === 'quorum' ? await quorumSizeOf(cluster) : 0;
  const contact = new NodeContact(cluster);
  try {
    for (;;) {
      const leftMs = Math.max(deadlineMs - performance.now(), 1);
      const answers = await contact.ask(cluster.pids, Math.min(leftMs, MAX_ASK_MS));
      const missing = whatIsMissing(condition, answers, quorumSize);
      if (missing === undefined) return await describeAnswers(cluster, answers);
      if (performance.now() >= deadlineMs) {
        throw new OmnikvError('OMNIKV_WAIT_TIMEOUT', `after ${timeoutMs / 1000} s ${missing}`);
      }
      await sleep(Math.min(POLL_MS, leftMs));
    }
  } finally {
    contact.close();
  }
}

/** Undefined: nothing is. */
function whatIsMissing(
  condition: WaitCondition,
  answers: readonly NodeAnswer[],
  quorumSize: number,
): string | undefined {
  const answering = answers.filter((answer) => answer.status !== undefined);
  const count = `${answering.length} of ${answers.length} nodes answer`;
  const leader = servingLeader(answers);
  switch (condition.kind) {
    case 'leader':
      return leader === undefined ? `no node leads; ${count}` : undefined;
    case 'quorum':
      return answering.length >= quorumSize ? undefined : `${count}, a quorum is ${quorumSize}`;
    case 'synced':
      return leader === undefined ? `no node leads; ${count}` : whoLags(answers, leader);
    case 'decided': {
      const decidedIdx = Math.max(0, ...answering.map((answer) => answer.status?.decidedIdx ?? 0));
      return decidedIdx >= condition.idx ? undefined : `only ${decidedIdx} entries are decided`;
    }
    case 'node': {
      const node = answers.find((answer) => answer.pid === condition.pid);
      const isUp = node?.status !== undefined;
      const isThere = condition.state === 'up' ? isUp : node?.process.kind === 'down';
      return isThere ? undefined : `node ${condition.pid} is ${node?.process.kind ?? 'unknown'}`;
    }
  }
}

function whoLags(answers: readonly NodeAnswer[], leader: NodeAnswer): string | undefined {
  const targetIdx = leader.status?.decidedIdx ?? 0;
  const lagging = answers.find((answer) => (answer.status?.decidedIdx ?? -1) < targetIdx);
  if (lagging === undefined) return undefined;
  const where =
    lagging.status === undefined ? 'does not answer' : `is at ${lagging.status.decidedIdx}`;
  return `node ${lagging.pid} ${where}, the leader at ${targetIdx}`;
}
