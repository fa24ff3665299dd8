/**
 * stub
 */
import type { Pid } from '../omnipaxos/ballot.js';
import type { Clock, Logger, Scheduler, SocketFiles } from '../platform/ports.js';
import type { ClientGatewayConnection } from './client-gateway-connection.js';
import type { PeerLinks } from './peer-links.js';

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
  /** What a hello is answered with. `leader` 0: not known. */
  describe(): { readonly appliedIdx: number; readonly leader: Pid };
  onClient(connection: ClientGatewayConnection): void;
}
export declare class SocketServer {
  constructor(options: SocketServerOptions);
  /** N3: the caller holds the data directory guard. Rejects with an `OmnikvError`. */
  listen(): Promise<void>;
  /** S1: no new connections, no new clients; peers and open clients go on. */
  stopAccepting(): void;
  /** N3: everything closed and the file gone; only then may the guard be released. */
  close(): Promise<void>;
}
