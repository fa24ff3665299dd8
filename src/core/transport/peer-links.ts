/**
 * stub
 */
import type { Pid } from '../omnipaxos/ballot.js';
import type { Clock, Logger, Random, Scheduler } from '../platform/ports.js';

export interface PeerLinksOptions {
  readonly pid: Pid;
  readonly clusterId: Uint8Array;
  readonly configurationId: number;
  /** Socket paths of the other nodes. */
  readonly peers: ReadonlyMap<Pid, string>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly handlers: PeerLinksHandlers;
}

export interface PeerLinksHandlers {
  /** A body for `decodePeerMessage`, of which `from` is the true sender (N6). */
  onFrame(from: Pid, body: Uint8Array): void;
  /** `reconnected(pid)`: can be sent to; what was sent before may be lost. */
  onUp(pid: Pid): void;
  /** `disconnected(pid)`: a direction was lost after `onUp`. */
  onDown(pid: Pid): void;
}
export interface PeerLinkCounters {
  readonly framesSent: number;
}
export declare class PeerLinks {
  constructor(options: PeerLinksOptions);
  /** Starts to dial. */
  start(): void;
  /** Queues a whole frame for the end of this turn. False where there is no link: it is lost (N9). */
  send(pid: Pid, frame: Uint8Array): boolean;
  /** Writes now what `send` has queued, instead of at the end of the turn. */
  flush(): void;
  isUp(pid: Pid): boolean;
  /** Closes the inbound link of a peer whose message could not be decoded (N5). */
  rejectFrame(pid: Pid, reason: string): void;
  counters(pid: Pid): PeerLinkCounters;
  close(): void;
}
