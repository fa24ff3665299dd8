/**
 * One Unix socket that carries frames, whoever is at the other end.
 *
 * Sending: the frames of one turn of the event loop become one write; what waits is bounded, and
 * beyond the bound this connection is given up (R3, R4), never another one. Receiving: bytes go
 * through a `FrameReader`; the first bad frame closes the connection, nothing is resynchronised
 * (N5). Reading can be paused, also between two frames of one chunk.
 *
 * Invariant: `onClose` is called exactly once, never from inside a call of the owner, and after
 * `close` or `onClose` no other callback comes.
 */

import type { Socket } from 'node:net';

import { FAREWELL_MS } from '../limits.js';
import type { Scheduler, Timer } from '../platform/ports.js';
import type { FrameKind } from '../wire/index.js';
import { FrameReader } from '../wire/index.js';
import type { CloseReason } from './close-reason.js';

/** Below this the frames of a turn are copied into one buffer; above, the kernel gathers them. */
const COALESCE_BYTES = 64 * 1024;

export interface FrameSocketHandlers {
  onFrame(kind: FrameKind, body: Uint8Array): void;
  onClose(reason: CloseReason): void;
  /** Everything that waited has been handed to the kernel. */
  onDrain?(): void;
  /** What was queued is about to be written: the last moment to `queue` more of it. */
  onFlush?(): void;
}

export interface FrameSocketOptions {
  readonly maxBodyBytes: number;
  readonly maxSendBufferBytes: number;
  readonly scheduler: Scheduler;
}

/** Of this socket, handshake included. */
export interface TrafficCounters {
  framesSent: number;
  bytesSent: number;
  framesReceived: number;
  bytesReceived: number;
}

export class FrameSocket {
  readonly traffic: TrafficCounters = {
    framesSent: 0,
    bytesSent: 0,
    framesReceived: 0,
    bytesReceived: 0,
  };
  private readonly reader: FrameReader;
  private readonly scheduler: Scheduler;
  private maxSendBufferBytes: number;
  private handlers: FrameSocketHandlers | undefined;
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  private isFlushDeferred = false;
  private isPaused = false;
  private isPumping = false;
  private reason: CloseReason | undefined;
  private farewell: Timer | undefined;

  constructor(
    private readonly socket: Socket,
    options: FrameSocketOptions,
  ) {
    this.reader = new FrameReader(options.maxBodyBytes);
    this.scheduler = options.scheduler;
    this.maxSendBufferBytes = options.maxSendBufferBytes;
    socket.on('data', (chunk: Uint8Array) => this.receive(chunk));
    socket.on('drain', () => this.handlers?.onDrain?.());
    socket.on('error', (error) => this.shut({ kind: 'disconnected', detail: error.message }));
    // The other end has finished: nothing here is half-open, what waits could reach nobody.
    socket.on('end', () => this.shut({ kind: 'disconnected', detail: undefined }));
    socket.on('close', () => this.closed());
  }

  /** Who is told. May be changed: the handshake hands the socket on, with its unread frames. */
  setHandlers(handlers: FrameSocketHandlers): void {
    this.handlers = handlers;
  }

  /** After the handshake a connection gets the limits of its role (N5, N6). */
  setLimits(limits: { readonly maxBodyBytes: number; readonly maxSendBufferBytes: number }): void {
    this.reader.setMaxBodyBytes(limits.maxBodyBytes);
    this.maxSendBufferBytes = limits.maxSendBufferBytes;
  }

  get isClosed(): boolean {
    return this.reason !== undefined;
  }

  /** Bytes that the kernel has not taken yet. */
  get waitingBytes(): number {
    return this.pendingBytes + this.socket.writableLength;
  }

  /** As `queue`, and flushes at the end of this turn. */
  send(frame: Uint8Array): boolean {
    const isTaken = this.queue(frame);
    if (isTaken) this.flushLater();
    return isTaken;
  }

