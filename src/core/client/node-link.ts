/**
 * The one connection to a node: what was sent and not answered, what waits to be sent.
 *
 * It routes nothing and judges no answer. Silence is judged here (N4): a kernel accepts connections
 * for a stopped process, so a link with questions open that hears nothing asks for a sign of life,
 * and is given up without one.
 */

import { OmnikvError } from '../errors.js';
import { MAX_CLIENT_INFLIGHT_REQUESTS } from '../limits.js';
import type { ServerReply, ServerReplyBody } from '../wire/client-messages.js';
import type { Call } from './call.js';
import { InFlightCalls } from './in-flight-calls.js';
import type { ConnectionHandlers, Connector, NodeConnection, NodeHello } from './connector.js';

const CONNECT_TIMEOUT_MS = 1_000;
/** A handshake takes a millisecond: what waits this long for one had better ask elsewhere. */
const SLOW_CONNECT_MS = 200;
const SILENCE_MS = 500;
/** A little earlier than ours, so that the server's word comes before we stop listening. */
const DEADLINE_SHARE = 0.95;

export interface LinkOwner {
  readonly floorIdx: number;
  nowMs(): number;
  /** X7: the leader cannot be reached from here. */
  needsRelayAt(nowMs: number): boolean;
  linkOpened(link: NodeLink, hello: NodeHello): void;
  linkAnswered(link: NodeLink, call: Call, body: ServerReplyBody): void;
  /** It is still connecting. `unsent` is untouched, and no longer here. */
  linkSlow(link: NodeLink, unsent: readonly Call[]): void;
  /** `sent`: without an answer for ever. `unsent`: untouched. */
  linkClosed(link: NodeLink, ended: LinkEnd): void;
}

export interface LinkEnd {
  readonly cause: OmnikvError;
  /** The connection was there, and nobody answered over it. */
  readonly isHung: boolean;
  readonly sent: readonly Call[];
  readonly unsent: readonly Call[];
}

export class NodeLink {
  readonly pid: number;
  readonly #owner: LinkOwner;
  readonly #connector: Connector;
  #connection: NodeConnection | undefined;
  #isOpen = false;
  #isClogged = false;
  readonly #sent = new InFlightCalls();
  #unsent: Call[] = [];
  /** When the connection was begun, or the last sign of life with questions open. */
  #quietSinceMs = 0;
  #hasHeard = false;
  #pingId = 0;

