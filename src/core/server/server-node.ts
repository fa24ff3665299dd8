/**
 * The composition root: builds one node from its parts and takes it apart again.
 *
 * Order matters. Up: data directory (with its guard), membership, protocol, socket, run file; nothing
 * leaves before the data is checked. Down: sockets, run file, storage, guard (D20), so that an old
 * node and its successor never overlap (N3).
 */

import type { ClusterLayout, NodeConfig } from '../config/index.js';
import { SHUTDOWN_DRAIN_MS } from '../limits.js';
import { KvStateMachine } from '../kv/index.js';
import { nodeClock } from '../platform/node-clock.js';
import { nodeFileSystem } from '../platform/node-file-system.js';
import { nodeRandom } from '../platform/node-random.js';
import { nodeScheduler } from '../platform/node-scheduler.js';
import { currentProcessIdentity } from '../platform/process-identity.js';
import { nodeSocketFiles } from '../platform/socket-file.js';
import type { Logger } from '../platform/ports.js';
import { LoopDelay, Replica, TickDriver, TrackedStorage } from '../replica/index.js';
import type { PersistentStorage } from '../storage/index.js';
import { PeerLinks, SocketServer } from '../transport/index.js';
import type { RecoveredStatus } from '../wire/index.js';
import { ClientGateway } from './client-gateway.js';
import { checkMembership } from './membership-file.js';
import { CurrentDigest } from './current-digest.js';
import { FaultLoader } from './fault-loader.js';
import { openNodeStorage } from './node-storage.js';
import {
  canRelayTo,
  receiveFromPeer,
  receiveRelay,
  sendRelay,
  sendToPeers,
} from './peer-gateway.js';
import type { RunDirectory } from './run-directory.js';
import { describeNode } from './status.js';

export interface ServerNodeOptions {
  readonly layout: ClusterLayout;
  /** 32 hex digits. */
  readonly clusterId: string;
  readonly config: NodeConfig;
  readonly runDirectory: RunDirectory;
  readonly version: string;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => never;
}

export class ServerNode {
  readonly #options: ServerNodeOptions;
  readonly #storage: PersistentStorage<Uint8Array>;
  readonly #stateMachine = new KvStateMachine();
  readonly #digest = new CurrentDigest(this.#stateMachine);
  readonly #replica: Replica;
  readonly #links: PeerLinks;
  readonly #faults: FaultLoader;
  readonly #gateway: ClientGateway;
  readonly #socketServer: SocketServer;
  readonly #ticks: TickDriver;
  readonly #loopDelay = new LoopDelay();
  readonly #startedAtMs = nodeClock.nowMs();
  readonly #recovered: RecoveredStatus | null;
  #isStopping = false;

  /** Opens the data and holds it; nothing is sent and nothing listens before `start`. */
  static async open(options: ServerNodeOptions): Promise<ServerNode> {
    const { layout, config, logger, clusterId } = options;
    const storage = await openNodeStorage({ layout, config, clusterId, logger });
    checkMembership({
      fileSystem: nodeFileSystem,
      path: `${layout.nodeDataDirectory(config.omniPaxos.pid)}.members.json`,
      membership: config.omniPaxos,
    });
    return new ServerNode(options, storage);
  }

