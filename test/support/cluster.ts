/**
 * A deterministic cluster: N protocol instances, their disks and their network in virtual time.
 *
 * A run depends on its options and its seed alone. The invariants are checked after every event;
 * an error names the seed and the virtual time, and running the seed again gives the same error.
 */

import { OmnikvError } from '../../src/core/errors.js';
import { TICK_MS } from '../../src/core/limits.js';
import { formatBallot } from '../../src/core/omnipaxos/ballot.js';
import type { OmniPaxosOptions } from '../../src/core/omnipaxos/omnipaxos.js';
import { ClusterNode, type NodeHooks } from './cluster-node.js';
import { EventQueue } from '../../src/core/simulator/event-queue.js';
import { Invariants } from './invariants.js';
import { GOOD_LINK, Network, type LinkBehaviour, type Range } from './network.js';
import { Prng } from '../../src/core/simulator/prng.js';

const TICK_US = TICK_MS * 1000;
export const ELECTION_TIMEOUT_MS = 300;

export interface ClusterOptions {
  readonly seed: string | number;
  /** How many nodes, or their pids. */
  readonly nodes: number | readonly number[];
  readonly configure?: (pid: number) => Partial<OmniPaxosOptions<string>>;
  readonly link?: Partial<LinkBehaviour>;
  readonly flushUs?: Range;
  /** What each entry counts: large ones make a log long (L1 to L4). */
  readonly entryBytes?: number;
  /** Whether nodes hear of opened and closed connections (the hint). */
  readonly hints?: boolean;
  /** Nodes start at random times within one election timeout, unless told otherwise. */
  readonly startsByItself?: boolean;
}

export interface LeaderChange {
  readonly timeMs: number;
  readonly pid: number;
  readonly ballot: string;
}

interface PendingRead {
  readonly floorIdx: number;
}

export class Cluster {
  readonly seed: string;
  readonly pids: readonly number[];
  readonly prng: Prng;
  readonly events = new EventQueue();
  readonly network: Network<string>;
  readonly invariants: Invariants<string>;
  readonly leaderChanges: LeaderChange[] = [];
  /** When each position was first decided, in milliseconds. */
  readonly decidedAtMs: number[] = [];
  readonly readsDone = new Map<number, 'ready' | 'failed'>();
  flushUs: Range;
  /** Nodes whose flushes begin and do not end. */
  readonly stalledDisks = new Set<number>();
  readonly #nodes = new Map<number, ClusterNode>();
  readonly #stalled: { readonly pid: number; readonly complete: () => void }[] = [];
  readonly #hasHints: boolean;
  readonly #diskPrng: Prng;
  readonly #reads = new Map<number, PendingRead>();

  constructor(options: ClusterOptions) {
    this.seed = String(options.seed);
    this.prng = new Prng(this.seed);
    const { nodes } = options;
    this.pids = typeof nodes === 'number' ? Array.from({ length: nodes }, (_, i) => i + 1) : nodes;
    this.flushUs = options.flushUs ?? { min: 100, max: 500 };
    this.#hasHints = options.hints ?? false;
    this.#diskPrng = this.prng.split('disk');
    this.network = new Network({
      events: this.events,
      prng: this.prng.split('network'),
      behaviour: { ...GOOD_LINK, ...options.link },
      deliver: (message) => {
        const node = this.node(message.to);
        node.input(() => node.omniPaxos.handleIncoming(message));
      },
    });
    const flexible = options.configure?.(this.pids[0] ?? 0).flexibleQuorum;
    this.invariants = new Invariants({
      acceptQuorumSize: flexible?.writeQuorumSize ?? Math.floor(this.pids.length / 2) + 1,
      nodes: () => this.#nodes.values(),
    });
    for (const pid of this.pids) this.#createNode(pid, options);
    if (options.startsByItself ?? true) this.startAll();
  }

  get nowMs(): number {
    return this.events.nowUs / 1000;
  }

