/**
 * Leadership (4): a ballot is led by one life of one process, and by the server it names.
 *
 * Whoever sends as a leader, or says that it leads, claims its ballot for ever: a process that was
 * restarted must not use a ballot of the one before. A ballot that was never shown may be used again:
 * its promise was lost with the process (P2).
 */

import { ballotsEqual, compareBallots, formatBallot, type Ballot } from '../../omnipaxos/ballot.js';
import type { MessageBody } from '../../omnipaxos/messages.js';
import { InvariantViolation } from './invariant-violation.js';
import type { ObservedNode } from './observed-node.js';

interface Claim {
  readonly life: number;
  readonly ballot: Ballot;
}

export class Leadership {
  readonly #owners = new Map<string, string>();
  /** The last claim of each node: nearly always the next one too. */
  readonly #lastClaims = new Map<number, Claim>();

  /** What the node takes itself for: without a peer nothing is ever sent. */
  observe(node: ObservedNode): void {
    const leader = node.consensus.getCurrentLeader();
    if (leader?.pid !== node.pid) return;
    const isDurable = compareBallots(node.shadow.durable.promise, leader.ballot) >= 0;
    if (isDurable) this.#claim(node, leader.ballot);
  }

  checkMessage(node: ObservedNode, body: MessageBody<Uint8Array>): void {
    switch (body.kind) {
      case 'prepare':
      case 'acceptSync':
      case 'acceptDecide':
      case 'decide':
      case 'readRequest':
      case 'handOver':
        this.#claim(node, body.n);
        break;
      case 'heartbeatRequest':
        if (body.progress !== undefined) this.#claim(node, body.progress.n);
        break;
      case 'heartbeatReply':
        // Not `leader`: after a restart that is what was promised before it.
        if (body.ballot.n > 0) this.#claim(node, body.ballot);
        break;
      default:
        break;
    }
  }

  #claim(node: ObservedNode, ballot: Ballot): void {
    const { pid, life } = node;
    const last = this.#lastClaims.get(pid);
    if (last?.life === life && ballotsEqual(last.ballot, ballot)) return;
    this.#lastClaims.set(pid, { life, ballot });
    const key = formatBallot(ballot);
    if (ballot.pid !== pid) {
      throw new InvariantViolation(4, `node ${pid} leads ballot ${key} of node ${ballot.pid}`);
    }
    const owner = `node ${pid}, life ${life}`;
    const known = this.#owners.get(key) ?? owner;
    this.#owners.set(key, known);
    if (known === owner) return;
    throw new InvariantViolation(4, `ballot ${key} is led by ${owner} and by ${known}`);
  }
}
