/**
 * A client's connection to one node: dials, shakes hands, then sends requests and hands out answers.
 *
 * Knows nothing of sessions, leaders or repetition. What it does know, and the client needs (C4):
 * whether the handshake was done before the end came, because before it nothing was sent.
 */

import { OmnikvError } from '../errors.js';
import {
  CLIENT_HIGH_WATER_BYTES,
  MAX_CLIENT_FRAME_BYTES,
  MAX_CLIENT_REQUEST_BUFFER_BYTES,
} from '../limits.js';
import type { Pid } from '../omnipaxos/ballot.js';
import type { Scheduler } from '../platform/ports.js';
import type { Acceptance, ClientRequest, ServerReply } from '../wire/index.js';
import {
  clientRequestBatch,
  decodeServerReplies,
  FRAME_KIND,
  PROTOCOL_VERSIONS,
} from '../wire/index.js';
import type { CloseReason } from './close-reason.js';
import { describeCloseReason } from './close-reason.js';
import type { DialFailure } from './dial.js';
import { dial } from './dial.js';
import type { FrameSocket } from './frame-socket.js';

export interface ClientConnectionHandlers {
  /** The handshake is done: requests may be sent. */
  onOpen(server: Acceptance): void;
  onReply(reply: ServerReply): void;
  /**
   * Once, unless `close` was called; never from inside a call. `wasOpen` false: nothing was sent.
   * `OMNIKV_UNREACHABLE`, `OMNIKV_WRONG_CLUSTER`, `OMNIKV_PROTOCOL`, `OMNIKV_OVERLOADED` or
   * `OMNIKV_SHUTTING_DOWN`.
   */
  onClose(error: OmnikvError, wasOpen: boolean): void;
  /** After a `send` that was false: there is room again. */
  onDrain?(): void;
}

export interface ClientConnectionOptions {
  readonly path: string;
  readonly clusterId: Uint8Array;
  /** The node that is expected at the other end. */
  readonly pid: Pid;
  readonly scheduler: Scheduler;
  readonly handshakeTimeoutMs?: number;
  readonly handlers: ClientConnectionHandlers;
}

export class ClientConnection {
  private readonly cancelDial: () => void;
  private readonly requests = clientRequestBatch();
  private socket: FrameSocket | undefined;
  private isClosedHere = false;
  private isWaitingForDrain = false;

  /** Dials at once. Throws `OMNIKV_PATH_TOO_LONG`. */
  constructor(private readonly options: ClientConnectionOptions) {
    this.cancelDial = dial(
      {
        path: options.path,
        hello: {
          lowestVersion: PROTOCOL_VERSIONS.lowest,
          highestVersion: PROTOCOL_VERSIONS.highest,
          clusterId: options.clusterId,
          from: 0,
          to: options.pid,
          role: 'client',
          configurationId: 0,
        },
        scheduler: options.scheduler,
        timeoutMs: options.handshakeTimeoutMs,
      },
      {
        onOpen: (socket, server) => this.opened(socket, server),
        onFailed: (failure) => options.handlers.onClose(this.dialError(failure), false),
      },
    );
  }

  get isOpen(): boolean {
    return this.socket !== undefined && !this.socket.isClosed;
  }

  /**
   * Queues a request while open. False: taken, but wait for `onDrain` with the next. Throws what
   * cannot be encoded, and then it was not taken.
   */
  send(request: ClientRequest): boolean {
    if (this.socket === undefined) return false;
    const full = this.requests.add(request);
    if (full === undefined) this.socket.flushLater();
    else this.socket.send(full);
    const waitingBytes = this.socket.waitingBytes + this.requests.sizeBytes;
    this.isWaitingForDrain ||= waitingBytes >= CLIENT_HIGH_WATER_BYTES;
    return !this.isWaitingForDrain;
  }

  /** Writes now what was queued in this turn. */
  flush(): void {
    this.socket?.flush();
  }

  /** Sends what is queued, and ends; no handler is called any more. */
  close(): void {
    if (this.isClosedHere) return;
    this.isClosedHere = true;
    if (this.socket === undefined) this.cancelDial();
    else this.socket.closeAfterFlush({ kind: 'closedHere' });
  }

  private opened(socket: FrameSocket, server: Acceptance): void {
    this.socket = socket;
    socket.setLimits({
      maxBodyBytes: MAX_CLIENT_FRAME_BYTES,
      maxSendBufferBytes: MAX_CLIENT_REQUEST_BUFFER_BYTES,
    });
    const { handlers } = this.options;
    socket.setHandlers({
      onFrame: (kind, body) => {
        if (kind === FRAME_KIND.serverReply) this.receive(body);
        else this.reject(`a frame of kind ${kind} from a server`);
      },
      onFlush: () => this.sealRequests(),
      onClose: (reason) => {
        if (!this.isClosedHere) handlers.onClose(this.closeError(reason), true);
      },
      onDrain: () => {
        if (!this.isWaitingForDrain || this.isClosedHere) return;
        this.isWaitingForDrain = false;
        handlers.onDrain?.();
      },
    });
    handlers.onOpen(server);
  }

  private receive(body: Uint8Array): void {
    const { handlers } = this.options;
    const error = decodeServerReplies(body, (reply) => {
      if (!this.isClosedHere) handlers.onReply(reply);
    });
    if (error !== undefined) this.reject(error.reason);
  }

  /** The requests that wait become a frame. */
  private sealRequests(): void {
    const frame = this.requests.take();
    if (frame !== undefined) this.socket?.queue(frame);
  }

  /** N5: what is no answer. `onClose` follows. */
  private reject(reason: string): void {
    this.socket?.close({ kind: 'protocolError', detail: reason });
  }

  private closeError(reason: CloseReason): OmnikvError {
    return new OmnikvError(
      reason.kind === 'protocolError' ? 'OMNIKV_PROTOCOL' : 'OMNIKV_UNREACHABLE',
      `The connection to node ${this.options.pid} ended (${describeCloseReason(reason)}).`,
    );
  }

  private dialError(failure: DialFailure): OmnikvError {
    const { pid, path } = this.options;
    return new OmnikvError(
      errorIdOf(failure),
      `Node ${pid} cannot be asked at ${path}: ${failure.detail}.`,
    );
  }
}

function errorIdOf(failure: DialFailure): OmnikvError['code'] {
  switch (failure.kind) {
    case 'unreachable':
      return 'OMNIKV_UNREACHABLE';
    case 'wrongNode':
      return 'OMNIKV_WRONG_CLUSTER';
    case 'protocolError':
      return 'OMNIKV_PROTOCOL';
    case 'rejected':
      switch (failure.reason) {
        case 'wrongCluster':
        case 'wrongTarget':
        case 'unknownPeer':
          return 'OMNIKV_WRONG_CLUSTER';
        case 'tooManyConnections':
          return 'OMNIKV_OVERLOADED';
        case 'shuttingDown':
          return 'OMNIKV_SHUTTING_DOWN';
        case 'unsupportedVersion':
          return 'OMNIKV_PROTOCOL';
      }
  }
}
