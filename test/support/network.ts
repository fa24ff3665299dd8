/**
 * Links between the nodes of a test cluster: latency, loss, duplication, reordering, one-way cuts.
 *
 * A link is one direction of one pair. Without `reorders` it is first in, first out, as a socket
 * is. A cut drops what is sent from then on; what is under way still arrives.
 */

import type { Pid } from '../../src/core/omnipaxos/ballot.js';
import type { Message } from '../../src/core/omnipaxos/messages.js';
import type { EventQueue } from '../../src/core/simulator/event-queue.js';
import type { Prng } from '../../src/core/simulator/prng.js';

export interface Range {
  readonly min: number;
  readonly max: number;
}

export interface LinkBehaviour {
  readonly latencyUs: Range;
  readonly lossRate: number;
  readonly duplicationRate: number;
  readonly reorders: boolean;
}

export const GOOD_LINK: LinkBehaviour = {
  latencyUs: { min: 100, max: 300 },
  lossRate: 0,
  duplicationRate: 0,
  reorders: false,
};

interface Link {
  readonly prng: Prng;
  lastArrivalUs: number;
}

export class Network<T> {
  /** Drops the messages for which it says so, whatever the link does. */
  drops: ((message: Message<T>) => boolean) | undefined;
  /** Sees every message that is sent, before loss. */
  onSent: ((message: Message<T>) => void) | undefined;
  behaviour: LinkBehaviour;
  readonly #events: EventQueue;
  readonly #prng: Prng;
  readonly #deliver: (message: Message<T>) => void;
  readonly #links = new Map<string, Link>();
  readonly #cut = new Set<string>();

  constructor(options: {
    readonly events: EventQueue;
    readonly prng: Prng;
    readonly behaviour: LinkBehaviour;
    readonly deliver: (message: Message<T>) => void;
  }) {
    this.#events = options.events;
    this.#prng = options.prng;
    this.behaviour = options.behaviour;
    this.#deliver = options.deliver;
  }

  cut(from: Pid, to: Pid): void {
    this.#cut.add(linkName(from, to));
  }

  heal(from: Pid, to: Pid): void {
    this.#cut.delete(linkName(from, to));
  }

  healAll(): void {
    this.#cut.clear();
  }

  isUp(from: Pid, to: Pid): boolean {
    return !this.#cut.has(linkName(from, to));
  }

  send(message: Message<T>): void {
    this.onSent?.(message);
    const { from, to } = message;
    if (!this.isUp(from, to) || this.drops?.(message) === true) return;
    const link = this.#link(from, to);
    const { lossRate, duplicationRate } = this.behaviour;
    if (link.prng.chance(lossRate)) return;
    this.#schedule(link, message);
    if (link.prng.chance(duplicationRate)) this.#schedule(link, message);
  }

  #schedule(link: Link, message: Message<T>): void {
    const { latencyUs, reorders } = this.behaviour;
    let arrivalUs = this.#events.nowUs + link.prng.int(latencyUs.min, latencyUs.max);
    if (!reorders) arrivalUs = Math.max(arrivalUs, link.lastArrivalUs);
    link.lastArrivalUs = Math.max(arrivalUs, link.lastArrivalUs);
    this.#events.at(arrivalUs, () => this.#deliver(message));
  }

  #link(from: Pid, to: Pid): Link {
    const name = linkName(from, to);
    let link = this.#links.get(name);
    if (link === undefined) {
      link = { prng: this.#prng.split(name), lastArrivalUs: 0 };
      this.#links.set(name, link);
    }
    return link;
  }
}

function linkName(from: Pid, to: Pid): string {
  return `${from}→${to}`;
}
