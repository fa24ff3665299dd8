/**
 * What `wait --for` can wait for.
 */

import { OmnikvError } from '../errors.js';

export type WaitCondition =
  | { readonly kind: 'leader' }
  /** As many nodes answer as a quorum needs. */
  | { readonly kind: 'quorum' }
  /** Every node answers and has decided what the leader had when it was asked. */
  | { readonly kind: 'synced' }
  | { readonly kind: 'decided'; readonly idx: number }
  | { readonly kind: 'node'; readonly pid: number; readonly state: 'up' | 'down' };

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
