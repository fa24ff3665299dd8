/**
 * Outgoing messages, each held back until what it says is durable (P1, P2, P3).
 *
 * A message is stamped when its content is fixed, and its content is never computed again. It
 * leaves when the position of its stamp is durable; those that wait do not hold up the others.
 */

import type { ConfigurationId, Pid, StoragePosition } from './ballot.js';
import type { Message, MessageBody } from './messages.js';

interface Held<T> {
  readonly after: StoragePosition;
  readonly message: Message<T>;
}

export class Outbox<T> {
  readonly #configurationId: ConfigurationId;
  readonly #pid: Pid;
  #held: Held<T>[] = [];

  constructor(options: { readonly configurationId: ConfigurationId; readonly pid: Pid }) {
    this.#configurationId = options.configurationId;
    this.#pid = options.pid;
  }

  send(to: Pid, body: MessageBody<T>, after: StoragePosition): void {
    const message = { configurationId: this.#configurationId, from: this.#pid, to, body };
    this.#held.push({ after, message });
  }

  take(durablePosition: StoragePosition): Message<T>[] {
    const released: Message<T>[] = [];
    const waiting: Held<T>[] = [];
    for (const held of this.#held) {
      if (held.after <= durablePosition) released.push(held.message);
      else waiting.push(held);
    }
    this.#held = waiting;
    return released;
  }
}
