/**
 * The calls that were sent over a connection and have no answer yet, found by request id.
 *
 * Slots in a ring, not a Map: a Map that is filled and emptied a hundred thousand times a second leaves
 * dead tables behind that keep dead calls alive through many collections.
 */

import { assert } from '../assert.js';
import { MAX_CLIENT_INFLIGHT_REQUESTS } from '../limits.js';
import type { Call } from './call.js';

const CAPACITY = MAX_CLIENT_INFLIGHT_REQUESTS;

export class InFlightCalls {
  readonly #slots: (Call | undefined)[] = new Array<Call | undefined>(CAPACITY).fill(undefined);
  #count = 0;
  #lastId = 0;

  get count(): number {
    return this.#count;
  }

  /** An id that no call here has, and that was never given before. */
  nextId(): number {
    do this.#lastId += 1;
    while (this.#count < CAPACITY && this.#slots[this.#lastId % CAPACITY] !== undefined);
    return this.#lastId;
  }

  /** Gives the call its request id. */
  add(call: Call): void {
    assert(this.#count < CAPACITY, 'calls in flight are bounded by what a server takes');
    call.requestId = this.nextId();
    this.#slots[call.requestId % CAPACITY] = call;
    this.#count += 1;
  }

  /** The call with this id, which is in flight no more; undefined: it has ended. */
  take(id: number): Call | undefined {
    const call = this.#slots[id % CAPACITY];
    if (call?.requestId !== id) return undefined;
    this.remove(call);
    return call;
  }

  /** Nothing where it is not here. */
  remove(call: Call): void {
    const slot = call.requestId % CAPACITY;
    call.requestId = 0;
    if (this.#slots[slot] !== call) return;
    this.#slots[slot] = undefined;
    this.#count -= 1;
  }

  /** All of them, in the order in which they were sent. */
  takeAll(): readonly Call[] {
    const calls = this.#slots.filter((call) => call !== undefined);
    calls.sort((a, b) => a.requestId - b.requestId);
    for (const call of calls) this.remove(call);
    return calls;
  }
}
