/**
 * All links of a node: frames out to a pid, frames in from a pid, and who can be reached.
 *
 * Moves frames and understands none, apart from who sent them. One slow or broken peer never holds
 * up another (R3): each link has its own bounded buffer. Delivery is FIFO within a connection and
 * may lose everything at a break (N9).
 *
 * Faults that were set on purpose stand at `send`: all that leaves for a peer passes here. Each node
 * holds up what it sends, so both directions of a link are covered by its two ends.
 */

import type { ConfigurationId, Pid } from '../omnipaxos/ballot.js';
import type { Clock, Logger, Random, Scheduler } from '../platform/ports.js';
import type { LinkFault, RelayFrameKind } from '../wire/index.js';
import { PROTOCOL_VERSIONS } from '../wire/index.js';
import type { FrameSocket } from './frame-socket.js';
import { LinkFaults, type ActiveFault } from './link-faults.js';
import { LogThrottle } from './log-throttle.js';
import type { PeerLinkCounters } from './peer-link-counters.js';
import { PeerLink } from './peer-link.js';

export interface PeerLinksHandlers {
  /** A body for `decodePeerMessage`; `from` is who shook hands, and who the body says (N6). */
  onFrame(from: Pid, body: Uint8Array): void;
  /** A body for `decodeRelay` (X7). */
  onRelay(from: Pid, kind: RelayFrameKind, body: Uint8Array): void;
  /** `reconnected(pid)`: can be sent to; what was sent before may be lost. */
  onUp(pid: Pid): void;
  /** `disconnected(pid)`: a direction was lost after `onUp`. */
  onDown(pid: Pid): void;
}

export interface PeerLinksOptions {
  readonly pid: Pid;
  readonly clusterId: Uint8Array;
  readonly configurationId: ConfigurationId;
  /** Socket paths of the other nodes. */
  readonly peers: ReadonlyMap<Pid, string>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly handlers: PeerLinksHandlers;
}

export class PeerLinks {
  private readonly links = new Map<Pid, PeerLink>();
  /** Have frames for the next `flush`; one may be there twice. */
  private readonly queued: PeerLink[] = [];
  private readonly faults: LinkFaults;

  /** Throws `OMNIKV_PATH_TOO_LONG` at `start`, not here. */
  constructor(options: PeerLinksOptions) {
    const { handlers, logger } = options;
    const log = new LogThrottle(logger, options.clock);
    const { pid: ownPid, clock, scheduler, random } = options;
    this.faults = new LinkFaults({
      ...{ pid: ownPid, clock, scheduler, random },
      deliver: (to, frame) => this.links.get(to)?.send(frame),
      onUnblocked: (peer) => this.links.get(peer)?.unblocked(),
    });
    for (const [pid, path] of options.peers) {
      const link = new PeerLink({
        path,
        hello: {
          lowestVersion: PROTOCOL_VERSIONS.lowest,
          highestVersion: PROTOCOL_VERSIONS.highest,
          clusterId: options.clusterId,
          from: options.pid,
          to: pid,
          role: 'peer',
          configurationId: options.configurationId,
        },
        clock: options.clock,
        scheduler: options.scheduler,
        random: options.random,
        log,
        isBlocked: () => this.faults.isBlocked(pid),
        onFrame: (from, body) => handlers.onFrame(from, body),
        onRelay: (from, kind, body) => handlers.onRelay(from, kind, body),
        onUp: (peer) => {
          logger.info('peer-up', { peer });
          handlers.onUp(peer);
        },
        onDown: (peer, reason) => {
          logger.info('peer-down', { peer, reason });
          handlers.onDown(peer);
        },
      });
      this.links.set(pid, link);
    }
  }

  /** Begins to dial; from now on links are kept up until `close`. */
  start(): void {
    for (const link of this.links.values()) link.connect();
  }

  /**
   * Queues a whole frame; all frames of one turn become one write. False where there is no
   * connection: the frame is lost, which the protocol tolerates (N9).
   */
  send(pid: Pid, frame: Uint8Array): boolean {
    return this.faults.take(pid, frame) || (this.links.get(pid)?.send(frame) ?? false);
  }

  /** As `send`, for an owner that calls `flush` in this turn. */
  queue(pid: Pid, frame: Uint8Array): boolean {
    if (this.faults.take(pid, frame)) return true;
    const link = this.links.get(pid);
    if (link?.queue(frame) !== true) return false;
    this.queued.push(link);
    return true;
  }

  /** Writes now what was queued: for an owner that knows that its turn is over. */
  flush(): void {
    for (const link of this.queued) link.flush();
    this.queued.length = 0;
  }

  /** Faults take the place of those set before; those of links between others are passed over. */
  setFaults(faults: readonly ActiveFault[]): void {
    this.faults.set(faults);
  }

  /** Undefined: what is sent there goes as it is. */
  faultTo(pid: Pid): LinkFault | undefined {
    return this.faults.faultTo(pid);
  }

  /** Closes the connections to this peer, as a network does that says so. */
  reset(pid: Pid): void {
    this.links.get(pid)?.reset();
  }

  /** Bytes that wait in the connection to this peer. */
  waitingBytes(pid: Pid): number {
    return this.links.get(pid)?.waitingBytes ?? 0;
  }

  isUp(pid: Pid): boolean {
    return this.links.get(pid)?.isUp ?? false;
  }

  /** The version that both ends speak; 0 where nothing can be sent. */
  versionOf(pid: Pid): number {
    return this.links.get(pid)?.version ?? 0;
  }

  isPeer(pid: Pid): boolean {
    return this.links.has(pid);
  }

  /** N5: a body that `decodePeerMessage` refused. Closes the connection it came over. */
  rejectFrame(from: Pid, reason: string): void {
    this.links.get(from)?.rejectFrame(reason);
  }

  counters(pid: Pid): PeerLinkCounters | undefined {
    return this.links.get(pid)?.counters();
  }

  /** For `SocketServer`: a peer has connected and shaken hands. */
  acceptInbound(from: Pid, socket: FrameSocket): void {
    const link = this.links.get(from);
    if (link === undefined) socket.close({ kind: 'closedHere' });
    else link.accept(socket);
  }

  /** Ends everything; no handler is called any more. */
  close(): void {
    this.faults.close();
    for (const link of this.links.values()) link.close();
  }
}
