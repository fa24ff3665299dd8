/**
 * The server's end of a client connection.
 *
 * Every request is answered by exactly one `send`: the difference is the number in flight, and at
 * the limit nothing more is read until half are answered, so that a client which asks faster than
 * it is answered waits in its own socket (R1). The same where 2 MiB of answers wait to be read: who
 * does not read is not listened to, costs no work, and is given up after a while, or when they pass
 * 4 MiB (R4). The answers of a turn leave as one frame.
 */

import {
  CLIENT_READ_PATIENCE_MS,
  MAX_CLIENT_FRAME_BYTES,
  MAX_CLIENT_INFLIGHT_REQUESTS,
  MAX_CLIENT_SEND_BUFFER_BYTES,
} from '../limits.js';
import type { Scheduler, Timer } from '../platform/ports.js';
import type { ReceivedRequest, ServerReply } from '../wire/index.js';
import { decodeClientRequests, FRAME_KIND, serverReplyBatch } from '../wire/index.js';
import type { FrameSocket } from './frame-socket.js';

export interface ClientGatewayHandlers {
  onRequest(request: ReceivedRequest): void;
  /** Once; nothing can be sent any more. */
  onClose(): void;
}

export class ClientGatewayConnection {
  private handlers: ClientGatewayHandlers | undefined;
  private readonly replies = serverReplyBatch();
  private inFlight = 0;
  /** Nothing more is read. */
  private isHeld = false;
  /** Runs while it is held because its answers wait. */
  private patience: Timer | undefined;

  /** `id` is unique within the server. */
  constructor(
    readonly id: number,
    private readonly socket: FrameSocket,
    private readonly scheduler: Scheduler,
  ) {
    socket.setLimits({
      maxBodyBytes: MAX_CLIENT_FRAME_BYTES,
      maxSendBufferBytes: MAX_CLIENT_SEND_BUFFER_BYTES,
    });
  }

  /** R4: so much waits for the client to read it that nothing large should be added. */
  get isClogged(): boolean {
    return this.socket.waitingBytes + this.replies.sizeBytes > MAX_CLIENT_SEND_BUFFER_BYTES / 2;
  }

  /** To be called at once, where the connection is handed out: requests may be there already. */
  setHandlers(handlers: ClientGatewayHandlers): void {
    this.handlers = handlers;
  }

  get isClosed(): boolean {
    return this.socket.isClosed;
  }

  /** The answer to one request. After the end of the connection it goes nowhere. */
  reply(reply: ServerReply): void {
    this.queue(reply);
    this.socket.flushLater();
  }

  /** As `reply`, for an owner that calls `flush` soon. */
  queue(reply: ServerReply): void {
    if (this.isClosed) return;
    this.inFlight--;
    const full = this.replies.add(reply);
    if (full !== undefined) this.socket.queue(full);
    if (this.isHeld) this.readOn();
  }

  /** Writes now what was queued in this turn. */
  flush(): void {
    this.socket.flush();
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
    const error = decodeClientRequests(body, (request) => this.take(request));
    if (error !== undefined) this.reject(error.reason);
    else if (this.isClogged) this.holdUntilRead();
  }

  /** For `SocketServer`: all that waited was taken by the kernel. */
  drained(): void {
    if (this.isHeld) this.readOn();
  }

  /** For `SocketServer`: the answers that wait become a frame. */
  sealReplies(): void {
    const frame = this.replies.take();
    if (frame !== undefined) this.socket.queue(frame);
  }

  /** For `SocketServer`. */
  ended(): void {
    this.patience?.cancel();
    this.handlers?.onClose();
  }

  /** What came in one frame is taken as a whole: the limit may be passed by that much. */
  private take(request: ReceivedRequest): void {
    this.inFlight++;
    if (this.inFlight >= MAX_CLIENT_INFLIGHT_REQUESTS) this.hold();
    this.handlers?.onRequest(request);
  }

  private hold(): void {
    this.isHeld = true;
    this.socket.pause();
  }

  private readOn(): void {
    if (this.isClogged || this.inFlight > MAX_CLIENT_INFLIGHT_REQUESTS / 2) return;
    this.isHeld = false;
    this.patience?.cancel();
    this.patience = undefined;
    this.socket.resume();
  }

  /** R4: an answer that is refused costs as much as one that is given: better not to be asked. */
  private holdUntilRead(): void {
    this.hold();
    if (this.patience !== undefined) return;
    const waitingBytes = this.socket.waitingBytes;
    this.patience = this.scheduler.after(CLIENT_READ_PATIENCE_MS, () => {
      this.patience = undefined;
      if (!this.isHeld || !this.isClogged || this.isClosed) return;
      if (this.socket.waitingBytes < waitingBytes) {
        this.holdUntilRead();
        return;
      }
      const detail = `${waitingBytes} bytes not read in ${CLIENT_READ_PATIENCE_MS} ms`;
      this.socket.close({ kind: 'sendBufferFull', detail });
    });
  }

  /** N5: what is no request. */
  private reject(reason: string): void {
    this.socket.close({ kind: 'protocolError', detail: reason });
  }
}
