/**
 * Replicas in one thread: the real protocol, state machine and codecs; clock, disks and links in
 * the hands of the test.
 */

import { KvStateMachine } from '../../src/core/kv/index.js';
import type { Operation } from '../../src/core/kv/command.js';
import { MAX_PEER_FRAME_BYTES } from '../../src/core/limits.js';
import type { Message } from '../../src/core/omnipaxos/messages.js';
import { OmniPaxos } from '../../src/core/omnipaxos/omnipaxos.js';
import { silentLogger } from '../../src/core/platform/file-logger.js';
import { Replica, TrackedStorage, type ReplySink } from '../../src/core/replica/index.js';
import type { ClientRequestBody, ServerReplyBody } from '../../src/core/wire/client-messages.js';
import {
  decodePeerMessage,
  decodeRelay,
  encodePeerMessage,
  encodeRelay,
  FrameReader,
  isRelayFrameKind,
  type RelayMessage,
} from '../../src/core/wire/index.js';
import { ManualDisk } from './manual-disk.js';
import { ManualScheduler } from './manual-scheduler.js';

const TICK_MS = 10;
let lifeCount = 0;

export class ReplicaNode implements ReplySink {
  readonly replies = new Map<number, ServerReplyBody>();
  readonly stateMachine = new KvStateMachine();
  readonly fatal: unknown[] = [];
  readonly omniPaxos: OmniPaxos<Uint8Array>;
  readonly replica: Replica;
  isDown = false;
  hasDiskReserve = true;
  #lastRequest = 0;

  constructor(
    readonly pid: number,
    world: ReplicaWorld,
    peers: readonly number[],
    readonly disk = new ManualDisk(),
  ) {
    const storage = new TrackedStorage(this.disk);
    this.omniPaxos = new OmniPaxos<Uint8Array>({ configurationId: 1, pid, peers }, storage);
    this.replica = new Replica({
      pid,
      peers,
      consensus: this.omniPaxos,
      storage,
      stateMachine: this.stateMachine,
      ports: { clock: world.scheduler, scheduler: world.scheduler, logger: silentLogger },
      hasDiskReserve: () => this.hasDiskReserve,
      firstRelayId: ++lifeCount * 1_000_000,
      handlers: {
        onMessages: (messages) => {
          for (const message of messages) world.post(message);
        },
        onRelay: (to, message) => world.postRelay(pid, to, message),
        onTurnEnd: () => undefined,
        onFatal: (error) => this.fatal.push(error),
      },
    });
    this.replica.start();
  }

  reply(requestId: number, body: ServerReplyBody): void {
    if (this.replies.has(requestId)) throw new Error(`request ${requestId} was answered twice`);
    this.replies.set(requestId, body);
  }

  /** Gives the id under which the answer will stand in `replies`. */
  ask(
    body: ClientRequestBody,
    deadlineMs = 60_000,
    { isRelayable = false }: { readonly isRelayable?: boolean } = {},
  ): number {
    const id = ++this.#lastRequest;
    this.replica.submit(this, { id, deadlineMs, body, isRelayable, commandBytes: undefined });
    return id;
  }

  get(key: string, consistency: 'linearizable' | 'local' = 'linearizable'): number {
    return this.ask({ kind: 'get', key, consistency });
  }

  request(sessionId: number, sequence: number, operation: Operation, deadlineMs?: number): number {
    const command = { kind: 'request', sessionId, sequence, operation } as const;
    return this.ask({ kind: 'execute', command }, deadlineMs);
  }

  register(seed: number): number {
    const nonce = new Uint8Array(16).fill(seed);
    return this.ask({ kind: 'execute', command: { kind: 'register', nonce } });
  }

  oneShot(seed: number, operation: Operation, deadlineMs?: number): number {
    const nonce = new Uint8Array(16).fill(seed);
    const command = { kind: 'oneShot', nonce, floorIdx: 0, operation } as const;
    return this.ask({ kind: 'execute', command }, deadlineMs);
  }
}

export class ReplicaWorld {
  readonly scheduler = new ManualScheduler();
  readonly nodes: ReplicaNode[];
  /** Messages that were taken from a replica, all of them. */
  readonly posted: Message<Uint8Array>[] = [];
  onPosted: (message: Message<Uint8Array>) => void = () => undefined;
  #inFlight: Message<Uint8Array>[] = [];
  readonly #cuts = new Set<string>();
  readonly #silent = new Set<string>();
  readonly relayed: {
    readonly from: number;
    readonly to: number;
    readonly message: RelayMessage;
  }[] = [];

  constructor(count: number) {
    const pids = Array.from({ length: count }, (_, index) => index + 1);
    this.nodes = pids.map(
      (pid) =>
        new ReplicaNode(
          pid,
          this,
          pids.filter((peer) => peer !== pid),
        ),
    );
    for (const a of pids) for (const b of pids) if (a !== b) this.node(a).replica.linkUp(b);
  }

  node(pid: number): ReplicaNode {
    const node = this.nodes[pid - 1];
    if (node === undefined) throw new Error(`there is no node ${pid}`);
    return node;
  }

  /** The node that serves, after as many ticks as it takes. */
  elect(): ReplicaNode {
    let leader: ReplicaNode | undefined;
    this.until(() => (leader = this.serving()) !== undefined);
    return leader ?? this.node(1);
  }

  serving(): ReplicaNode | undefined {
    return this.nodes.find((node) => !node.isDown && node.omniPaxos.status().isServing);
  }

