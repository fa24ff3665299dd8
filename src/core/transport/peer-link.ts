/**
 * The link to one peer: a connection that we dialled and send on, and one that the peer dialled
 * and we receive on (N8: at most one live connection per direction).
 *
 * Up and down are told so that every loss is followed by `onDown`, and every repair by `onUp`:
 *
 *     event                         told down before?   then
 *     our connection is accepted    -                   onUp, unless up
 *     our connection ends           -                   onDown if up; dial again after a back-off
 *     the peer's connection ends    -                   onDown if up; ours, if open, stays in use
 *     the peer connects             ours is open        onUp, unless up
 *     the peer connects             ours is not open    dial now: the peer is certainly there
 *     the peer connects anew (N8)   -                   the older one ends: onDown if up; as above
 *
 * While a fault cuts the link nothing is dialled, and the end of a connection is not told: behind a
 * silent cut nobody hears that a process died. It is told when the cut is over.
 *
 * Messages may be lost at any of these; `reconnected` in the protocol repairs that (N9).
 */

import {
  MAX_PEER_FRAME_BYTES,
  MAX_PEER_SEND_BUFFER_BYTES,
  RECONNECT_BACKOFF_MAX_MS,
  RECONNECT_BACKOFF_MIN_MS,
  STABLE_LINK_MS,
} from '../limits.js';
import type { Pid } from '../omnipaxos/ballot.js';
import type { Clock, Random, Scheduler, Timer } from '../platform/ports.js';
import type { Hello, RelayFrameKind } from '../wire/index.js';
import { FRAME_KIND, isRelayFrameKind, peekPeerSender } from '../wire/index.js';
import type { CloseReason } from './close-reason.js';
import { describeCloseReason } from './close-reason.js';
import type { DialFailure } from './dial.js';
import { dial } from './dial.js';
import type { FrameSocket } from './frame-socket.js';
import type { LogThrottle } from './log-throttle.js';
import type { PeerLinkCounters } from './peer-link-counters.js';
import { zeroPeerLinkCounters } from './peer-link-counters.js';

export interface PeerLinkOptions {
  readonly path: string;
  readonly hello: Hello;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: LogThrottle;
  /** A fault cuts one of the directions. */
  isBlocked(): boolean;
  onFrame(from: Pid, body: Uint8Array): void;
  onRelay(from: Pid, kind: RelayFrameKind, body: Uint8Array): void;
  onUp(pid: Pid): void;
  onDown(pid: Pid, reason: string): void;
}

type Outbound =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly timer: Timer }
  | { readonly kind: 'dialling'; readonly cancel: () => void }
  | {
      readonly kind: 'open';
      readonly socket: FrameSocket;
      readonly sinceMs: number;
      readonly version: number;
    };

const PEER_LIMITS = {
  maxBodyBytes: MAX_PEER_FRAME_BYTES,
  maxSendBufferBytes: MAX_PEER_SEND_BUFFER_BYTES,
} as const;

export class PeerLink {
  private readonly pid: Pid;
  private readonly tally = zeroPeerLinkCounters();
  private outbound: Outbound = { kind: 'idle' };
  private inbound: FrameSocket | undefined;
  private isToldUp = false;
  /** Behind a cut: a loss that nobody has been told of. */
  private untoldLoss: CloseReason | undefined;
  private isClosed = false;
  private failureCount = 0;

  constructor(private readonly options: PeerLinkOptions) {
    this.pid = options.hello.to;
  }

  get isUp(): boolean {
    return this.isToldUp;
  }

  /** What both ends speak; 0 without a connection to send on. */
  get version(): number {
    return this.outbound.kind === 'open' ? this.outbound.version : 0;
  }

  counters(): PeerLinkCounters {
    const totals = { ...this.tally };
    if (this.outbound.kind === 'open') addSent(totals, this.outbound.socket);
    if (this.inbound !== undefined) addReceived(totals, this.inbound);
    return totals;
  }

