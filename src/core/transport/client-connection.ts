/**
 * stub
 */
import type { OmnikvError } from '../errors.js';
import type { Pid } from '../omnipaxos/ballot.js';
import type { Scheduler } from '../platform/ports.js';
import type { Acceptance } from '../wire/index.js';

export interface ClientConnectionOptions {
  readonly path: string;
  readonly clusterId: Uint8Array;
  /** The node that is expected at the other end. */
  readonly pid: Pid;
  readonly scheduler: Scheduler;
  readonly handshakeTimeoutMs?: number;
  readonly handlers: ClientConnectionHandlers;
}
export interface ClientConnectionHandlers {
  /** The handshake is done: requests may be sent. */
  onOpen(server: Acceptance): void;
  /** A body for `decodeServerReply`. */
  onReply(body: Uint8Array): void;
  /**
   * Once, at the end, also where the connection was never opened; never from inside a call.
   * `wasOpen` false: nothing was sent. `OMNIKV_UNREACHABLE`, `OMNIKV_WRONG_CLUSTER`,
   * `OMNIKV_PROTOCOL`, `OMNIKV_OVERLOADED` or `OMNIKV_SHUTTING_DOWN`.
   */
  onClose(error: OmnikvError, wasOpen: boolean): void;
  /** After `send` was false: there is room again. */
  onDrain?(): void;
}
export declare class ClientConnection {
  /** Dials at once. */
  constructor(options: ClientConnectionOptions);
  readonly isOpen: boolean;
  /** Queues a request frame (only while open). False: it was taken, but wait for `onDrain`. */
  send(frame: Uint8Array): boolean;
  /** Writes now what was queued. */
  flush(): void;
  /** A reply could not be decoded (N5). */
  reject(reason: string): void;
  close(): void;
}
