/**
 * One connected Unix socket that carries frames, whoever is at the other end.
 *
 * Sending: the frames of one turn of the event loop become one write; bytes that wait are bounded,
 * and beyond the bound the connection is given up (R3, R4), never the other connections. Receiving:
 * the bytes go through a `FrameReader`; the first bad frame closes the connection (N5). Reading can
 * be paused, also between two frames of one chunk.
 *
 * Invariant: `onClose` is called exactly once, never from inside `send` or `close`, and after it no
 * other callback.
 */

import type { Socket } from 'node:net';

import type { Scheduler } from '../platform/ports.js';
import type { FrameKind } from '../wire/index.js';
import { FrameReader } from '../wire/index.js';

/** Below this the frames of a turn are copied into one buffer; above, the kernel gathers them. */
const COALESCE_BYTES = 128 * 1024;

export type CloseReason =
  /** The other end closed, or the machine did: ordinary. */
  | { readonly kind: 'disconnected'; readonly detail: string | undefined }
  /** N5: bytes that are no frame, or a frame that has no place here. */
  | { readonly kind: 'protocolError'; readonly detail: string }
  /** R3, R4: more waited to be sent than may wait. */
  | { readonly kind: 'sendBufferFull'; readonly detail: string }
  /** N6. */
  | { readonly kind: 'handshakeFailed'; readonly detail: string }
  /** N8: a newer connection took its place. */
  | { readonly kind: 'replaced'; readonly detail: string }
  /** We closed it. */
  | { readonly kind: 'closedHere'; readonly detail: string | undefined };

export interface FrameSocketHandlers {
  onFrame(kind: FrameKind, body: Uint8Array): void;
  onClose(reason: CloseReason): void;
  /** What waited has been sent. */
  onDrain?(): void;
}

export interface FrameSocketOptions {
  readonly maxBodyBytes: number;
  readonly maxSendBufferBytes: number;
  readonly scheduler: Scheduler;
}
