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
 * A silent cut gives no hint. Where no answer comes for a moment, the node that relays tries the next
 * way; what it cannot settle it answers as unknown (C4), and the client asks again. No change that has
 * left this node is ever refused: whoever refuses one copy of it says nothing of another.
 */

import { MAX_RELAYED_REQUESTS, RELAY_PATIENCE_MS, RELAY_SUSPICION_MS } from '../limits.js';
import type { ReceivedRequest } from '../wire/client-request-codec.js';
import type { ReceivedRelay, RelayMessage } from '../wire/relay-codec.js';
import type { ServerReply, ServerReplyBody } from '../wire/client-messages.js';
import type { Consensus } from './consensus.js';
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
  readonly consensus: Pick<Consensus, 'routesToLeader' | 'getCurrentLeader'>;
  /** Peers with an open connection, which understand what is relayed. */
  readonly canSendTo: (pid: number) => boolean;
  readonly send: (to: number, message: RelayMessage) => void;
  /** What this node answers itself, as its own clients' requests. */
  readonly serve: (sink: ReplySink, request: ReceivedRequest) => void;
}

/** A request on its way through this node. */
interface Relayed extends Waiter {
  readonly request: ReceivedRequest;
  /** Of a client of this node; false: of another node, which looks for other ways itself. */
  readonly isOwn: boolean;
  via: number;
  sentAtMs: number;
  /** Everybody who may still execute it. */
  readonly asked: Set<number>;
}

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

export class Relay {
  readonly #options: RelayOptions;
  /** By the id under which it was passed on, oldest first. */
  readonly #relayed = new Map<number, Relayed>();
  /** Ways on which no answer came, and until when another one goes first. */
  readonly #suspectUntilMs = new Map<number, number>();
  #lastId = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** The neighbour that stands between this node and the leader now; undefined: none is needed. */
  neighbourAt(nowMs: number): number | undefined {
    const routes = this.#options.consensus.routesToLeader();
    const via = this.#nextWay(nowMs);
    return via === undefined || via === routes?.leader ? undefined : via;
  }

  /** Passes on a request of a client of this node. False: it need not, or no way is known now. */
  relay(waiter: Waiter, request: ReceivedRequest): boolean {
    const isLocal = 'consistency' in request.body && request.body.consistency === 'local';
    if (request.isRelayable !== true || isLocal) return false;
    const nowMs = waiter.arrivedAtMs;
    const via = this.#nextWay(nowMs);
    if (via === undefined) return false;
    this.#begin({ waiter, request, via, isOwn: true }, nowMs);
    return true;
  }

  /** What another node relays, or answers. */
  handle(from: number, message: ReceivedRelay, nowMs: number): void {
    if (message.kind === 'reply') {
      this.#handleReply(from, message.reply);
      return;
    }
    const { request, hopsLeft } = message;
    const sink: ReplySink = {
      reply: (id, body) => this.#options.send(from, { kind: 'reply', reply: { id, body } }),
    };
    const leader = this.#options.consensus.routesToLeader();
    if (hopsLeft === 0 || leader === undefined) {
      this.#options.serve(sink, { ...request, isRelayable: false });
      return;
    }
    const deadlineAtMs = nowMs + request.deadlineMs;
    const waiter = { sink, requestId: request.id, arrivedAtMs: nowMs, deadlineAtMs };
    const via = leader.via[0];
    if (via === leader.leader && this.#options.canSendTo(via)) {
      this.#begin({ waiter, request, via, isOwn: false }, nowMs);
    } else refuse(waiter, { ...NOT_HEARD, leader: leader.leader });
  }

