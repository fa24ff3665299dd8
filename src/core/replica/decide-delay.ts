/**
 * A bare Decide waits for the next AcceptDecide, which says the same, but never beyond a tick.
 *
 * Under load every Decide would otherwise wake each follower once more for every batch. Messages
 * may be delayed and reordered (N9), and an index never goes back: only the followers' own applied
 * state is a little later. Nothing else is ever held.
 */

import type { Message } from '../omnipaxos/messages.js';

export class DecideDelay {
  /** The latest for each peer. */
  readonly #held = new Map<number, Message<Uint8Array>>();

  /** What may go now. */
  pass(messages: readonly Message<Uint8Array>[]): readonly Message<Uint8Array>[] {
    const passing: Message<Uint8Array>[] = [];
    for (const message of messages) {
      if (message.body.kind === 'decide') {
        this.#held.set(message.to, message);
        continue;
      }
      // It carries the newest decided index, or ends the ballot that the held one speaks of.
      if (message.body.kind === 'acceptDecide') this.#held.delete(message.to);
      passing.push(message);
    }
    return passing;
  }

  /** At every tick. */
  takeHeld(): readonly Message<Uint8Array>[] {
    if (this.#held.size === 0) return [];
    const held = [...this.#held.values()];
    this.#held.clear();
    return held;
  }
}
