/**
 * One node of the simulated cluster: what `server` composes for a real process, on simulated ports.
 *
 * The disk outlives the process. A life begins with the real recovery on whatever the last one left,
 * and ends by a kill, a power cut or the node's own fail-stop (D17). Between two lives nothing of the
 * first one runs.
 */

import { OmnikvError } from '../errors.js';
import { KvStateMachine, type Command, type CommandReply } from '../kv/index.js';
import type { Message } from '../omnipaxos/messages.js';
import { OmniPaxos } from '../omnipaxos/omnipaxos.js';
import type { Logger, Random, SyncPace } from '../platform/ports.js';
import { Replica, TickDriver, TrackedStorage } from '../replica/index.js';
import { bytesCodec, createDataDirectory, PersistentStorage } from '../storage/index.js';
import type { RelayMessage } from '../wire/index.js';
import type { CrashSummary } from './disk/crash.js';
import { SimulatedDisk, type DiskEvent } from './disk/simulated-disk.js';
import type { EventQueue } from './event-queue.js';
import {
  NodeShadow,
  observeApplies,
  ObservedStorage,
  type ObservedNode,
} from './invariants/index.js';
import { Life } from './life.js';
import { lifeFileSystem } from './life-file-system.js';
import type { RunPlan } from './plan.js';
import type { Prng } from './prng.js';

export const DATA_PATH = '/data';
export const CLUSTER_ID = '0123456789abcdef0123456789abcdef';

export type NodeState = 'running' | 'stopped' | 'down' | 'refused';

export interface NodeHandlers {
  readonly onMessages: (node: SimulatedNode, messages: readonly Message<Uint8Array>[]) => void;
  readonly onRelay: (node: SimulatedNode, to: number, message: RelayMessage) => void;
  /** After every event that the node handled. */
  readonly afterEvent: (node: SimulatedNode) => void;
  readonly onApplied: (
    node: SimulatedNode,
    index: number,
    command: Command,
    reply: CommandReply,
  ) => void;
  readonly onRenamed: (path: string) => void;
  readonly onStarted: (node: SimulatedNode) => void;
  /** The process ended by itself, at start or later. */
  readonly onExit: (node: SimulatedNode, error: unknown) => void;
  readonly onLog: (node: SimulatedNode, event: string, fields: unknown) => void;
  readonly onDiskEvent: (node: SimulatedNode, event: DiskEvent) => void;
}

export interface SimulatedNodeOptions {
  readonly pid: number;
  readonly peers: readonly number[];
  readonly plan: RunPlan;
  readonly prng: Prng;
  readonly queue: EventQueue;
  readonly handlers: NodeHandlers;
}

/** What runs while the process lives. */
interface Running {
  readonly life: Life;
  readonly consensus: OmniPaxos<Uint8Array>;
  readonly replica: Replica;
  readonly stateMachine: KvStateMachine;
}

export class SimulatedNode implements ObservedNode {
  readonly pid: number;
  readonly disk: SimulatedDisk;
  readonly shadow: NodeShadow;
  /** Counts the starts of the process. */
  life = 0;
  /** A disk fault was met in this life: an exit with an I/O error is expected. */
  hasMetDiskFault = false;
  /** The nemesis damaged data at rest: refusing to start is expected. */
  isDamaged = false;
  readonly #options: SimulatedNodeOptions;
  readonly #random: Random;
  readonly #syncPace: SyncPace;
  #running: Running | undefined;
  #hasRefused = false;

  constructor(options: SimulatedNodeOptions) {
    const { pid, prng, queue, plan } = options;
    this.#options = options;
    this.pid = pid;
    this.disk = new SimulatedDisk({
      prng: prng.split('disk'),
      queue,
      plan: plan.disk,
      onEvent: (event) => {
        if (event.kind !== 'spike' && event.kind !== 'crash') this.hasMetDiskFault = true;
        options.handlers.onDiskEvent(this, event);
      },
    });
    this.shadow = new NodeShadow(pid);
    this.#random = seededRandom(prng.split('random'));
    this.#syncPace = drawnSyncPace(prng.split('pace'), plan.disk.quickSyncProbability);
    this.#initialise();
  }

