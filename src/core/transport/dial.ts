/**
 * Connects to a node and shakes hands: used by peers and by clients alike.
 *
 * The dialler checks the answer as the server checks the hello (N6): a socket file may lead to
 * another cluster, or to another node. A server that was stopped by a signal still accepts
 * connections (N4), so an answer in time is what counts, not the connect.
 */

import { createConnection } from 'node:net';

import { HANDSHAKE_TIMEOUT_MS, MAX_HANDSHAKE_BYTES } from '../limits.js';
import type { Scheduler } from '../platform/ports.js';
import type { Acceptance, Hello, HelloReply, RejectionReason } from '../wire/index.js';
import { decodeHelloReply, encodeHello, FRAME_KIND } from '../wire/index.js';
import type { CloseReason } from './close-reason.js';
import { FrameSocket } from './frame-socket.js';
import { checkSocketPath } from './unix-address.js';

export interface DialOptions {
  readonly path: string;
  readonly hello: Hello;
  readonly scheduler: Scheduler;
  readonly timeoutMs?: number | undefined;
}

export type DialFailure =
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** Another cluster or another node answered. */
  | { readonly kind: 'wrongNode'; readonly detail: string }
  | { readonly kind: 'rejected'; readonly reason: RejectionReason; readonly detail: string }
  | { readonly kind: 'protocolError'; readonly detail: string };

export interface DialHandlers {
  /** The receiver sets handlers and limits of its own before it returns. */
  onOpen(socket: FrameSocket, server: Acceptance): void;
  /** Once, instead of `onOpen`; never from inside `dial`. */
  onFailed(failure: DialFailure): void;
}

/** Throws `OMNIKV_PATH_TOO_LONG`; every other failure is an event. The result gives up. */
export function dial(options: DialOptions, handlers: DialHandlers): () => void {
  checkSocketPath(options.path);
  const timeoutMs = options.timeoutMs ?? HANDSHAKE_TIMEOUT_MS;
  let failure: DialFailure | undefined;
  let isCancelled = false;
  const socket = new FrameSocket(createConnection(options.path), {
    maxBodyBytes: MAX_HANDSHAKE_BYTES,
    maxSendBufferBytes: MAX_HANDSHAKE_BYTES,
    scheduler: options.scheduler,
  });
  const timer = options.scheduler.after(timeoutMs, () => {
    failure = { kind: 'unreachable', detail: `no answer within ${timeoutMs} ms` };
    socket.close({ kind: 'handshakeFailed', detail: failure.detail });
  });
  socket.setHandlers({
    onFrame(kind, body) {
      const judged = judge(options.hello, kind, body);
      timer.cancel();
      if (judged.kind === 'accepted') {
        handlers.onOpen(socket, judged);
      } else {
        failure = judged;
        socket.close({ kind: 'handshakeFailed', detail: judged.detail });
      }
    },
    onClose(reason) {
      timer.cancel();
      if (!isCancelled) handlers.onFailed(failure ?? fromCloseReason(reason));
    },
  });
  socket.send(encodeHello(options.hello));
  socket.flush();
  return () => {
    isCancelled = true;
    socket.close({ kind: 'closedHere' });
  };
}

/** What the answer to our hello means. */
function judge(hello: Hello, kind: number, body: Uint8Array): Acceptance | DialFailure {
  if (kind !== FRAME_KIND.helloReply) {
    return { kind: 'protocolError', detail: `a frame of kind ${kind} before the handshake` };
  }
  const decoded = decodeHelloReply(body);
  if (!decoded.ok) return { kind: 'protocolError', detail: decoded.error.reason };
  const reply: HelloReply = decoded.value;
  if (reply.kind === 'rejected') {
    return { kind: 'rejected', reason: reply.reason, detail: reply.message };
  }
  if (!areBytesEqual(reply.clusterId, hello.clusterId)) {
    return { kind: 'wrongNode', detail: 'the node belongs to another cluster' };
  }
  if (reply.pid !== hello.to) {
    return { kind: 'wrongNode', detail: `node ${reply.pid} answered in place of ${hello.to}` };
  }
  if (reply.version < hello.lowestVersion || reply.version > hello.highestVersion) {
    return { kind: 'protocolError', detail: `protocol version ${reply.version} was not offered` };
  }
  return reply;
}

function fromCloseReason(reason: CloseReason): DialFailure {
  if (reason.kind === 'protocolError') return { kind: 'protocolError', detail: reason.detail };
  const detail = 'detail' in reason ? reason.detail : undefined;
  return { kind: 'unreachable', detail: detail ?? 'closed before the handshake' };
}

export function areBytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
