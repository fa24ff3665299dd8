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
import type { WaitCondition } from './wait-condition.js';

const POLL_MS = 40;
const MAX_ASK_MS = 1_000;
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
