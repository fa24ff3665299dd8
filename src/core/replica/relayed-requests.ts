/**
 * The requests that a node has passed on and that are not answered: found by the id under which they
 * went, bounded in number and in bytes (R1).
 */

import { MAX_RELAYED_REQUESTS, MAX_WAITING_REQUEST_BYTES } from '../limits.js';
import type { ReceivedRequest } from '../wire/client-request-codec.js';
import type { Waiter } from './request.js';

/** A request on its way through this node. */
export interface Relayed extends Waiter {
  readonly id: number;
  readonly request: ReceivedRequest;
  /** Of a client of this node; false: of another node, which looks for other ways itself. */
  readonly isOwn: boolean;
  via: number;
  sentAtMs: number;
  /** How long the next answer is waited for; doubled with each attempt. */
  patienceMs: number;
  /** Everybody who may still answer. */
  readonly asked: Set<number>;
}

export class RelayedRequests {
  readonly #byId = new Map<number, Relayed>();
  #bytes = 0;
  #nextId: number;

  /** Ids count from `firstId`: an answer to the last life of a node must find nobody in this one. */
  constructor(firstId: number) {
    this.#nextId = firstId;
  }

  get count(): number {
    return this.#byId.size;
  }

  /** Undefined: too many, or too much. */
  add(fields: Omit<Relayed, 'id' | 'asked'>): Relayed | undefined {
    const sizeBytes = sizeOf(fields.request);
    const isFull = this.#byId.size >= MAX_RELAYED_REQUESTS;
    if (isFull || this.#bytes + sizeBytes > MAX_WAITING_REQUEST_BYTES) return undefined;
    const relayed = { ...fields, id: this.#nextId++, asked: new Set<number>() };
    this.#byId.set(relayed.id, relayed);
    this.#bytes += sizeBytes;
    return relayed;
  }

  find(id: number): Relayed | undefined {
    return this.#byId.get(id);
  }

  remove(relayed: Relayed): void {
    if (this.#byId.delete(relayed.id)) this.#bytes -= sizeOf(relayed.request);
  }

  /** As they stand now. */
  all(): readonly Relayed[] {
    return [...this.#byId.values()];
  }
}

/** Reads are small: a key, or the bounds of a scan. */
function sizeOf({ commandBytes }: ReceivedRequest): number {
  return commandBytes?.length ?? 0;
}
