/**
 * What this node does with requests, by what it knows of the leader. One table:
 *
 * | leader        | link to it | peers reached    | a request …                                     |
 * |---------------|------------|------------------|-------------------------------------------------|
 * | this, ready   |            |                  | is served                                       |
 * | this, not yet |            |                  | waits, then OMNIKV_NOT_LEADER; but a write is   |
 * |               |            |                  | proposed as soon as the log has been adopted    |
 * | another       | up         |                  | OMNIKV_NOT_LEADER at once, naming it            |
 * | another       | down       |                  | waits for an election, then … naming it         |
 * | none          |            | fewer than half  | waits, then OMNIKV_NO_QUORUM                    |
 * | none          |            | enough           | waits, then OMNIKV_NOT_LEADER                   |
 *
 * Waiting makes an election invisible to clients but for its time: nothing has been proposed yet,
 * so a request that waited too long is refused, never unknown (C6).
 */

import {
  PATIENCE_WITH_ELECTION_MS,
  PATIENCE_WITHOUT_LINK_MS,
  PATIENCE_WITHOUT_QUORUM_MS,
} from '../limits.js';
import type { Refusal } from './request.js';

export interface LeadershipView {
  readonly pid: number;
  readonly serverCount: number;
  /** Peers with an open connection. */
  readonly connected: ReadonlySet<number>;
  readonly leader: { readonly pid: number; readonly isReady: boolean } | undefined;
}

export type Disposition =
  | { readonly kind: 'serve' }
  /** Requests older than `patienceMs` get the refusal. */
  | { readonly kind: 'wait'; readonly patienceMs: number; readonly refusal: Refusal };

export const SERVE: Disposition = { kind: 'serve' };

export function dispositionOf(view: LeadershipView): Disposition {
  const { pid, leader, connected } = view;
  if (leader?.pid === pid) {
    if (leader.isReady) return SERVE;
    return wait(PATIENCE_WITH_ELECTION_MS, notLeader('this node leads, but is not ready yet', 0));
  }
  if (leader !== undefined && connected.has(leader.pid)) {
    return wait(0, notLeader(`node ${leader.pid} leads`, leader.pid));
  }
  const reachedCount = connected.size + 1;
  if (reachedCount * 2 <= view.serverCount) {
    const message = `node ${pid} reaches ${reachedCount} of ${view.serverCount} nodes, itself included`;
    return wait(PATIENCE_WITHOUT_QUORUM_MS, {
      code: 'OMNIKV_NO_QUORUM',
      message,
      leader: leader?.pid ?? 0,
    });
  }
  if (leader === undefined) {
    return wait(PATIENCE_WITH_ELECTION_MS, notLeader('no leader is known', 0));
  }
  const message = `node ${leader.pid} leads, and node ${pid} does not reach it`;
  return wait(PATIENCE_WITHOUT_LINK_MS, notLeader(message, leader.pid));
}

function wait(patienceMs: number, refusal: Refusal): Disposition {
  return { kind: 'wait', patienceMs, refusal };
}

function notLeader(message: string, leader: number): Refusal {
  return { code: 'OMNIKV_NOT_LEADER', message, leader };
}
