/**
 * Which messages of the protocol a node takes now. Messages may be lost (N9), so what must not be taken
 * is treated as lost.
 */

import type { Message } from '../omnipaxos/messages.js';
import type { Consensus } from './consensus.js';
import type { Proposer } from './proposer.js';

export interface MessageGateOptions {
  readonly consensus: Pick<Consensus, 'status' | 'getAcceptedIdx'>;
  readonly proposer: Pick<Proposer, 'proposeLimits'>;
  readonly hasDiskReserve: () => boolean;
  /** E8: false for a node that is about to stop. */
  readonly mayLead: () => boolean;
}

export class MessageGate {
  readonly #options: MessageGateOptions;

  constructor(options: MessageGateOptions) {
    this.#options = options;
  }

  mayTake(message: Message<Uint8Array>): boolean {
    const { body } = message;
    switch (body.kind) {
      case 'proposalForward': {
        // C3: nothing stands in the log before the limits.
        const { role, phase } = this.#options.consensus.status();
        if (role !== 'leader' || phase !== 'accept') return false;
        this.#options.proposer.proposeLimits();
        return this.#options.consensus.getAcceptedIdx() > 0;
      }
      case 'handOver':
        return this.#options.mayLead() && this.#options.hasDiskReserve();
      case 'acceptSync':
      case 'acceptDecide':
      case 'decidedEntries':
        // D19: below the reserve it looks like a slow peer; the quorum goes on without it.
        return body.entries.length === 0 || this.#options.hasDiskReserve();
      default:
        return true;
    }
  }
}
