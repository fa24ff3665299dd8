/**
 * A small world for transport tests: a temporary directory, nodes of one cluster, raw sockets, and
 * waiting for a condition with a deadline.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { nodeClock } from '../../src/core/platform/node-clock.js';
import { nodeRandom } from '../../src/core/platform/node-random.js';
import { nodeScheduler } from '../../src/core/platform/node-scheduler.js';
import type { Logger } from '../../src/core/platform/ports.js';
import { nodeSocketFiles } from '../../src/core/platform/socket-file.js';
import type { ClientGatewayConnection } from '../../src/core/transport/index.js';
import { PeerLinks, SocketServer } from '../../src/core/transport/index.js';
import type { Hello } from '../../src/core/wire/index.js';
import { encodePeerMessage, PROTOCOL_VERSIONS } from '../../src/core/wire/index.js';

export const CLUSTER = new Uint8Array(16).fill(7);
export const OTHER_CLUSTER = new Uint8Array(16).fill(8);

export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 8_000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`did not happen in time: ${what}`);
    await delay(2);
  }
}

export interface LogLine {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

export function memoryLogger(lines: LogLine[]): Logger {
  const write = (event: string, fields?: Readonly<Record<string, unknown>>): void => {
    lines.push({ event, fields });
  };
  return { info: write, warn: write, error: write };
}

/** One node's transport, with everything that happened to it. */
export interface TestNode {
  readonly pid: number;
  readonly links: PeerLinks;
  readonly server: SocketServer;
  /** `up 2`, `down 2`, in order. */
  readonly events: string[];
  readonly frames: { readonly from: number; readonly body: Uint8Array }[];
  readonly relays: { readonly from: number; readonly kind: number; readonly body: Uint8Array }[];
  readonly clients: ClientGatewayConnection[];
  readonly log: LogLine[];
}

export class World {
  readonly directory = mkdtempSync(join(tmpdir(), 'omnikv-transport-'));
  private readonly nodes: TestNode[] = [];
  private readonly sockets: Socket[] = [];

  path(pid: number): string {
    return join(this.directory, `node${pid}.sock`);
  }

  /** A node that neither listens nor dials yet. */
  node(
    pid: number,
    peers: readonly number[],
    options: {
      readonly clusterId?: Uint8Array;
      readonly handshakeTimeoutMs?: number;
      readonly onClient?: (connection: ClientGatewayConnection) => void;
    } = {},
  ): TestNode {
    const clusterId = options.clusterId ?? CLUSTER;
    const events: string[] = [];
    const frames: { from: number; body: Uint8Array }[] = [];
    const relays: { from: number; kind: number; body: Uint8Array }[] = [];
    const clients: ClientGatewayConnection[] = [];
    const log: LogLine[] = [];
    const ports = { clock: nodeClock, scheduler: nodeScheduler, logger: memoryLogger(log) };
    const links = new PeerLinks({
      ...ports,
      pid,
      clusterId,
      configurationId: 1,
      peers: new Map(peers.map((peer) => [peer, this.path(peer)])),
      random: nodeRandom,
      handlers: {
        onFrame: (from, body) => frames.push({ from, body }),
        onRelay: (from, kind, body) => relays.push({ from, kind, body }),
        onUp: (peer) => events.push(`up ${peer}`),
        onDown: (peer) => events.push(`down ${peer}`),
      },
    });
    const server = new SocketServer({
      ...ports,
      path: this.path(pid),
      pid,
      clusterId,
      socketFiles: nodeSocketFiles,
      links,
      ...(options.handshakeTimeoutMs === undefined
        ? {}
        : { handshakeTimeoutMs: options.handshakeTimeoutMs }),
      describe: () => ({ appliedIdx: 42, leader: 3 }),
      onClient: (connection) => {
        clients.push(connection);
        options.onClient?.(connection);
      },
    });
    const node = { pid, links, server, events, frames, relays, clients, log };
    this.nodes.push(node);
    return node;
  }

  async started(pid: number, peers: readonly number[]): Promise<TestNode> {
    const node = this.node(pid, peers);
    await node.server.listen();
    node.links.start();
    return node;
  }

  /** A raw connection that says what it is told, and keeps what it hears. */
  raw(pid: number): RawConnection {
    const connection = new RawConnection(this.path(pid));
    this.sockets.push(connection.socket);
    return connection;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    for (const node of this.nodes) {
      node.links.close();
      await node.server.close();
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export class RawConnection {
  readonly socket: Socket;
  readonly received: Uint8Array[] = [];
  isClosed = false;

  constructor(path: string) {
    this.socket = createConnection(path);
    this.socket.on('data', (chunk: Buffer) => this.received.push(new Uint8Array(chunk)));
    // What the other end does to us is what the tests look at: the close below says it.
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.isClosed = true;
    });
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  get receivedBytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.received));
  }
}

export function hello(from: number, to: number, changes: Partial<Hello> = {}): Hello {
  return {
    lowestVersion: PROTOCOL_VERSIONS.lowest,
    highestVersion: PROTOCOL_VERSIONS.highest,
    clusterId: CLUSTER,
    from,
    to,
    role: from === 0 ? 'client' : 'peer',
    configurationId: 1,
    ...changes,
  };
}

export function peerFrame(from: number, to: number, fromIdx = 0): Uint8Array {
  const body = { kind: 'decidedRequest', fromIdx } as const;
  return encodePeerMessage({ configurationId: 1, from, to, body });
}

/** A frame of about this many bytes. */
export function largePeerFrame(from: number, to: number, sizeBytes: number): Uint8Array {
  const body = { kind: 'proposalForward', entries: [new Uint8Array(sizeBytes)] } as const;
  return encodePeerMessage({ configurationId: 1, from, to, body });
}