  get state(): NodeState {
    if (this.#hasRefused) return 'refused';
    if (this.#running === undefined) return 'down';
    return this.#running.life.isStopped ? 'stopped' : 'running';
  }

  get isAlive(): boolean {
    return this.#running !== undefined;
  }

  get consensus(): OmniPaxos<Uint8Array> {
    return this.#alive().consensus;
  }

  get replica(): Replica {
    return this.#alive().replica;
  }

  get stateMachine(): KvStateMachine {
    return this.#alive().stateMachine;
  }

  /** Hands an event of the world to the process; nothing where none runs. */
  handle(task: (replica: Replica) => void): void {
    const running = this.#running;
    running?.life.run(() => task(running.replica));
  }

  /** A new process on what the disk holds. */
  start(): void {
    this.life += 1;
    this.hasMetDiskFault = false;
    const { queue, plan, handlers, pid } = this.#options;
    const life = new Life({
      queue,
      clockRate: plan.cluster.clockRates[pid - 1] ?? 1,
      afterEvent: () => {
        // The event may have been the process's last.
        if (!life.isDead) handlers.afterEvent(this);
      },
    });
    try {
      this.#running = this.#run(life);
    } catch (error) {
      life.end();
      this.disk.processDied();
      if (isRefusal(error)) this.#hasRefused = true;
      handlers.onExit(this, error);
      return;
    }
    handlers.onStarted(this);
    life.run(() => this.#alive().replica.start());
    this.#startTicks(life);
  }

  /** SIGKILL: what the process had written stays in the page cache. */
  kill(): void {
    this.#end();
    this.disk.processDied();
  }

  /** The process and everything that was not synced. */
  powerCut(): CrashSummary {
    this.#end();
    return this.disk.powerCut();
  }

  stop(): void {
    this.#running?.life.stop();
  }

  resume(): void {
    this.#running?.life.resume();
  }

  #end(): void {
    this.#running?.life.end();
    this.#running = undefined;
  }

  #alive(): Running {
    if (this.#running === undefined) throw new Error(`node ${this.pid} does not run`);
    return this.#running;
  }

  #run(life: Life): Running {
    const { pid, peers, plan, handlers } = this.#options;
    const { flexibleQuorum, leaderPriorities, ...cluster } = plan.cluster;
    const logger = this.#logger();
    const opened = this.#openStorage(life, logger);
    this.shadow.newLife(opened.state(), opened.entries(0, opened.state().acceptedIdx));
    const storage = new TrackedStorage(new ObservedStorage(opened, this.shadow));
    const consensus = new OmniPaxos<Uint8Array>(
      {
        configurationId: 1,
        pid,
        peers,
        flexibleQuorum,
        leaderPriority: leaderPriorities[pid - 1],
        electionTickTimeout: cluster.electionTickTimeout,
      },
      storage,
    );
    consensus.failRecovery();
    const stateMachine = new KvStateMachine();
    observeApplies(stateMachine, (index, command, reply) => {
      handlers.onApplied(this, index, command, reply);
    });
    const replica = new Replica({
      pid,
      peers,
      consensus,
      storage,
      stateMachine,
      ports: { clock: life, scheduler: life, logger },
      hasDiskReserve: () => opened.hasDiskReserve(),
      firstRelayId: this.life * 2 ** 32,
      tableLimits: { sessionLimit: cluster.sessionLimit, oneShotLimit: cluster.oneShotLimit },
      handlers: {
        onMessages: (messages) => handlers.onMessages(this, messages),
        onRelay: (to, message) => handlers.onRelay(this, to, message),
        onTurnEnd: () => undefined,
        onFatal: (error) => this.#failed(life, error),
      },
    });
    return { life, consensus, replica, stateMachine };
  }

  #openStorage(life: Life, logger: Logger): PersistentStorage<Uint8Array> {
    const { segmentBytes, tailCacheBytes } = this.#options.plan.cluster;
    const disk = this.disk.openLife();
    const { onRenamed } = this.#options.handlers;
    const fileSystem = lifeFileSystem({ disk, life, onRenamed });
    const guard = { release: () => neverCalled() };
    return PersistentStorage.openHeld<Uint8Array>(
      {
        path: DATA_PATH,
        logOptions: { segmentBytes },
        codec: bytesCodec,
        identity: { clusterId: CLUSTER_ID, pid: this.pid },
        tailCacheBytes,
        // One guard a directory is the kernel's promise (D29): the simulator starts one life at a time.
        ports: {
          fileSystem,
          guard: { acquire: () => neverCalled() },
          random: this.#random,
          scheduler: life,
          logger,
          syncPace: this.#syncPace,
        },
      },
      { guard, directoryIdentity: fileSystem.status(DATA_PATH)?.identity ?? '' },
    );
  }

  #startTicks(life: Life): void {
    const { tickMs } = this.#options.plan.cluster;
    const ticks = new TickDriver({
      tickMs,
      clock: life,
      scheduler: life,
      onTick: () => this.#running?.replica.tick(),
    });
    ticks.start();
  }

  /** D17: the process ends at once; what it had written stays in the page cache. */
  #failed(life: Life, error: unknown): void {
    if (life.isDead) return;
    this.kill();
    this.#options.handlers.onExit(this, error);
  }

  /** What `omnikv init` did, long ago. */
  #initialise(): void {
    this.disk.withoutFaults(() => {
      createDataDirectory({
        fileSystem: this.disk.openLife(),
        random: this.#random,
        path: DATA_PATH,
        identity: { clusterId: CLUSTER_ID, pid: this.pid },
      });
    });
    this.disk.processDied();
  }

  #logger(): Logger {
    const log = (event: string, fields?: unknown): void => {
      this.#options.handlers.onLog(this, event, fields);
    };
    return { info: log, warn: log, error: log };
  }
}

/** The answers of a start on data that cannot be trusted. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof OmnikvError)) return false;
  return error.code !== 'OMNIKV_IO' && error.code !== 'OMNIKV_DISK_FULL';
}

function neverCalled(): never {
  throw new Error('the simulator closes no storage and takes no guard');
}

/** Now and then a sync holds the process, as on a quick disk (R8). */
function drawnSyncPace(prng: Prng, quickSyncProbability: number): SyncPace {
  return {
    get isQuick() {
      return prng.chance(quickSyncProbability);
    },
    syncBegan: () => undefined,
    syncEnded: () => undefined,
  };
}

function seededRandom(prng: Prng): Random {
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => prng.next() & 0xff),
    fraction: () => prng.fraction(),
  };
}
