/**
 * One node's end of the link to one peer, in one life of its process: `transport/peer-link.ts`
 * without sockets.
 *
 * It must tell up and down exactly as the table there says: every loss is followed by `onDown` if
 * up was told, every repair by `onUp`. It dials by itself, with the same back-off.
 */

import {
  RECONNECT_BACKOFF_MAX_MS,
  RECONNECT_BACKOFF_MIN_MS,
  STABLE_LINK_MS,
} from '../../limits.js';
import type { EventQueue } from '../event-queue.js';
import type { Prng } from '../prng.js';
import type { Connection } from './connection.js';

export interface LinkEndHandlers {
  /** Begins to dial; `opened` or `dialFailed` follows, never from inside. */
  dial(end: LinkEnd): Connection;
  /** This end has closed a connection that the other end still holds. */
  onClosedHere(connection: Connection): void;
  onUp(at: number, peer: number): void;
  onDown(at: number, peer: number): void;
}

type Outbound =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'dialling'; readonly connection: Connection }
  | { readonly kind: 'open'; readonly connection: Connection; readonly sinceUs: number };

const IDLE: Outbound = { kind: 'idle' };
const US_PER_MS = 1_000;

export class LinkEnd {
  readonly at: number;
  readonly peer: number;
  readonly #queue: EventQueue;
  readonly #prng: Prng;
  readonly #handlers: LinkEndHandlers;
  #outbound: Outbound = IDLE;
  #inbound: Connection | undefined;
  #isToldUp = false;
  #isClosed = false;
  #failureCount = 0;

  constructor(options: {
    readonly at: number;
    readonly peer: number;
    readonly queue: EventQueue;
    readonly prng: Prng;
    readonly handlers: LinkEndHandlers;
  }) {
    this.at = options.at;
    this.peer = options.peer;
    this.#queue = options.queue;
    this.#prng = options.prng;
    this.#handlers = options.handlers;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isUp(): boolean {
    return this.#isToldUp;
  }

  /** Where frames go; undefined while there is no connection. */
  get openOutbound(): Connection | undefined {
    return this.#outbound.kind === 'open' ? this.#outbound.connection : undefined;
  }

  /** Opening ones included. */
  get outboundConnection(): Connection | undefined {
    return 'connection' in this.#outbound ? this.#outbound.connection : undefined;
  }

  get inboundConnection(): Connection | undefined {
    return this.#inbound;
  }

  /** Dials now, unless a connection is open or on its way. */
  connect(): void {
    if (this.#isClosed || this.outboundConnection !== undefined) return;
    this.#outbound = { kind: 'dialling', connection: this.#handlers.dial(this) };
  }

  /** The peer has connected. */
  accept(connection: Connection): void {
    const older = this.#inbound;
    this.#inbound = connection;
    if (older !== undefined) {
      // N8: the newer connection replaces the older one.
      this.#handlers.onClosedHere(older);
      this.#tellDown();
    }
    if (this.#outbound.kind === 'open') this.#tellUp();
    else this.connect();
  }

  opened(connection: Connection): void {
    if (this.outboundConnection !== connection) return;
    this.#outbound = { kind: 'open', connection, sinceUs: this.#queue.nowUs };
    this.#tellUp();
  }

  dialFailed(connection: Connection): void {
    if (this.#outbound.kind !== 'dialling' || this.#outbound.connection !== connection) return;
    this.#failureCount++;
    this.#dialLater();
  }

  /** Our connection has ended, open or still opening. */
  outboundClosed(connection: Connection): void {
    const outbound = this.#outbound;
    if (outbound.kind !== 'open') {
      this.dialFailed(connection);
      return;
    }
    if (outbound.connection !== connection) return;
    const openUs = this.#queue.nowUs - outbound.sinceUs;
    this.#failureCount = openUs >= STABLE_LINK_MS * US_PER_MS ? 0 : this.#failureCount + 1;
    this.#dialLater();
    this.#tellDown();
  }

  /** The peer's connection has ended. */
  inboundClosed(connection: Connection): void {
    if (this.#inbound !== connection) return;
    this.#inbound = undefined;
    this.#tellDown();
  }

  /** The process has died: nobody here is told anything any more. */
  close(): void {
    this.#isClosed = true;
    this.#outbound = IDLE;
    this.#inbound = undefined;
  }

  #dialLater(): void {
    const exponent = Math.min(this.#failureCount, 16);
    const fullMs = Math.min(RECONNECT_BACKOFF_MAX_MS, RECONNECT_BACKOFF_MIN_MS * 2 ** exponent);
    const waiting: Outbound = { kind: 'waiting' };
    this.#outbound = waiting;
    this.#queue.after(fullMs * US_PER_MS * (0.5 + this.#prng.fraction() / 2), () => {
      if (this.#outbound === waiting) this.connect();
    });
  }

  #tellUp(): void {
    if (this.#isToldUp) return;
    this.#isToldUp = true;
    this.#handlers.onUp(this.at, this.peer);
  }

  #tellDown(): void {
    if (!this.#isToldUp) return;
    this.#isToldUp = false;
    this.#handlers.onDown(this.at, this.peer);
  }
}
