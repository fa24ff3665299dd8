/**
 * A call on its way: its exchange, its deadline, and where it is now.
 *
 * Invariant: a call is at exactly one place: held (it needs a session), at a link (waiting to be sent,
 * or sent), or parked until a time.
 */

import type { Exchange } from './exchange.js';
import type { NodeLink } from './node-link.js';
import type { Refusal } from './outcome.js';

export interface CallRoute {
  /** Only this node can answer. */
  readonly only?: number | undefined;
  /** The node to ask first. */
  readonly first?: number | undefined;
}

export class Call {
  readonly exchange: Exchange;
  readonly route: CallRoute;
  readonly startedAtMs: number;
  readonly deadlineAtMs: number;

  isEnded = false;
  link: NodeLink | undefined;
  /** The id of the request under way at the link; 0: none. */
  requestId = 0;
  /** When it is tried again; undefined: it is at a link, or held. */
  wakeAtMs: number | undefined;
  /** The node that refused last: another one first. */
  avoid: number | undefined;
  /** Attempts that were refused or lost. */
  failedAttempts = 0;
  /** Redirects followed since the last pause. */
  hopCount = 0;
  /** Its neighbours among the calls of the handle (call-list.ts). */
  previous: Call | undefined;
  next: Call | undefined;
  /** The most telling refusal so far: a missing quorum is kept over what comes later. */
  refusal: Refusal | undefined;

  constructor(exchange: Exchange, route: CallRoute, startedAtMs: number, deadlineAtMs: number) {
    this.exchange = exchange;
    this.route = route;
    this.startedAtMs = startedAtMs;
    this.deadlineAtMs = deadlineAtMs;
  }
}
