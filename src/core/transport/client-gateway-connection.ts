/**
 * The server's end of a client connection.
 *
 * Every request is answered by exactly one `send`: the difference is the number in flight, and at
 * the limit nothing more is read until half are answered, so that a client which asks faster than
 * it is answered waits in its own socket (R1). A client that does not read its answers is given
 * up when they pass 4 MiB (R4). Understands no request.
 */

import {
  MAX_CLIENT_FRAME_BYTES,
  MAX_CLIENT_INFLIGHT_REQUESTS,
  MAX_CLIENT_SEND_BUFFER_BYTES,
} from '../limits.js';
import { FRAME_KIND } from '../wire/index.js';
import type { FrameSocket } from './frame-socket.js';

export interface ClientGatewayHandlers {
  /** A body for `decodeClientRequest`. */
  onRequest(body: Uint8Array): void;
  /** Once; nothing can be sent any more. */
  onClose(): void;
}

export class ClientGatewayConnection {
  private handlers: ClientGatewayHandlers | undefined;
  private inFlight = 0;
  private isFull = false;

  /** `id` is unique within the server. */
  constructor(
    readonly id: number,
    private readonly socket: FrameSocket,
  ) {
    socket.setLimits({
      maxBodyBytes: MAX_CLIENT_FRAME_BYTES,
      maxSendBufferBytes: MAX_CLIENT_SEND_BUFFER_BYTES,
    });
  }

  /** To be called at once, where the connection is handed out: requests may be there already. */
  setHandlers(handlers: ClientGatewayHandlers): void {
    this.handlers = handlers;
  }

  get isClosed(): boolean {
    return this.socket.isClosed;
  }

  /** The answer to one request, a whole frame. After the end of the connection it goes nowhere. */
  send(frame: Uint8Array): void {
    this.inFlight--;
    this.socket.send(frame);
    if (this.isFull && this.inFlight <= MAX_CLIENT_INFLIGHT_REQUESTS / 2) {
      this.isFull = false;
      this.socket.resume();
    }
  }

  /** Writes now what was queued in this turn. */
  flush(): void {
    this.socket.flush();
  }

  /** N5: a request that `decodeClientRequest` refused. */
  reject(reason: string): void {
    this.socket.close({ kind: 'protocolError', detail: reason });
  }

  close(): void {
    this.socket.closeAfterFlush({ kind: 'closedHere' });
  }

  /** For `SocketServer`, whose handlers these pass through. */
  receive(kind: number, body: Uint8Array): void {
    if (kind !== FRAME_KIND.clientRequest) {
      this.reject(`a frame of kind ${kind} from a client`);
      return;
    }
    this.inFlight++;
    if (this.inFlight >= MAX_CLIENT_INFLIGHT_REQUESTS) {
      this.isFull = true;
      this.socket.pause();
    }
    this.handlers?.onRequest(body);
  }

  /** For `SocketServer`. */
  ended(): void {
    this.handlers?.onClose();
  }
}