  get decided(): readonly string[] {
    return this.invariants.decided;
  }

  get nodes(): readonly ClusterNode[] {
    return [...this.#nodes.values()];
  }

  node(pid: number): ClusterNode {
    const node = this.#nodes.get(pid);
    if (node === undefined) throw new RangeError(`no node ${pid}`);
    return node;
  }

  /** Starts every node that was created, each at a random time within an election timeout. */
  startAll(): void {
    const prng = this.prng.split('start');
    for (const pid of this.pids) {
      this.events.after(prng.int(0, ELECTION_TIMEOUT_MS * 1000), () => this.node(pid).start());
    }
  }

  // Time

  runFor(ms: number): void {
    const untilUs = this.events.nowUs + Math.round(ms * 1000);
    this.#guard(() => {
      while (this.events.step(untilUs));
    });
  }

  /** Runs until the condition holds; throws where it does not in time. */
  runUntil(what: string, condition: () => boolean, options: { withinMs?: number } = {}): void {
    const deadlineUs = this.events.nowUs + (options.withinMs ?? 30_000) * 1000;
    this.#guard(() => {
      while (!condition()) {
        if (!this.events.step(deadlineUs)) throw new Error(`not in time: ${what}`);
      }
    });
  }

  // Questions

  /** The node that serves as leader: the highest ballot where there are several. */
  leader(): ClusterNode | undefined {
    let leader: ClusterNode | undefined;
    for (const node of this.nodes) {
      if (!node.isRunning || !node.omniPaxos.status().isServing) continue;
      const n = node.omniPaxos.getPromise().n;
      if (leader === undefined || n > leader.omniPaxos.getPromise().n) leader = node;
    }
    return leader;
  }

  waitForLeader(options: { withinMs?: number; except?: number } = {}): ClusterNode {
    const isFound = () => {
      const pid = this.leader()?.pid;
      return pid !== undefined && pid !== options.except;
    };
    this.runUntil('a leader serves', isFound, options);
    return this.leader()!;
  }

  /** Running nodes that follow the leader's ballot and hold its whole log. */
  waitForConvergence(options: { withinMs?: number } = {}): void {
    this.runUntil(
      'all running nodes hold the same decided log',
      () => {
        const running = this.nodes.filter((node) => node.isRunning);
        const length = this.decided.length;
        return running.every(
          ({ omniPaxos }) =>
            omniPaxos.getDecidedIdx() === length && omniPaxos.getAcceptedIdx() === length,
        );
      },
      options,
    );
  }

  followersOf(leader: ClusterNode): ClusterNode[] {
    return this.nodes.filter((node) => node !== leader && node.isRunning);
  }

  // Clients

  append(pid: number, ...entries: string[]): void {
    const node = this.node(pid);
    node.input(() => node.omniPaxos.appendAll(entries));
  }

  /** The same, where a refusal is an answer like any other. */
  tryAppend(pid: number, entry: string): boolean {
    if (!this.node(pid).isRunning) return false;
    try {
      this.append(pid, entry);
      return true;
    } catch (error) {
      if (!(error instanceof OmnikvError)) throw error;
      return false;
    }
  }

  /** Appends at `pid` and waits until all entries are decided there. */
  decide(pid: number, entries: readonly string[], options: { withinMs?: number } = {}): void {
    const missing = new Set(entries);
    let scanned = 0;
    this.append(pid, ...entries);
    this.runUntil(
      `${entries.length} entries are decided at node ${pid}`,
      () => {
        const idx = this.node(pid).omniPaxos.getDecidedIdx();
        for (; scanned < idx; scanned++) missing.delete(this.decided[scanned]!);
        return missing.size === 0;
      },
      options,
    );
  }

  requestRead(pid: number, id: number): void {
    this.#reads.set(id, { floorIdx: this.decided.length });
    const node = this.node(pid);
    node.input(() => node.omniPaxos.requestRead(id));
  }

  // Faults

  cut(a: number, b: number): void {
    this.cutOneWay(a, b);
    this.cutOneWay(b, a);
  }

  cutOneWay(from: number, to: number): void {
    this.network.cut(from, to);
  }

  heal(a: number, b: number): void {
    this.network.heal(a, b);
    this.network.heal(b, a);
    this.#hint(a, b, 'reconnected');
    this.#hint(b, a, 'reconnected');
  }

  isolate(pid: number): void {
    for (const other of this.pids) if (other !== pid) this.cut(pid, other);
  }

  healAll(): void {
    for (const [i, a] of this.pids.entries()) {
      for (const b of this.pids.slice(i + 1)) {
        if (!this.network.isUp(a, b) || !this.network.isUp(b, a)) this.heal(a, b);
      }
    }
  }

  /** SIGKILL. Of what was being written, `keepFraction` of the batches reaches the disk. */
  crash(pid: number, keepFraction = 0): void {
    const node = this.node(pid);
    node.crash(Math.round(node.storage.unsyncedCount * keepFraction));
    for (const other of this.pids) this.#hint(other, pid, 'disconnected');
  }

  restart(pid: number): void {
    this.node(pid).start();
    for (const other of this.pids) {
      if (other !== pid && this.node(other).isRunning) {
        this.#hint(other, pid, 'reconnected');
        this.#hint(pid, other, 'reconnected');
      }
    }
  }

  releaseDisk(pid: number): void {
    this.stalledDisks.delete(pid);
    for (const stalled of this.#stalled.splice(0)) {
      if (stalled.pid === pid) this.events.after(0, stalled.complete);
      else this.#stalled.push(stalled);
    }
  }

  #createNode(pid: number, options: ClusterOptions): void {
    const peers = this.pids.filter((other) => other !== pid);
    const own = { configurationId: 1, pid, peers, ...options.configure?.(pid) };
    const node = new ClusterNode(own, this.#hooks(options.entryBytes ?? 32));
    this.#nodes.set(pid, node);
    const phaseUs = this.prng.split(`phase ${pid}`).int(0, TICK_US - 1);
    const tick = () => {
      if (node.isRunning) node.input(() => node.omniPaxos.tick());
      this.events.after(TICK_US, tick);
    };
    this.events.at(phaseUs, tick);
  }

  #hooks(entryBytes: number): NodeHooks {
    return {
      sizeOf: () => entryBytes,
      onFlush: (node, complete) => {
        if (this.stalledDisks.has(node.pid)) this.#stalled.push({ pid: node.pid, complete });
        else this.events.after(this.#diskPrng.int(this.flushUs.min, this.flushUs.max), complete);
      },
      onMessage: (node, message) => {
        this.invariants.onSend(node, message);
        this.network.send(message);
      },
      onEvent: (node, event) => {
        if (event.kind !== 'becameLeader') return;
        const ballot = formatBallot(event.ballot);
        this.leaderChanges.push({ timeMs: this.nowMs, pid: node.pid, ballot });
      },
      onRead: (node, read) => {
        const { floorIdx } = this.#reads.get(read.id)!;
        if (read.kind === 'ready') this.invariants.onRead(node, floorIdx, read.readIdx);
        this.readsDone.set(read.id, read.kind);
      },
      afterEvent: (node) => {
        this.invariants.afterEvent(node);
        while (this.decidedAtMs.length < this.decided.length) this.decidedAtMs.push(this.nowMs);
      },
    };
  }

  /** Connections close or open a moment after their cause. */
  #hint(pid: number, other: number, kind: 'reconnected' | 'disconnected'): void {
    if (!this.#hasHints || pid === other) return;
    this.events.after(this.prng.split(`hint ${this.nowMs} ${pid} ${other}`).int(50, 500), () => {
      const node = this.node(pid);
      node.input(() => node.omniPaxos[kind](other));
    });
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof Error) {
        error.message += ` [seed ${this.seed}, ${this.nowMs.toFixed(3)} ms]`;
      }
      throw error;
    }
  }
}
