/**
 * Requests of clients that cannot ask the leader themselves, passed on for them (X7).
 *
 *     client → this node → the leader                    where this node has heard it lately
 *     client → this node → a neighbour → the leader      where only a neighbour has: one hop more
 *
 * The leader executes them, reads included, as it does for its own clients; a request keeps its session
 * and sequence, or its nonce, so passing it on twice is safe. The neighbour only passes on: it repeats
 * nothing, and what comes with no hop left it passes on to nobody.
 *
 * A silent cut gives no hint. Where no answer comes for a moment the next way is tried, or the only one
 * again. What cannot be settled is unknown (C4), and the client asks again. No change that has left this
 * node is ever refused: whoever refuses one copy of it says nothing of another.
 */

import { RELAY_FOR_OTHERS_MS, RELAY_PATIENCE_MS, RELAY_SUSPICION_MS } from '../limits.js';
import type { ServerReply, ServerReplyBody } from '../wire/client-messages.js';
import type { ReceivedRequest } from '../wire/client-request-codec.js';
import type { ReceivedRelay, RelayMessage } from '../wire/relay-codec.js';
import type { Consensus } from './consensus.js';
import { RelayedRequests, type Relayed } from './relayed-requests.js';
import {
  answerUnknown,
  DEADLINE_PASSED,
  refuse,
  type Refusal,
  type ReplySink,
  type Waiter,
} from './request.js';

export interface RelayOptions {
  readonly pid: number;
  /** See `RelayedRequests`. */
  readonly firstId: number;
  readonly consensus: Pick<Consensus, 'routesToLeader' | 'getCurrentLeader'>;
  /** Peers with an open connection that is not full, which understand what is relayed. */
  readonly canSendTo: (pid: number) => boolean;
  readonly send: (to: number, message: RelayMessage) => void;
  /** What this node answers itself, as its own clients' requests. */
  readonly serve: (sink: ReplySink, request: ReceivedRequest) => void;
}

const NO_WAY: Refusal = {
  code: 'OMNIKV_NOT_LEADER',
  message: 'this node knows no way to a leader',
  leader: 0,
};
const NOT_HEARD: Refusal = {
  code: 'OMNIKV_NOT_LEADER',
  message: 'the node that was asked to relay does not hear the leader',
  leader: 0,
};
const TOO_MANY: Refusal = {
  code: 'OMNIKV_OVERLOADED',
  message: 'too many requests are being relayed',
  leader: 0,
};
/** Another node may find a way. */
const LOST: Refusal = {
  code: 'OMNIKV_UNREACHABLE',
  message: 'a relayed read was not answered',
  leader: 0,
};

