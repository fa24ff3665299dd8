/**
 * A node whose every step is made by hand, to break one invariant at a time.
 *
 * It follows no protocol: it writes, decides and says what the test tells it to.
 */

import { KvStateMachine, type Command, type CommandReply } from '../../src/core/kv/index.js';
import type { Ballot } from '../../src/core/omnipaxos/ballot.js';
import type { MessageBody } from '../../src/core/omnipaxos/messages.js';
import type { StorageBatch, StoredState } from '../../src/core/omnipaxos/storage-port.js';
import type { FileSystem } from '../../src/core/platform/ports.js';
import {
  Invariants,
  InvariantViolation,
  NodeShadow,
  type openForAudit,
  type InvariantsOptions,
  type ObservedNode,
} from '../../src/core/simulator/invariants/index.js';
import { encodeCommand } from '../../src/core/wire/command-codec.js';

export const CONFIGURE: Command = { kind: 'configure', sessionLimit: 4, oneShotLimit: 4 };
export const REGISTER: Command = { kind: 'register', nonce: new Uint8Array(16).fill(7) };

export function ballot(n: number, pid: number): Ballot {
  return { configurationId: 1, n, priority: 0, pid };
}

export function increment(sequence: number, sessionId = 1): Command {
  return {
    kind: 'request',
    sessionId,
    sequence,
    operation: { kind: 'increment', key: 'k', by: 1n },
  };
}

export class HandNode implements ObservedNode {
  readonly pid: number;
  life = 1;
  isAlive = true;
  isDamaged = false;
  decidedIdx = 0;
  leads: Ballot | undefined;
  readonly shadow: NodeShadow;
  readonly replica = { pendingCount: 0 };
  stateMachine = new KvStateMachine();
  readonly consensus = {
    getDecidedIdx: () => this.decidedIdx,
    getCurrentLeader: () =>
      this.leads && { pid: this.leads.pid, ballot: this.leads, isReady: true },
  };
  copy: () => FileSystem = () => {
    throw new Error('this node has no disk');
  };
  readonly disk = { durableCopy: () => this.copy() };
  #position = 0;

  constructor(pid: number) {
    this.pid = pid;
    this.shadow = new NodeShadow(pid);
  }

  get state(): StoredState {
    const { promise, acceptedRound, decidedRound, decidedIdx, entries } = this.shadow.visible;
    const acceptedIdx = entries.length;
    return { promise, acceptedRound, decidedRound, decidedIdx, acceptedIdx, compactedIdx: 0 };
  }

  write(...batch: StorageBatch<Uint8Array>): this {
    this.#position += 1;
    this.shadow.submitted(batch, this.#position);
    return this;
  }

  flush(): this {
    this.shadow.toldDurable(this.#position);
    return this;
  }

  promise(n: Ballot): this {
    return this.write({ kind: 'setPromise', ballot: n });
  }

  /** Promises n and accepts the commands in it, from `fromIdx` on. */
  accept(n: Ballot, commands: readonly Command[], fromIdx = this.state.acceptedIdx): this {
    const entries = commands.map(encodeCommand);
    return this.write(
      { kind: 'setPromise', ballot: n },
      { kind: 'appendOnPrefix', fromIdx, entries },
      { kind: 'setAcceptedRound', ballot: n },
    );
  }

  decide(idx: number): this {
    this.decidedIdx = idx;
    return this;
  }

  restart(state: StoredState, entries: readonly Uint8Array[]): this {
    this.shadow.newLife(state, entries);
    this.life += 1;
    this.#position = 0;
    this.decidedIdx = state.decidedIdx;
    this.stateMachine = new KvStateMachine();
    return this;
  }
}

export class HandCluster {
  readonly nodes: readonly HandNode[];
  readonly invariants: Invariants;

  constructor(options: Partial<InvariantsOptions> = {}) {
    this.nodes = [1, 2, 3].map((pid) => new HandNode(pid));
    this.invariants = new Invariants({
      acceptQuorumSize: 2,
      nodes: () => this.nodes,
      openCopy: ({ shadow }) => openShadow(shadow),
      auditInterval: 1,
      ...options,
    });
    for (const node of this.nodes) node.copy = NOTHING;
  }

  node(pid: number): HandNode {
    const node = this.nodes[pid - 1];
    if (node === undefined) throw new Error(`there is no node ${pid}`);
    return node;
  }

  /** All nodes accept the commands in n, flush and decide them. Nothing is checked yet. */
  agree(n: Ballot, commands: readonly Command[]): this {
    for (const node of this.nodes) node.accept(n, commands).flush();
    for (const node of this.nodes) node.decide(node.state.acceptedIdx);
    return this;
  }

  look(): this {
    for (const node of this.nodes) this.invariants.afterEvent(node);
    return this;
  }

  /** The node applies everything that is decided, and the checks hear of it. */
  apply(node: HandNode, commands: readonly Command[]): this {
    for (const command of commands) {
      const index = node.stateMachine.appliedIdx;
      const reply = node.stateMachine.apply(index, command);
      this.invariants.onApplied(node, index, encodeCommand(command), reply);
    }
    return this;
  }
}

/** An honest disk: exactly what was told durable. */
function openShadow({ durable }: NodeShadow): ReturnType<typeof openForAudit> {
  const { promise, acceptedRound, decidedRound, decidedIdx, entries } = durable;
  const acceptedIdx = entries.length;
  const state = { promise, acceptedRound, decidedRound, decidedIdx, acceptedIdx, compactedIdx: 0 };
  return { state, entries: [...entries] };
}

const NOTHING = (): FileSystem => ({}) as FileSystem;

/** The number of the invariant that `run` breaks; undefined where it breaks none. */
export function brokenBy(run: () => void): number | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof InvariantViolation) return error.invariant;
    throw error;
  }
  return undefined;
}

/** The number of the invariant that this message breaks as it leaves. */
export function send(
  cluster: HandCluster,
  pid: number,
  body: MessageBody<Uint8Array>,
): number | undefined {
  return brokenBy(() => cluster.invariants.onSend(cluster.node(pid), { body }));
}

export function number(value: bigint, version: number): CommandReply {
  return { kind: 'executed', reply: { kind: 'number', value, version } };
}