  #handleReply(from: number, { id, body }: ServerReply): void {
    const relayed = this.#relayed.get(id);
    if (relayed?.asked.has(from) !== true) return;
    this.#suspectUntilMs.delete(from);
    const isChange = relayed.request.body.kind === 'execute';
    // C4: between nodes a frame may come twice (N9): of a change, one copy's refusal says nothing.
    if (isChange && !isOutcome(body)) this.#lose(id, relayed);
    else this.#settle(id, relayed, body);
  }

  /** N8: the connection to this peer is gone, and with it what was under way. */
  linkDown(pid: number, nowMs: number): void {
    for (const [id, relayed] of [...this.#relayed]) {
      if (relayed.via === pid) this.#tryAnother(id, relayed, nowMs);
    }
  }

  /** Every few ticks: deadlines, and ways that give no answer. */
  look(nowMs: number): void {
    for (const [id, relayed] of [...this.#relayed]) {
      if (nowMs >= relayed.deadlineAtMs) this.#lose(id, relayed);
      else if (relayed.isOwn && nowMs - relayed.sentAtMs >= RELAY_PATIENCE_MS) {
        this.#suspectUntilMs.set(relayed.via, nowMs + RELAY_SUSPICION_MS);
        this.#tryAnother(id, relayed, nowMs);
      }
    }
  }

  /** Nothing is waited for any more. */
  endAll(): void {
    for (const [id, relayed] of [...this.#relayed]) this.#lose(id, relayed);
  }

  #begin(
    {
      waiter,
      request,
      via,
      isOwn,
    }: {
      readonly waiter: Waiter;
      readonly request: ReceivedRequest;
      readonly via: number;
      readonly isOwn: boolean;
    },
    nowMs: number,
  ): void {
    if (this.#relayed.size >= MAX_RELAYED_REQUESTS) {
      refuse(waiter, TOO_MANY);
      return;
    }
    const id = ++this.#lastId;
    const relayed = { ...waiter, request, isOwn, via, sentAtMs: nowMs, asked: new Set<number>() };
    this.#relayed.set(id, relayed);
    this.#send(id, relayed, nowMs);
  }

  #send(id: number, relayed: Relayed, nowMs: number): void {
    const { consensus, send } = this.#options;
    const { via, request, isOwn } = relayed;
    relayed.sentAtMs = nowMs;
    relayed.asked.add(via);
    const hopsLeft = isOwn && via !== consensus.routesToLeader()?.leader ? 1 : 0;
    const deadlineMs = Math.max(1, relayed.deadlineAtMs - nowMs);
    const { body } = request;
    send(via, { kind: 'request', hopsLeft, request: { id, deadlineMs, body } });
  }

  /** Where no way is left the client is told so at once, and asks again. */
  #tryAnother(id: number, relayed: Relayed, nowMs: number): void {
    const next = relayed.isOwn ? this.#nextWay(nowMs) : undefined;
    if (next === undefined || next === relayed.via) {
      this.#lose(id, relayed);
      return;
    }
    relayed.via = next;
    // Behind the younger ones: it has just been sent.
    this.#relayed.delete(id);
    this.#relayed.set(id, relayed);
    this.#send(id, relayed, nowMs);
  }

  #nextWay(nowMs: number): number | undefined {
    const routes = this.#options.consensus.routesToLeader();
    const via = (routes?.via ?? []).filter((pid) => this.#options.canSendTo(pid));
    return via.find((pid) => (this.#suspectUntilMs.get(pid) ?? 0) <= nowMs) ?? via[0];
  }

  #settle(id: number, relayed: Relayed, body: ServerReplyBody): void {
    this.#relayed.delete(id);
    relayed.sink.reply(relayed.requestId, body);
  }

  /** C4: a change that was passed on may have taken effect; a read leaves no trace. */
  #lose(id: number, relayed: Relayed): void {
    this.#relayed.delete(id);
    const isChange = relayed.request.body.kind === 'execute';
    if (isChange) answerUnknown(relayed, 'no answer came back of a request that was relayed');
    else refuse(relayed, { ...DEADLINE_PASSED, message: 'a relayed read was not answered' });
  }
}

/** A refusal is none, and neither is "expired", which another copy of the request may have brought about. */
function isOutcome(body: ServerReplyBody): boolean {
  if (body.kind !== 'executed') return false;
  return body.reply.kind === 'executed' || body.reply.kind === 'registered';
}