  send(frame: Uint8Array): boolean {
    return this.counted(this.outbound.kind === 'open' && this.outbound.socket.send(frame));
  }

  queue(frame: Uint8Array): boolean {
    return this.counted(this.outbound.kind === 'open' && this.outbound.socket.queue(frame));
  }

  flush(): void {
    if (this.outbound.kind === 'open') this.outbound.socket.flush();
  }

  /** Bytes that wait in the connection we send on. */
  get waitingBytes(): number {
    return this.outbound.kind === 'open' ? this.outbound.socket.waitingBytes : 0;
  }

  /** Dials now, unless a connection is open or on its way, or a cut is in the way. */
  connect(): void {
    if (this.isClosed || this.outbound.kind === 'open' || this.outbound.kind === 'dialling') return;
    if (this.outbound.kind === 'waiting') this.outbound.timer.cancel();
    this.outbound = { kind: 'idle' };
    if (this.options.isBlocked()) return;
    const { path, hello, scheduler } = this.options;
    const cancel = dial(
      { path, hello, scheduler },
      {
        onOpen: (socket, { version }) => this.opened(socket, version),
        onFailed: (failure) => this.dialFailed(failure),
      },
    );
    this.outbound = { kind: 'dialling', cancel };
  }

  /** The cut is over. */
  unblocked(): void {
    const loss = this.untoldLoss;
    this.untoldLoss = undefined;
    if (loss !== undefined) this.tellDown(loss);
    if (this.outbound.kind !== 'open') this.connect();
    else if (this.inbound !== undefined) this.tellUp();
  }

  /** Ends both connections, and says so even behind a cut. */
  reset(): void {
    const reason: CloseReason = { kind: 'reset' };
    if (this.outbound.kind === 'open') this.outbound.socket.close(reason);
    this.inbound?.close(reason);
  }

  /** The peer has connected and shaken hands. */
  accept(socket: FrameSocket): void {
    if (this.isClosed || this.options.isBlocked()) {
      socket.close({ kind: 'closedHere' });
      return;
    }
    const older = this.inbound;
    this.inbound = socket;
    if (older !== undefined) {
      this.tally.replacements++;
      this.forgetInbound(older, { kind: 'replaced' });
      older.close({ kind: 'replaced' });
    }
    socket.setLimits(PEER_LIMITS);
    socket.setHandlers({
      onFrame: (kind, body) => this.received(socket, kind, body),
      onClose: (reason) => {
        if (this.inbound !== socket) return;
        this.inbound = undefined;
        this.forgetInbound(socket, reason);
      },
    });
    if (this.outbound.kind === 'open') this.tellUp();
    else this.connect();
  }

  /** A message of this peer could not be decoded (N5). */
  rejectFrame(reason: string): void {
    this.inbound?.close({ kind: 'protocolError', detail: reason });
  }

  /** Silent: the owner is closing, nobody has to be told. */
  close(): void {
    this.isClosed = true;
    if (this.outbound.kind === 'waiting') this.outbound.timer.cancel();
    if (this.outbound.kind === 'dialling') this.outbound.cancel();
    if (this.outbound.kind === 'open') this.outbound.socket.close({ kind: 'closedHere' });
    this.inbound?.close({ kind: 'closedHere' });
    this.outbound = { kind: 'idle' };
    this.inbound = undefined;
  }

  private counted(isTaken: boolean): boolean {
    if (!isTaken) this.tally.framesDropped++;
    return isTaken;
  }

  private received(socket: FrameSocket, kind: number, body: Uint8Array): void {
    if (isRelayFrameKind(kind)) {
      this.options.onRelay(this.pid, kind, body);
      return;
    }
    if (kind !== FRAME_KIND.peerMessage) {
      socket.close({ kind: 'protocolError', detail: `a frame of kind ${kind} from a peer` });
      return;
    }
    // N6: nobody speaks for another.
    const from = peekPeerSender(body);
    if (from !== this.pid) {
      const detail = `a message of node ${from ?? 'unknown'} on the link of node ${this.pid}`;
      socket.close({ kind: 'protocolError', detail });
      return;
    }
    this.options.onFrame(from, body);
  }

