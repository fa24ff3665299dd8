/**
 * Every call of a handle that has not ended, in the order in which they began.
 *
 * A list through the calls themselves: nothing is allocated for a call, and a call that has left
 * points at no other one.
 */

import type { Call } from './call.js';

export class CallList {
  #first: Call | undefined;
  #last: Call | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  add(call: Call): void {
    call.previous = this.#last;
    if (this.#last === undefined) this.#first = call;
    else this.#last.next = call;
    this.#last = call;
  }

  remove(call: Call): void {
    const { previous, next } = call;
    if (previous === undefined && this.#first !== call) return;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    call.previous = undefined;
    call.next = undefined;
  }

  /** As they stand now: they may end meanwhile. */
  snapshot(): readonly Call[] {
    const calls: Call[] = [];
    for (let call = this.#first; call !== undefined; call = call.next) calls.push(call);
    return calls;
  }
}
