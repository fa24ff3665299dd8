/**
 * The listening socket of a node: accepts, shakes hands, and hands peers to `PeerLinks` and clients
 * to the gateway.
 *
 * Until its hello is accepted a connection costs at most 4 KiB and two seconds (N6). Garbage closes
 * that connection, is counted, and is logged once a minute (N5); nothing that comes over a socket
 * ends the process. Without file descriptors accepting rests (R7).
 *
 * N3: the caller holds the data-directory guard from before `listen` until `close` has resolved.
 */

import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';

import {
  ACCEPT_PAUSE_MS,
  HANDSHAKE_TIMEOUT_MS,
  MAX_CLIENT_CONNECTIONS,
  MAX_HANDSHAKE_BYTES,
  MAX_PENDING_HANDSHAKES,
} from '../limits.js';
import type { Pid } from '../omnipaxos/ballot.js';
import type { Clock, Logger, Scheduler, SocketFiles } from '../platform/ports.js';
import type { Hello, Rejection } from '../wire/index.js';
import { decodeHello, encodeHelloReply, FRAME_KIND } from '../wire/index.js';
import { ClientGatewayConnection } from './client-gateway-connection.js';
import type { CloseReason } from './close-reason.js';
import { describeCloseReason } from './close-reason.js';
import { FrameSocket } from './frame-socket.js';
import { judgeHello } from './judge-hello.js';
import { LogThrottle } from './log-throttle.js';
import type { PeerLinks } from './peer-links.js';
import { listenAt } from './socket-listener.js';

export interface SocketServerOptions {
  readonly path: string;
  readonly pid: Pid;
  readonly clusterId: Uint8Array;
  readonly socketFiles: SocketFiles;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** Takes the inbound connections of peers. */
  readonly links: PeerLinks;
  readonly handshakeTimeoutMs?: number;
  /** What a hello is answered with. `leader` 0: not known. */
  describe(): { readonly appliedIdx: number; readonly leader: Pid };
  onClient(connection: ClientGatewayConnection): void;
}

export interface SocketServerCounters {
  accepted: number;
  /** Closed at once: too many, or accepting rests. */
  turnedAway: number;
  acceptErrors: number;
  handshakeFailures: number;
  rejections: number;
  /** N5, of clients and of connections without a handshake. */
  protocolErrors: number;
  /** R4. */
  slowClients: number;
}

export class SocketServer {
  private readonly server: Server;
  private readonly log: LogThrottle;
  private readonly tally: SocketServerCounters = {
    accepted: 0,
    turnedAway: 0,
    acceptErrors: 0,
    handshakeFailures: 0,
    rejections: 0,
    protocolErrors: 0,
    slowClients: 0,
  };
  private readonly sockets = new Set<FrameSocket>();
  private readonly clients = new Set<ClientGatewayConnection>();
  private pendingHandshakes = 0;
  private nextClientId = 1;
  private isResting = false;
  private isStopping = false;

  constructor(private readonly options: SocketServerOptions) {
    this.log = new LogThrottle(options.logger, options.clock);
    this.server = createServer((socket) => this.accept(socket));
  }

  /** Rejects with an `OmnikvError`; see `listenAt`. */
  async listen(): Promise<void> {
    await listenAt(this.server, this.options.path, this.options.socketFiles);
    this.server.on('error', (error) => this.acceptFailed(error));
  }

  get clientCount(): number {
    return this.clients.size;
  }

  counters(): SocketServerCounters {
    return { ...this.tally };
  }

  /** S1: who connects from now on is told that the node is stopping; the others go on. */
  stopAccepting(): void {
    this.isStopping = true;
  }