  followers(leader: ReplicaNode): readonly ReplicaNode[] {
    return this.nodes.filter((node) => node !== leader && !node.isDown);
  }

  post(message: Message<Uint8Array>): void {
    this.posted.push(message);
    this.onPosted(message);
    if (!this.#silent.has(`${message.from}>${message.to}`)) this.#inFlight.push(message);
  }

  /** Through its frame, as between processes. */
  postRelay(from: number, to: number, message: RelayMessage): void {
    this.relayed.push({ from, to, message });
    if (this.#silent.has(`${from}>${to}`)) return;
    const reader = new FrameReader(MAX_PEER_FRAME_BYTES);
    reader.push(encodeRelay(message));
    const frame = reader.next();
    if (frame?.kind !== 'frame' || !isRelayFrameKind(frame.frameKind)) throw new Error('no relay');
    const decoded = decodeRelay(frame.frameKind, frame.body);
    if (!decoded.ok) throw new Error(decoded.error.reason);
    this.scheduler.defer(() => {
      if (!this.node(to).isDown) this.node(to).replica.handleRelay(from, decoded.value);
    });
  }

  /** A cut that gives no hint: what is sent is lost, and nobody is told. */
  silence(from: number, to: number): void {
    this.#silent.add(`${from}>${to}`);
  }

  unsilence(from: number, to: number): void {
    this.#silent.delete(`${from}>${to}`);
  }

  /** Loses what is in flight between the two, and says so to both. */
  cut(a: number, b: number): void {
    this.#cuts.add(`${a}-${b}`).add(`${b}-${a}`);
    this.#inFlight = this.#inFlight.filter((message) => !this.#isCut(message));
    if (!this.node(a).isDown) this.node(a).replica.linkDown(b);
    if (!this.node(b).isDown) this.node(b).replica.linkDown(a);
  }

  heal(a: number, b: number): void {
    this.#cuts.delete(`${a}-${b}`);
    this.#cuts.delete(`${b}-${a}`);
    this.node(a).replica.linkUp(b);
    this.node(b).replica.linkUp(a);
  }

  isolate(pid: number): void {
    for (const node of this.nodes) if (node.pid !== pid) this.cut(pid, node.pid);
  }

  crash(pid: number): void {
    // Nothing of it runs any more.
    this.node(pid).replica.stop();
    this.node(pid).isDown = true;
    this.isolate(pid);
  }

  /** A new process on the old disk, linked with everyone who is up. */
  restart(pid: number): void {
    const others = this.nodes.map((node) => node.pid).filter((other) => other !== pid);
    const { disk } = this.node(pid);
    disk.reopen();
    this.nodes[pid - 1] = new ReplicaNode(pid, this, others, disk);
    for (const other of others) if (!this.node(other).isDown) this.heal(pid, other);
  }

  /** Everybody is up, linked with everybody, on a disk that works. */
  mend(): void {
    for (const node of this.nodes) if (node.isDown) this.restart(node.pid);
    for (const a of this.nodes) {
      a.disk.isFast = true;
      for (const b of this.nodes) if (a.pid < b.pid) this.heal(a.pid, b.pid);
    }
    this.settle();
  }

  /** Runs until nothing moves without another tick. */
  settle(): void {
    for (let round = 0; round < 1_000; round++) {
      const isQuiet = !this.scheduler.hasDeferred && this.#inFlight.length === 0;
      const flushing = this.nodes.filter((node) => node.disk.isFast && node.disk.isFlushing);
      if (isQuiet && flushing.length === 0) return;
      this.scheduler.runDeferred();
      for (const node of flushing) node.disk.completeFlush();
      this.#deliver();
    }
    throw new Error('the replicas never come to rest');
  }

  tick(): void {
    this.scheduler.advance(TICK_MS);
    for (const node of this.nodes) if (!node.isDown) node.replica.tick();
    this.settle();
  }

  ticks(count: number): void {
    for (let i = 0; i < count; i++) this.tick();
  }

  until(isReached: () => boolean, maxTicks = 1_000): void {
    this.settle();
    for (let i = 0; i < maxTicks; i++) {
      if (isReached()) return;
      this.tick();
    }
    throw new Error(`not reached within ${maxTicks} ticks`);
  }

  #isCut(message: Message<Uint8Array>): boolean {
    return this.#cuts.has(`${message.from}-${message.to}`);
  }

  #deliver(): void {
    const messages = this.#inFlight;
    this.#inFlight = [];
    for (const message of messages) {
      const receiver = this.node(message.to);
      if (!this.#isCut(message) && !receiver.isDown)
        receiver.replica.handleIncoming(recode(message));
    }
  }
}

/** What arrives at the other end: other objects with the same content. */
function recode(message: Message<Uint8Array>): Message<Uint8Array> {
  const reader = new FrameReader(16 * 1024 * 1024);
  reader.push(encodePeerMessage(message));
  const frame = reader.next();
  const decoded = frame?.kind === 'frame' ? decodePeerMessage(frame.body) : undefined;
  if (decoded?.ok !== true) throw new Error(`not a message: ${JSON.stringify(message.body.kind)}`);
  return decoded.value;
}

export function put(key: string, value: bigint): Operation {
  return { kind: 'put', key, value: { kind: 'u64', value }, condition: undefined };
}

export function increment(key: string): Operation {
  return { kind: 'increment', key, by: 1n };
}