  private constructor(options: ServerNodeOptions, storage: PersistentStorage<Uint8Array>) {
    const { config, logger } = options;
    this.#options = options;
    this.#storage = storage;
    this.#recovered = describeRecovery(storage);
    this.#replica = this.#buildReplica();
    this.#links = this.#buildLinks();
    this.#faults = new FaultLoader({
      ...{ pid: config.omniPaxos.pid, path: options.layout.linksFile, logger },
      fileSystem: nodeFileSystem,
      links: this.#links,
      epochMs: () => Date.now(),
    });
    this.#gateway = new ClientGateway({
      replica: this.#replica,
      describeStatus: () => this.#describeStatus(),
      reloadFaults: () => this.#faults.reload(),
    });
    this.#socketServer = this.#buildSocketServer();
    this.#ticks = new TickDriver({
      tickMs: config.tickMs,
      clock: nodeClock,
      scheduler: nodeScheduler,
      onTick: (lateMs) => {
        this.#loopDelay.record(lateMs);
        this.#replica.tick();
      },
    });
    logger.info('data-opened', { ...this.#recovered });
  }

  async start(): Promise<void> {
    this.#replica.start();
    // N11: the network does not heal because a node has started, not even for whoever dials first.
    this.#faults.reload();
    await this.#socketServer.listen();
    if (this.#isStopping) return;
    this.#links.start();
    this.#ticks.start();
    this.#writeRunFile();
  }

  /** S1, D20. Rejects where the last write to the disk fails. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    // E8: clients and followers go on with the successor; nothing is refused before that.
    await new Promise<void>((resolve) => this.#replica.leave(resolve));
    this.#socketServer.stopAccepting();
    this.#replica.refuseNew();
    await this.#drained();
    this.#replica.stop();
    this.#ticks.stop();
    await this.#socketServer.close();
    this.#options.runDirectory.removeRunFile();
    await this.#storage.close();
  }

  /** What is under way gets a moment to be decided; what is not by then ends as unknown. */
  #drained(): Promise<void> {
    const untilMs = nodeClock.nowMs() + SHUTDOWN_DRAIN_MS;
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#replica.underWayCount === 0 || nodeClock.nowMs() >= untilMs) resolve();
        else nodeScheduler.after(5, look);
      };
      look();
    });
  }

  #buildReplica(): Replica {
    const { config, logger, onFatal } = this.#options;
    const storage = new TrackedStorage(this.#storage);
    const consensus = config.omniPaxos.build<Uint8Array>(storage);
    consensus.failRecovery();
    return new Replica({
      pid: config.omniPaxos.pid,
      peers: config.omniPaxos.peers,
      consensus,
      storage,
      stateMachine: this.#stateMachine,
      ports: { clock: nodeClock, scheduler: nodeScheduler, logger },
      hasDiskReserve: () => this.#storage.hasDiskReserve(),
      firstRelayId: Math.floor(nodeRandom.fraction() * 2 ** 48),
      canRelayTo: (to) => canRelayTo(this.#links, to),
      handlers: {
        onMessages: (messages) => {
          sendToPeers(this.#links, messages);
        },
        onRelay: (to, message) => {
          sendRelay(this.#links, to, message);
        },
        onTurnEnd: () => {
          this.#gateway.flush();
        },
        onFatal,
      },
    });
  }

  #buildLinks(): PeerLinks {
    const { config, layout, clusterId, logger } = this.#options;
    const { pid, peers, configurationId } = config.omniPaxos;
    return new PeerLinks({
      pid,
      clusterId: Buffer.from(clusterId, 'hex'),
      configurationId,
      peers: new Map(peers.map((peer) => [peer, layout.socketPath(peer)])),
      clock: nodeClock,
      scheduler: nodeScheduler,
      random: nodeRandom,
      logger,
      handlers: {
        onFrame: (from, body) => {
          receiveFromPeer({ links: this.#links, replica: this.#replica }, from, body);
        },
        onRelay: (from, kind, body) => {
          receiveRelay({ links: this.#links, replica: this.#replica }, from, { kind, body });
        },
        onUp: (peer) => {
          this.#replica.linkUp(peer);
        },
        onDown: (peer) => {
          this.#replica.linkDown(peer);
        },
      },
    });
  }

  #buildSocketServer(): SocketServer {
    const { config, layout, clusterId, logger } = this.#options;
    const { pid } = config.omniPaxos;
    return new SocketServer({
      path: layout.socketPath(pid),
      pid,
      clusterId: Buffer.from(clusterId, 'hex'),
      socketFiles: nodeSocketFiles,
      clock: nodeClock,
      scheduler: nodeScheduler,
      logger,
      links: this.#links,
      describe: () => ({
        appliedIdx: this.#replica.appliedIdx,
        leader: this.#replica.leaderHint,
      }),
      onClient: (connection) => {
        this.#gateway.accept(connection);
      },
    });
  }

  #writeRunFile(): void {
    const { layout, config, runDirectory, version } = this.#options;
    const { pid } = config.omniPaxos;
    const dataPath = layout.nodeDataDirectory(pid);
    runDirectory.writeRunFile({
      pid,
      ...currentProcessIdentity(),
      dirId: this.#storage.identity.dirId,
      dataIdentity: nodeFileSystem.status(dataPath)?.identity ?? '',
      startedAt: new Date().toISOString(),
      version,
      configDigest: config.digest,
    });
  }

  #describeStatus(): string {
    const { config, version } = this.#options;
    return JSON.stringify(
      describeNode({
        protocol: this.#replica.status(),
        appliedIdx: this.#replica.appliedIdx,
        startedAtMs: this.#startedAtMs,
        nowMs: nodeClock.nowMs(),
        version,
        configDigest: config.digest,
        recovered: this.#recovered,
        isDiskFull: this.#replica.isDiskFull,
        loopDelay: this.#loopDelay.summary(),
        digest: this.#digest.read(this.#replica.isIdle),
        isLinkUp: (pid) => this.#links.isUp(pid),
        faultTo: (pid) => this.#links.faultTo(pid),
        relaysThrough: this.#replica.relaysThrough,
      }),
    );
  }
}

function describeRecovery(storage: PersistentStorage<Uint8Array>): RecoveredStatus | null {
  if (!storage.isUsed) return null;
  const { decidedIdx, acceptedIdx } = storage.state();
  return { decidedIdx, acceptedIdx, tornBytes: storage.tornBytes };
}
