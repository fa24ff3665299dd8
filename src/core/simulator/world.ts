/**
 * A whole cluster in one thread: nodes, disks, network, clients and the nemesis, on virtual time.
 *
 * It carries events between them, and shows each to the trace, the marks and the invariants. The first
 * violation of an invariant ends the run: `violation` holds it, whoever threw it.
 */

import { HistoryBook, HistoryRecorder, type HistoryEvent } from '../checker/index.js';
import { HAND_OVER_PATIENCE_MS } from '../limits.js';
import type { Message } from '../omnipaxos/messages.js';
import { Quorum } from '../omnipaxos/quorum.js';
import { ClientTraffic, type AnswerListener } from './client-traffic.js';
import type { ClientPlan } from './clients/client-plan.js';
import { SimulatedClient } from './clients/simulated-client.js';
import { describeMessage } from './describe-message.js';
import type { DiskEvent } from './disk/simulated-disk.js';
import { EventQueue } from './event-queue.js';
import { checksumOf, EventTrace } from './event-trace.js';
import {
  Invariants,
  InvariantViolation,
  openForAudit,
  type Violation,
} from './invariants/index.js';
import { MarkCounter } from './marks.js';
import {
  markAnswer,
  markDiskEvent,
  markLogEvent,
  markMessage,
  markPowerCut,
  markRelay,
  markWeather,
} from './mark-events.js';
import type { CutLink } from './network/partitions.js';
import { SimulatedNetwork } from './network/simulated-network.js';
import type { LinkWeather } from './network/path.js';
import type { Victim } from './nemesis.js';
import { PeerReceiver } from './peer-traffic.js';
import type { RunPlan } from './plan.js';
import type { Prng } from './prng.js';
import { CLUSTER_ID, DATA_PATH, SimulatedNode, type NodeState } from './simulated-node.js';
import {
  encodePeerMessage,
  encodeRelay,
  type ClientRequest,
  type RelayMessage,
} from '../wire/index.js';

export interface WorldOptions {
  readonly plan: RunPlan;
  readonly prng: Prng;
  readonly onTrace?: ((line: string) => void) | undefined;
  /** A node ended by itself and may be started again. */
  readonly onExit: (pid: number) => void;
}

export class World implements Victim {
  readonly queue = new EventQueue();
  readonly trace: EventTrace;
  readonly marks = new MarkCounter();
  readonly pids: readonly number[];
  readonly quorum: Quorum;
  readonly nodes = new Map<number, SimulatedNode>();
  readonly clients = new Map<number, SimulatedClient>();
  readonly history = new HistoryBook();
  readonly network: SimulatedNetwork;
  readonly invariants: Invariants;
  violation: Violation | undefined;
  readonly #options: WorldOptions;
  readonly #operations: Record<HistoryEvent['kind'], number> = { began: 0, ended: 0, failed: 0 };
  readonly #receivers = new Map<number, PeerReceiver>();
  readonly #traffic: ClientTraffic;
  readonly #recorder = this.#buildRecorder();