export class Relay {
  readonly #options: RelayOptions;
  readonly #relayed: RelayedRequests;
  /** Ways on which no answer came, or a refusal, and until when another one goes first. */
  readonly #suspectUntilMs = new Map<number, number>();

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#relayed = new RelayedRequests(options.firstId);
  }

  /** Passed on, and not answered. */
  get count(): number {
    return this.#relayed.count;
  }

  /** The neighbour that stands between this node and the leader now; undefined: none is needed. */
  neighbourAt(nowMs: number): number | undefined {
    const routes = this.#options.consensus.routesToLeader();
    const via = this.#nextWay(nowMs);
    return via === undefined || via === routes?.leader ? undefined : via;
  }

  /** Takes a request of a client of this node that must be passed on. False: it need not be. */
  relay(waiter: Waiter, request: ReceivedRequest): boolean {
    const isLocal = 'consistency' in request.body && request.body.consistency === 'local';
    if (request.isRelayable !== true || isLocal) return false;
    const { consensus, pid } = this.#options;
    if (consensus.routesToLeader() === undefined && consensus.getCurrentLeader()?.pid === pid) {
      return false;
    }
    const nowMs = waiter.arrivedAtMs;
    const via = this.#nextWay(nowMs);
    // Asking again is cheap, and an election is short.
    if (via === undefined) refuse(waiter, NO_WAY);
    else this.#begin({ ...waiter, request, via, isOwn: true }, nowMs);
    return true;
  }

  /** What another node relays, or answers. */
  handle(from: number, message: ReceivedRelay, nowMs: number): void {
    if (message.kind === 'reply') {
      this.#handleReply(from, message.reply, nowMs);
      return;
    }
    const { request, hopsLeft } = message;
    const sink: ReplySink = {
      reply: (id, body) => this.#options.send(from, { kind: 'reply', reply: { id, body } }),
    };
    const routes = this.#options.consensus.routesToLeader();
    if (hopsLeft === 0 || routes === undefined) {
      this.#options.serve(sink, { ...request, isRelayable: false });
      return;
    }
    // Whoever has given it up meanwhile has sent another one.
    const deadlineAtMs = nowMs + Math.min(request.deadlineMs, RELAY_FOR_OTHERS_MS);
    const waiter = { sink, requestId: request.id, arrivedAtMs: nowMs, deadlineAtMs };
    const [via] = routes.via;
    if (via === routes.leader && this.#options.canSendTo(via)) {
      this.#begin({ ...waiter, request, via, isOwn: false }, nowMs);
    } else refuse(waiter, { ...NOT_HEARD, leader: routes.leader });
  }

  /** N8: the connection to this peer is gone, and with it what was under way. */
  linkDown(pid: number, nowMs: number): void {
    for (const relayed of this.#relayed.all()) {
      if (relayed.via !== pid) continue;
      const next = relayed.isOwn ? this.#nextWay(nowMs) : undefined;
      if (next === undefined || next === pid) this.#lose(relayed, LOST);
      else this.#send(relayed, next, nowMs);
    }
  }

  /** Every few ticks: deadlines, and ways that give no answer. */
  look(nowMs: number): void {
    for (const relayed of this.#relayed.all()) {
      if (nowMs >= relayed.deadlineAtMs) this.#lose(relayed, DEADLINE_PASSED);
      else if (relayed.isOwn && nowMs - relayed.sentAtMs >= relayed.patienceMs) {
        this.#suspect(relayed.via, nowMs);
        relayed.patienceMs *= 2;
        // The only way again where there is no other: it may be slow, or have lost one frame.
        const next = this.#nextWay(nowMs);
        if (next === undefined) this.#lose(relayed, LOST);
        else this.#send(relayed, next, nowMs);
      }
    }
  }

  /** Nothing is waited for any more. */
  endAll(): void {
    for (const relayed of this.#relayed.all()) this.#lose(relayed, LOST);
  }

  #begin(fields: Waiter & Pick<Relayed, 'request' | 'via' | 'isOwn'>, nowMs: number): void {
    const patienceMs = RELAY_PATIENCE_MS;
    const relayed = this.#relayed.add({ ...fields, patienceMs, sentAtMs: nowMs });
    if (relayed === undefined) refuse(fields, TOO_MANY);
    else this.#send(relayed, fields.via, nowMs);
  }

  #send(relayed: Relayed, via: number, nowMs: number): void {
    const { consensus, send } = this.#options;
    const { id, request, isOwn } = relayed;
    relayed.via = via;
    relayed.sentAtMs = nowMs;
    relayed.asked.add(via);
    const hopsLeft = isOwn && via !== consensus.routesToLeader()?.leader ? 1 : 0;
    const deadlineMs = Math.max(1, relayed.deadlineAtMs - nowMs);
    const { body } = request;
    send(via, { kind: 'request', hopsLeft, request: { id, deadlineMs, body } });
  }

  #handleReply(from: number, { id, body }: ServerReply, nowMs: number): void {
    const relayed = this.#relayed.find(id);
    if (relayed?.asked.has(from) !== true) return;
    if (body.kind === 'refused') {
      this.#suspect(from, nowMs);
      // One that has not been asked may know more; nobody is asked twice for a refusal.
      const next = relayed.isOwn ? this.#nextWay(nowMs) : undefined;
      if (next !== undefined && !relayed.asked.has(next)) {
        this.#send(relayed, next, nowMs);
        return;
      }
    } else this.#suspectUntilMs.delete(from);
    const isChange = relayed.request.body.kind === 'execute';
    // C4: between nodes a frame may come twice (N9): of a change, one copy's refusal says nothing.
    if (isChange && !isOutcome(body)) this.#lose(relayed, LOST);
    else this.#settle(relayed, body);
  }

  #suspect(pid: number, nowMs: number): void {
    this.#suspectUntilMs.set(pid, nowMs + RELAY_SUSPICION_MS);
  }

  #nextWay(nowMs: number): number | undefined {
    const routes = this.#options.consensus.routesToLeader();
    const via = (routes?.via ?? []).filter((pid) => this.#options.canSendTo(pid));
    return via.find((pid) => (this.#suspectUntilMs.get(pid) ?? 0) <= nowMs) ?? via[0];
  }

  #settle(relayed: Relayed, body: ServerReplyBody): void {
    this.#relayed.remove(relayed);
    relayed.sink.reply(relayed.requestId, body);
  }

  /** C4: a change that was passed on may have taken effect; a read leaves no trace. */
  #lose(relayed: Relayed, refusal: Refusal): void {
    this.#relayed.remove(relayed);
    const isChange = relayed.request.body.kind === 'execute';
    if (isChange) answerUnknown(relayed, 'no result came back of a request that was relayed');
    else refuse(relayed, refusal);
  }
}

/** A refusal is none, and neither is "expired", which another copy of the request may have brought about. */
function isOutcome(body: ServerReplyBody): boolean {
  if (body.kind !== 'executed') return false;
  return body.reply.kind === 'executed' || body.reply.kind === 'registered';
}