  /** N3: everything closed and the socket file gone; only then may the guard be released. */
  close(): Promise<void> {
    this.isStopping = true;
    this.options.links.close();
    // Clients still get the answers that are on their way.
    for (const socket of this.sockets) socket.closeAfterFlush({ kind: 'closedHere' });
    if (!this.server.listening) return Promise.resolve();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private accept(raw: Socket): void {
    this.tally.accepted++;
    if (this.isResting || this.pendingHandshakes >= MAX_PENDING_HANDSHAKES) {
      this.tally.turnedAway++;
      // Nobody listens to this socket: an error of it must not become an exception.
      raw.on('error', () => undefined);
      raw.destroy();
      return;
    }
    const { scheduler } = this.options;
    const timeoutMs = this.options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS;
    const socket = new FrameSocket(raw, {
      maxBodyBytes: MAX_HANDSHAKE_BYTES,
      maxSendBufferBytes: MAX_HANDSHAKE_BYTES,
      scheduler,
    });
    this.sockets.add(socket);
    raw.once('close', () => this.sockets.delete(socket));
    this.pendingHandshakes++;
    const timer = scheduler.after(timeoutMs, () =>
      socket.close({ kind: 'handshakeFailed', detail: `no hello within ${timeoutMs} ms` }),
    );
    const settle = (): void => {
      timer.cancel();
      this.pendingHandshakes--;
    };
    socket.setHandlers({
      onFrame: (kind, body) => {
        settle();
        this.shakeHands(socket, kind, body);
      },
      onClose: (reason) => {
        settle();
        this.noteEnd('handshake', reason);
      },
    });
  }

  private shakeHands(socket: FrameSocket, kind: number, body: Uint8Array): void {
    // The handshake is settled; what follows here ends it, one way or the other.
    socket.setHandlers({
      onFrame: () => undefined,
      onClose: (reason) => this.noteEnd('handshake', reason),
    });
    if (kind !== FRAME_KIND.hello) {
      const detail = `a frame of kind ${kind} before the handshake`;
      socket.close({ kind: 'protocolError', detail });
      return;
    }
    const hello = decodeHello(body);
    if (!hello.ok) {
      socket.close({ kind: 'protocolError', detail: hello.error.reason });
      return;
    }
    const verdict = judgeHello(hello.value, {
      pid: this.options.pid,
      clusterId: this.options.clusterId,
      isPeer: (pid) => this.options.links.isPeer(pid),
      isStopping: this.isStopping,
      isFull: this.clients.size >= MAX_CLIENT_CONNECTIONS,
    });
    if (verdict.kind === 'rejected') this.rejectHello(socket, hello.value, verdict);
    else this.acceptHello(socket, hello.value, verdict.version);
  }

  private rejectHello(socket: FrameSocket, hello: Hello, rejection: Rejection): void {
    this.tally.rejections++;
    this.log.warn(`rejected ${rejection.reason}`, 'connection-rejected', {
      role: hello.role,
      from: hello.from,
      reason: rejection.reason,
    });
    socket.send(encodeHelloReply(rejection));
    socket.closeAfterFlush({ kind: 'closedHere' });
  }

  private acceptHello(socket: FrameSocket, hello: Hello, version: number): void {
    const { links, pid, clusterId } = this.options;
    const { appliedIdx, leader } = this.options.describe();
    socket.send(
      encodeHelloReply({ kind: 'accepted', version, clusterId, pid, appliedIdx, leader }),
    );
    // First, so that nothing that is said because of this connection overtakes it.
    socket.flush();
    if (hello.role === 'peer') links.acceptInbound(hello.from, socket);
    else this.acceptClient(socket);
  }

  private acceptClient(socket: FrameSocket): void {
    const { scheduler } = this.options;
    const connection = new ClientGatewayConnection(this.nextClientId++, socket, scheduler);
    this.clients.add(connection);
    socket.setHandlers({
      onFrame: (kind, body) => connection.receive(kind, body),
      onFlush: () => connection.sealReplies(),
      onDrain: () => connection.drained(),
      onClose: (reason) => {
        this.clients.delete(connection);
        this.noteEnd('client', reason);
        connection.ended();
      },
    });
    this.options.onClient(connection);
  }

  private noteEnd(source: 'handshake' | 'client', reason: CloseReason): void {
    if (reason.kind === 'protocolError') this.tally.protocolErrors++;
    else if (reason.kind === 'handshakeFailed') this.tally.handshakeFailures++;
    else if (reason.kind === 'sendBufferFull') this.tally.slowClients++;
    else return;
    this.log.warn(source, 'connection-dropped', { source, reason: describeCloseReason(reason) });
  }

  /**
   * R7: EMFILE and its like. Usually libuv closes what it cannot accept by itself, with a
   * descriptor it keeps for that; where it has none left, the error comes here.
   */
  private acceptFailed(error: Error): void {
    this.tally.acceptErrors++;
    this.log.warn('accept', 'accept-failed', { error: error.message });
    if (this.isResting) return;
    this.isResting = true;
    this.options.scheduler.after(ACCEPT_PAUSE_MS, () => {
      this.isResting = false;
    });
  }
}