  /** Takes a whole frame for the next flush. False: the connection is closed, or is given up now. */
  queue(frame: Uint8Array): boolean {
    if (this.reason !== undefined) return false;
    const waitingBytes = this.waitingBytes + frame.length;
    if (waitingBytes > this.maxSendBufferBytes) {
      const detail = `${waitingBytes} bytes wait to be sent, ${this.maxSendBufferBytes} allowed`;
      this.shut({ kind: 'sendBufferFull', detail });
      return false;
    }
    this.pending.push(frame);
    this.pendingBytes += frame.length;
    return true;
  }

  /** At the end of this turn; `onFlush` is asked for more then. */
  flushLater(): void {
    if (this.isFlushDeferred) return;
    this.isFlushDeferred = true;
    this.scheduler.defer(() => {
      this.isFlushDeferred = false;
      this.flush();
    });
  }

  /** One write for all frames of this turn. */
  flush(): void {
    if (this.reason !== undefined) return;
    this.handlers?.onFlush?.();
    const frames = this.pending;
    if (frames.length === 0 || this.isClosed) return;
    const sizeBytes = this.pendingBytes;
    this.pending = [];
    this.pendingBytes = 0;
    this.traffic.framesSent += frames.length;
    this.traffic.bytesSent += sizeBytes;
    if (frames.length === 1) {
      this.socket.write(frames[0]!);
    } else if (sizeBytes <= COALESCE_BYTES) {
      this.socket.write(concatenate(frames, sizeBytes));
    } else {
      this.socket.cork();
      for (const frame of frames) this.socket.write(frame);
      this.socket.uncork();
    }
  }

  /** No frame is handed out until `resume`; the kernel's buffer then stops the sender. */
  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.socket.pause();
  }

  resume(): void {
    if (!this.isPaused || this.reason !== undefined) return;
    this.isPaused = false;
    this.socket.resume();
    // Frames of a chunk that was cut short by the pause; not from inside the caller's call.
    this.scheduler.defer(() => this.pump());
  }

  /** Closes at once; what waits is lost (N9). `onClose` follows, with this reason. */
  close(reason: CloseReason): void {
    this.shut(reason);
  }

  /** Sends what waits, then closes: for last words. Who does not read them is not waited for. */
  closeAfterFlush(reason: CloseReason): void {
    if (this.reason !== undefined) return;
    this.flush();
    this.reason = reason;
    this.farewell = this.scheduler.after(FAREWELL_MS, () => this.socket.destroy());
    this.socket.end(() => this.socket.destroy());
  }

  private receive(chunk: Uint8Array): void {
    if (this.reason !== undefined) return;
    this.traffic.bytesReceived += chunk.length;
    // Node gives a Buffer, whose parts would be Buffers, too: several times as dear to make.
    this.reader.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    this.pump();
  }

  private pump(): void {
    // A handler that pauses and resumes must not deliver frames out of order.
    if (this.isPumping) return;
    this.isPumping = true;
    try {
      while (!this.isPaused && this.reason === undefined) {
        const result = this.reader.next();
        if (result === undefined) break;
        if (result.kind === 'error') {
          this.shut({ kind: 'protocolError', detail: result.error.reason });
          break;
        }
        this.traffic.framesReceived++;
        this.handlers?.onFrame(result.frameKind, result.body);
      }
    } finally {
      this.isPumping = false;
    }
  }

  private shut(reason: CloseReason): void {
    this.reason ??= reason;
    this.pending = [];
    this.pendingBytes = 0;
    this.socket.destroy();
  }

  private closed(): void {
    this.farewell?.cancel();
    this.reason ??= { kind: 'disconnected', detail: undefined };
    const handlers = this.handlers;
    this.handlers = undefined;
    handlers?.onClose(this.reason);
  }
}

function concatenate(frames: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const whole = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const frame of frames) {
    whole.set(frame, offset);
    offset += frame.length;
  }
  return whole;
}