  constructor(options: WorldOptions) {
    const { plan, prng } = options;
    const { nodeCount, flexibleQuorum } = plan.cluster;
    this.#options = options;
    this.trace = new EventTrace(this.queue, options.onTrace);
    this.pids = Array.from({ length: nodeCount }, (_, i) => i + 1);
    this.quorum = new Quorum(nodeCount, flexibleQuorum);
    this.invariants = new Invariants({
      acceptQuorumSize: this.quorum.acceptSize,
      nodes: () => this.nodes.values(),
      openCopy: ({ pid }, fileSystem) => {
        const { segmentBytes } = plan.cluster;
        const identity = { clusterId: CLUSTER_ID, pid };
        return openForAudit({
          fileSystem,
          path: DATA_PATH,
          identity,
          logOptions: { segmentBytes },
        });
      },
    });
    this.network = this.#buildNetwork();
    for (const pid of this.pids) this.nodes.set(pid, this.#buildNode(pid));
    this.#traffic = new ClientTraffic({
      queue: this.queue,
      prng: prng.split('client traffic'),
      meanLatencyUs: plan.network.meanLatencyUs,
      nodes: this.nodes,
      clients: this.clients,
      onRequest: (node, request) => this.#requested(node, request),
    });
    for (let id = 1; id <= plan.clientCount; id++) this.addClient(id);
  }

  node(pid: number): SimulatedNode {
    const node = this.nodes.get(pid);
    if (node === undefined) throw new RangeError(`there is no node ${pid}`);
    return node;
  }

  /** Runs until that time, or until `isReached`. False where a violation or the time ended it. */
  run(untilUs: number, isReached: () => boolean = () => false): boolean {
    while (this.violation === undefined) {
      if (isReached()) return true;
      try {
        if (!this.queue.step(untilUs)) return false;
      } catch (error) {
        this.#noteViolation(error);
      }
    }
    return false;
  }

  /** A client that has not started yet; its plan is drawn where none is given. */
  addClient(id: number, plan?: ClientPlan): SimulatedClient {
    const client = new SimulatedClient({
      id,
      prng: this.#options.prng.split(`client ${id}`),
      queue: this.queue,
      transport: this.#traffic,
      history: this.#recorder,
      ...(plan === undefined ? {} : { plan }),
    });
    this.clients.set(id, client);
    return client;
  }

  /** What became of the clients' operations so far. */
  operations(): { readonly ok: number; readonly failed: number; readonly unknown: number } {
    const { began, ended, failed } = this.#operations;
    return { ok: ended, failed, unknown: began - ended - failed };
  }

  // -- what the nemesis may do -----------------------------------------------------------------

  stateOf(pid: number): NodeState {
    return this.node(pid).state;
  }

  start(pid: number): void {
    this.#say(pid, 'starts');
    this.node(pid).start();
  }

  kill(pid: number): void {
    this.#say(pid, 'is killed');
    this.marks.hit('process killed');
    this.node(pid).kill();
    this.#gone(pid);
    this.invariants.onCrash(this.node(pid));
  }

  powerCut(pid: number): void {
    this.marks.hit('power cut');
    this.invariants.onCrash(this.node(pid));
    const summary = this.node(pid).powerCut();
    this.#say(pid, `loses power: ${JSON.stringify(summary)}`);
    markPowerCut(this.marks, summary);
    this.#gone(pid);
  }

  blackout(): void {
    this.marks.hit('power cut of all nodes');
    for (const pid of this.pids) this.powerCut(pid);
  }

  stop(pid: number): void {
    this.#say(pid, 'is stopped');
    this.marks.hit('process stopped');
    this.node(pid).stop();
  }

  resume(pid: number): void {
    this.#say(pid, 'goes on');
    this.node(pid).resume();
  }

  partition(name: string, cuts: readonly CutLink[]): void {
    if (cuts.length > 0) this.marks.hit('partition');
    this.#note(`* partition ${name}: ${cuts.map((cut) => cut.join('>')).join(' ')}`);
    for (const [from, to] of cuts) this.network.cut(from, to);
  }

  heal(cuts: readonly CutLink[]): void {
    this.#note(`* healed: ${cuts.map((cut) => cut.join('>')).join(' ')}`);
    for (const [from, to] of cuts) this.network.heal(from, to);
  }

  setWeather(links: readonly CutLink[], weather: LinkWeather): void {
    markWeather(this.marks, weather);
    for (const [from, to] of links) this.network.setWeather(from, to, weather);
  }

  clog([from, to]: CutLink, forUs: number): void {
    this.marks.hit('link clogged');
    this.#note(`* link ${from}>${to} is clogged for ${Math.round(forUs / 1_000)} ms`);
    this.network.clog(from, to, this.queue.nowUs + forUs);
  }

  handOver(pid: number, to: number): void {
    this.node(pid).handle((replica) => {
      replica.handOver({ to, timeoutMs: HAND_OVER_PATIENCE_MS }, () => undefined);
    });
  }

  damage(pid: number): boolean {
    const node = this.node(pid);
    const damage = node.disk.damageAtRest();
    if (damage === undefined) return false;
    node.isDamaged = true;
    this.marks.hit('damage at rest');
    this.#say(pid, `is damaged at rest: ${damage}`);
    return true;
  }

  // -- construction ----------------------------------------------------------------------------

  #buildNetwork(): SimulatedNetwork {
    return new SimulatedNetwork({
      pids: this.pids,
      prng: this.#options.prng.split('network'),
      queue: this.queue,
      plan: this.#options.plan.network,
      handlers: {
        onBytes: (to, from, bytes, connection) => this.#receive(to, from, bytes, connection),
        onUp: (at, peer) => this.node(at).handle((replica) => replica.linkUp(peer)),
        onDown: (at, peer) => this.node(at).handle((replica) => replica.linkDown(peer)),
      },
      onEvent: (event) => {
        if (event.kind === 'split') return;
        if (event.kind === 'lost') this.marks.hit('message lost');
        if (event.kind === 'duplicated') this.marks.hit('message duplicated');
        if (event.kind === 'reordered') this.marks.hit('message reordered');
        if (event.kind === 'broken') this.marks.hit('connection broken');
        this.trace.record('link', `n${event.from} → n${event.to}`, [event.from, event.to], () => {
          return `* ${event.kind}`;
        });
      },
    });
  }

  #buildNode(pid: number): SimulatedNode {
    return new SimulatedNode({
      pid,
      peers: this.pids.filter((peer) => peer !== pid),
      plan: this.#options.plan,
      prng: this.#options.prng.split(`node ${pid}`),
      queue: this.queue,
      handlers: {
        onMessages: (node, messages) => this.#send(node, messages),
        onRelay: (node, to, message) => this.#sendRelay(node, to, message),
        onApplied: (node, index, command, reply) => {
          this.invariants.onApplied(node, index, command, reply);
        },
        onRenamed: (path) => {
          if (path.includes('/log/')) this.marks.hit('segment renamed into place');
        },
        afterEvent: (node) => this.invariants.afterEvent(node),
        onStarted: (node) => {
          this.#receivers.set(pid, new PeerReceiver());
          this.network.nodeUp(pid);
          this.#say(pid, `is up at ${node.consensus.getDecidedIdx()}`);
        },
        onExit: (node, error) => this.#exited(node, error),
        onLog: (node, event, fields) => this.#logged(node, event, fields),
        onDiskEvent: (node, event) => this.#diskDid(node, event),
      },
    });
  }

  #buildRecorder(): HistoryRecorder {
    return new HistoryRecorder({
      nowUs: () => this.queue.nowUs,
      sink: (event) => {
        this.#operations[event.kind] += 1;
        this.history.add(event);
      },
    });
  }

  // -- traffic ---------------------------------------------------------------------------------

  #send(node: SimulatedNode, messages: readonly Message<Uint8Array>[]): void {
    for (const message of messages) {
      this.invariants.onSend(node, message);
      markMessage(this.marks, message);
      const frame = encodePeerMessage(message);
      this.trace.record('send', `n${node.pid} → n${message.to}`, checksumOf(frame), () => {
        return describeMessage(message);
      });
      this.network.send(node.pid, message.to, frame);
    }
  }

  #sendRelay(node: SimulatedNode, to: number, message: RelayMessage): void {
    const frame = encodeRelay(message);
    markRelay(this.marks, message);
    const { kind } = message;
    this.trace.record('send', `n${node.pid} → n${to}`, checksumOf(frame), () => `relayed ${kind}`);
    this.network.send(node.pid, to, frame);
  }

  #receive(to: number, from: number, bytes: Uint8Array, connection: number): void {
    this.node(to).handle((replica) => {
      const received = this.#receivers.get(to)?.receive(from, connection, bytes) ?? [];
      for (const each of received) {
        if (each.kind === 'relay') {
          replica.handleRelay(from, each.relay);
          continue;
        }
        const { message } = each;
        this.trace.record('deliver', `n${from} ⇢ n${to}`, [from, to], () => {
          return describeMessage(message);
        });
        replica.handleIncoming(message);
      }
    });
  }

  #requested(node: SimulatedNode, { body: request, isRelayable }: ClientRequest): AnswerListener {
    const floorIdx = this.invariants.decided.length;
    return (answer) => {
      markAnswer(this.marks, answer);
      if (request.kind === 'execute' && answer.kind === 'executed') {
        const { command } = request;
        if (isRelayable === true) this.invariants.onPassedOn(node, command, answer.reply);
        else this.invariants.onAcknowledged(node, command, answer.reply);
      }
      const isRead = request.kind === 'get' && request.consistency === 'linearizable';
      if (isRead && answer.kind === 'value') {
        this.invariants.onReadAnswered(node, floorIdx, answer.appliedIdx);
      }
    };
  }

  // -- what the nodes do -----------------------------------------------------------------------

  #gone(pid: number): void {
    this.network.nodeDown(pid);
    this.#traffic.nodeDied(pid);
  }

  #exited(node: SimulatedNode, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#say(node.pid, `ends by itself: ${text}`);
    this.#gone(node.pid);
    this.#noteViolation(error, { orGoOn: true });
    const isRefusal = node.state === 'refused';
    this.marks.hit(isRefusal ? 'node refused damaged data' : 'node stopped by a disk error');
    const isExpected = isRefusal ? node.isDamaged : node.hasMetDiskFault || node.isDamaged;
    this.invariants.onExit(node, error, isExpected);
    if (!isRefusal) this.#options.onExit(node.pid);
  }

  #logged(node: SimulatedNode, event: string, fields: unknown): void {
    markLogEvent(this.marks, event);
    this.trace.record('protocol', `n${node.pid}`, [node.pid, event.length], () => {
      return `${event} ${fields === undefined ? '' : JSON.stringify(fields)}`;
    });
  }

  #diskDid(node: SimulatedNode, event: DiskEvent): void {
    markDiskEvent(this.marks, event);
    this.trace.record('disk', `n${node.pid}`, [node.pid], () => `* ${event.kind} ${event.detail}`);
  }

  #say(pid: number, text: string): void {
    this.trace.record('node', `n${pid}`, [pid, text.length], () => `* ${text}`);
  }

  #note(text: string): void {
    this.trace.record('nemesis', '', [text.length], () => text);
  }

  /** A violation may come wrapped in the error of whoever met it. Anything else is thrown on. */
  #noteViolation(error: unknown, { orGoOn = false } = {}): void {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (!(cause instanceof InvariantViolation)) continue;
      this.violation ??= cause;
      return;
    }
    if (!orGoOn) throw error;
  }
}