  constructor(pid: number, connector: Connector, owner: LinkOwner) {
    this.pid = pid;
    this.#connector = connector;
    this.#owner = owner;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  submit(call: Call, nowMs: number): void {
    call.link = this;
    call.wakeAtMs = undefined;
    this.#unsent.push(call);
    if (this.#isOpen) this.#sendWaiting(nowMs);
    else this.#connect();
  }

  /** The call has ended. A later answer to it will find nobody. */
  forget(call: Call): void {
    // One that waits stays in the line and is passed over: it has ended.
    this.#sent.remove(call);
    call.link = undefined;
  }

  /** Takes back what has not been sent, to send it elsewhere. */
  takeUnsent(): Call[] {
    const unsent = this.#unsent.filter((call) => !call.isEnded);
    this.#unsent = [];
    for (const call of unsent) call.link = undefined;
    return unsent;
  }

  /** To be called every few milliseconds while calls are under way. */
  tick(nowMs: number): void {
    if (this.#connection === undefined) return;
    if (this.#isOpen) this.#tickOpen(nowMs);
    else if (nowMs - this.#quietSinceMs >= CONNECT_TIMEOUT_MS) this.#giveUp('no handshake');
    else if (nowMs - this.#quietSinceMs >= SLOW_CONNECT_MS && this.#unsent.length > 0) {
      this.#owner.linkSlow(this, this.takeUnsent());
    }
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#isOpen = false;
  }

  #tickOpen(nowMs: number): void {
    if (this.#sent.count === 0 || this.#hasHeard) {
      this.#hasHeard = false;
      this.#pingId = 0;
      this.#quietSinceMs = nowMs;
    }
    if (nowMs - this.#quietSinceMs < SILENCE_MS) return;
    if (this.#pingId !== 0) {
      this.#giveUp('no sign of life');
      return;
    }
    this.#pingId = this.#sent.nextId();
    this.#quietSinceMs = nowMs;
    this.#connection?.send({ id: this.#pingId, deadlineMs: SILENCE_MS, body: { kind: 'ping' } });
  }

  #connect(): void {
    if (this.#connection !== undefined) return;
    this.#quietSinceMs = this.#owner.nowMs();
    const connection: NodeConnection = this.#connector(
      this.pid,
      this.#handlers(() => connection),
    );
    this.#connection = connection;
  }

  /** A connection that was replaced has no say any more. */
  #handlers(own: () => NodeConnection): ConnectionHandlers {
    const isCurrent = () => this.#connection !== undefined && this.#connection === own();
    return {
      opened: (hello) => {
        if (!isCurrent()) return;
        this.#isOpen = true;
        this.#isClogged = false;
        this.#hasHeard = true;
        this.#owner.linkOpened(this, hello);
        this.#sendWaiting();
      },
      replied: (reply) => {
        if (isCurrent()) this.#replied(reply);
      },
      closed: (cause) => {
        if (isCurrent()) this.#closed(cause, { isHung: false });
      },
      drained: () => {
        this.#isClogged = false;
        if (isCurrent()) this.#sendWaiting();
      },
    };
  }

  #sendWaiting(knownNowMs?: number): void {
    if (!this.#isOpen || this.#unsent.length === 0) return;
    const nowMs = knownNowMs ?? this.#owner.nowMs();
    let count = 0;
    // One place is kept for a ping.
    while (count < this.#unsent.length && this.#sent.count < MAX_CLIENT_INFLIGHT_REQUESTS - 1) {
      if (this.#isClogged) break;
      const call = this.#unsent[count]!;
      count += 1;
      if (!call.isEnded) this.#send(call, nowMs);
    }
    if (count === this.#unsent.length) this.#unsent = [];
    else this.#unsent.splice(0, count);
  }

  #send(call: Call, nowMs: number): void {
    this.#sent.add(call);
    const remainingMs = (call.deadlineAtMs - nowMs) * DEADLINE_SHARE;
    const body = call.exchange.body(this.#owner.floorIdx);
    // Said before the bytes leave: nothing that was sent may be taken for unsent.
    call.exchange.attemptSent();
    const deadlineMs = Math.max(1, Math.floor(remainingMs));
    const isRelayable = this.#owner.needsRelayAt(nowMs);
    this.#isClogged = !this.#connection!.send({
      id: call.requestId,
      deadlineMs,
      body,
      isRelayable,
    });
  }

  #replied(reply: ServerReply): void {
    this.#hasHeard = true;
    const call = this.#sent.take(reply.id);
    // A ping, or a call that has ended.
    if (call === undefined) return;
    call.link = undefined;
    this.#owner.linkAnswered(this, call, reply.body);
    this.#sendWaiting();
  }

  #giveUp(reason: string): void {
    this.#connection?.close();
    const cause = `node ${this.pid} does not answer: ${reason}`;
    this.#closed(new OmnikvError('OMNIKV_UNREACHABLE', cause), { isHung: true });
  }

  #closed(cause: OmnikvError, { isHung }: { readonly isHung: boolean }): void {
    this.#connection = undefined;
    this.#isOpen = false;
    this.#isClogged = false;
    this.#pingId = 0;
    const sent = this.#sent.takeAll();
    for (const call of sent) call.link = undefined;
    this.#owner.linkClosed(this, { cause, isHung, sent, unsent: this.takeUnsent() });
  }
}