  private opened(socket: FrameSocket, version: number): void {
    if (this.options.isBlocked()) {
      // It was on its way when the link was cut.
      socket.close({ kind: 'closedHere' });
      this.outbound = { kind: 'idle' };
      return;
    }
    this.tally.connects++;
    this.outbound = { kind: 'open', socket, sinceMs: this.options.clock.nowMs(), version };
    socket.setLimits(PEER_LIMITS);
    socket.setHandlers({
      onFrame: (kind) => {
        // What a peer has to say comes over the connection that it dialled.
        const detail = `a frame of kind ${kind} on our own connection`;
        socket.close({ kind: 'protocolError', detail });
      },
      onClose: (reason) => this.outboundClosed(socket, reason),
    });
    this.tellUp();
  }

  private outboundClosed(socket: FrameSocket, reason: CloseReason): void {
    if (this.isClosed || this.outbound.kind !== 'open') return;
    const openMs = this.options.clock.nowMs() - this.outbound.sinceMs;
    addSent(this.tally, socket);
    this.failureCount = openMs >= STABLE_LINK_MS ? 0 : this.failureCount + 1;
    this.outbound = { kind: 'idle' };
    this.countLoss(reason);
    this.dialLater();
    this.tellDown(reason);
  }

  private forgetInbound(socket: FrameSocket, reason: CloseReason): void {
    if (this.isClosed) return;
    addReceived(this.tally, socket);
    this.countLoss(reason);
    this.tellDown(reason);
  }

  private dialFailed(failure: DialFailure): void {
    if (this.isClosed) return;
    this.tally.dialFailures++;
    this.failureCount++;
    if (failure.kind !== 'unreachable') {
      this.options.log.warn(`peer ${this.pid}`, 'peer-refused', { peer: this.pid, ...failure });
    }
    this.outbound = { kind: 'idle' };
    this.dialLater();
  }

  /** Exponential, with jitter: all nodes see a restart at the same moment. */
  private dialLater(): void {
    const { random, scheduler } = this.options;
    const exponent = Math.min(this.failureCount, 16);
    const fullMs = Math.min(RECONNECT_BACKOFF_MAX_MS, RECONNECT_BACKOFF_MIN_MS * 2 ** exponent);
    const delayMs = fullMs * (0.5 + random.fraction() / 2);
    const timer = scheduler.after(delayMs, () => {
      this.outbound = { kind: 'idle' };
      this.connect();
    });
    this.outbound = { kind: 'waiting', timer };
  }

  private countLoss(reason: CloseReason): void {
    this.tally.losses++;
    if (reason.kind === 'sendBufferFull') this.tally.sendBufferOverflows++;
    if (reason.kind === 'protocolError') this.tally.protocolErrors++;
    if (reason.kind === 'sendBufferFull' || reason.kind === 'protocolError') {
      const fields = { peer: this.pid, reason: describeCloseReason(reason) };
      this.options.log.warn(`peer ${this.pid}`, 'peer-link-dropped', fields);
    }
  }

  private tellUp(): void {
    if (this.isToldUp) return;
    this.isToldUp = true;
    this.options.onUp(this.pid);
  }

  private tellDown(reason: CloseReason): void {
    if (!this.isToldUp) return;
    if (this.options.isBlocked() && reason.kind !== 'reset') {
      this.untoldLoss = reason;
      return;
    }
    this.untoldLoss = undefined;
    this.isToldUp = false;
    this.options.onDown(this.pid, describeCloseReason(reason));
  }
}

function addSent(totals: PeerLinkCounters, socket: FrameSocket): void {
  totals.framesSent += socket.traffic.framesSent;
  totals.bytesSent += socket.traffic.bytesSent;
}

function addReceived(totals: PeerLinkCounters, socket: FrameSocket): void {
  totals.framesReceived += socket.traffic.framesReceived;
  totals.bytesReceived += socket.traffic.bytesReceived;
}
