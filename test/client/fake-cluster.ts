/**
 * A cluster without consensus: one log and one state machine behind several doors, each of which can
 * be down, deaf, slow to say yes, or forgetful about its answers.
 */

import type {
  Client,
  ConnectionHandlers,
  Connector,
  ConnectOptions,
} from '../../src/core/client/index.js';
import { connect } from '../../src/core/client/index.js';
import { OmnikvError, type ErrorId } from '../../src/core/errors.js';
import { KvStateMachine } from '../../src/core/kv/index.js';
import type {
  ClientRequest,
  ClientRequestBody,
  ServerReplyBody,
} from '../../src/core/wire/client-messages.js';
import { CountingRandom, VirtualTime } from './virtual-time.js';

/** What a node does with a request, where it is not served. */
export type Fault =
  | { readonly kind: 'serve' }
  | { readonly kind: 'answer'; readonly body: ServerReplyBody }
  /** Executed, and the connection breaks before the answer. */
  | { readonly kind: 'executeAndBreak' }
  /** The connection breaks before anything is executed. */
  | { readonly kind: 'break' }
  /** Executed, and the answer is "unknown". */
  | { readonly kind: 'executeAndForget' }
  /** Executed, and never answered. */
  | { readonly kind: 'executeAndBeSilent' }
  | { readonly kind: 'beSilent' };

export interface FakeNode {
  readonly pid: number;
  /** `deaf`: connections are accepted by the kernel and nobody is there. */
  state: 'up' | 'down' | 'deaf';
  /** What it says about itself at the handshake; 0: it knows no leader. */
  leaderHint: number;
  /** True: it executes, whoever leads. */
  readonly received: ClientRequestBody[];
  connectCount: number;
  script: (request: ClientRequest, count: number) => Fault;
  connectError: ErrorId;
}

const SERVE: Fault = { kind: 'serve' };

export class FakeCluster {
  readonly time = new VirtualTime();
  readonly machine = new KvStateMachine();
  readonly nodes = new Map<number, FakeNode>();
  leader = 1;
  readonly #open = new Map<FakeNode, Set<ConnectionHandlers>>();

  constructor(pids: readonly number[] = [1, 2, 3]) {
    this.machine.apply(0, { kind: 'configure', sessionLimit: 1_024, oneShotLimit: 1_024 });
    for (const pid of pids) {
      const node: FakeNode = {
        pid,
        state: 'up',
        leaderHint: 1,
        received: [],
        connectCount: 0,
        script: () => SERVE,
        connectError: 'OMNIKV_UNREACHABLE',
      };
      this.nodes.set(pid, node);
      this.#open.set(node, new Set());
    }
  }

  node(pid: number): FakeNode {
    return this.nodes.get(pid)!;
  }

  connect(options: Partial<ConnectOptions> = {}): Client {
    return connect({
      clusterId: '0'.repeat(32),
      nodes: new Map([...this.nodes.keys()].map((pid) => [pid, `/nowhere/${pid}`])),
      ports: { clock: this.time, scheduler: this.time, random: new CountingRandom() },
      connector: this.connector,
      deadlineMs: 5_000,
      ...options,
    });
  }

  /** Everything that reached any node, in order per node. */
  get received(): ClientRequestBody[] {
    return [...this.nodes.values()].flatMap((node) => node.received);
  }

  lead(pid: number): void {
    this.leader = pid;
    for (const node of this.nodes.values()) node.leaderHint = pid;
  }

  /** The process dies: its connections end. */
  kill(pid: number): void {
    const node = this.node(pid);
    node.state = 'down';
    this.breakConnections(node);
  }

  breakConnections(node: FakeNode): void {
    for (const handlers of [...this.#open.get(node)!]) {
      this.#open.get(node)!.delete(handlers);
      this.time.defer(() => handlers.closed(unreachable(node)));
    }
  }

  readonly connector: Connector = (pid, handlers) => {
    const node = this.node(pid);
    node.connectCount += 1;
    this.time.after(1, () => this.#accept(node, handlers));
    return {
      send: (request) => {
        this.time.after(1, () => this.#receive(node, handlers, request));
        return true;
      },
      close: () => this.#open.get(node)!.delete(handlers),
    };
  };

  #accept(node: FakeNode, handlers: ConnectionHandlers): void {
    if (node.state === 'down') handlers.closed(unreachable(node));
    if (node.state !== 'up') return;
    this.#open.get(node)!.add(handlers);
    handlers.opened({ appliedIdx: this.machine.appliedIdx, leader: node.leaderHint });
  }

  #receive(node: FakeNode, handlers: ConnectionHandlers, request: ClientRequest): void {
    if (!this.#open.get(node)!.has(handlers) || node.state !== 'up') return;
    if (request.body.kind !== 'ping') node.received.push(request.body);
    const fault = node.script(request, node.received.length);
    const answer = (body: ServerReplyBody) => {
      this.time.after(1, () => {
        if (this.#open.get(node)!.has(handlers)) handlers.replied({ id: request.id, body });
      });
    };
    switch (fault.kind) {
      case 'serve':
        answer(this.#serve(node, request.body));
        return;
      case 'answer':
        answer(fault.body);
        return;
      case 'executeAndBreak':
        this.#serve(node, request.body);
        this.breakConnections(node);
        return;
      case 'break':
        this.breakConnections(node);
        return;
      case 'executeAndForget':
        this.#serve(node, request.body);
        answer({ kind: 'unknown', message: 'leadership was lost' });
        return;
      case 'executeAndBeSilent':
        this.#serve(node, request.body);
        return;
      case 'beSilent':
        return;
    }
  }

  #serve(node: FakeNode, body: ClientRequestBody): ServerReplyBody {
    const { machine } = this;
    if (body.kind === 'ping') return { kind: 'pong' };
    if (body.kind === 'status') return { kind: 'status', json: JSON.stringify({ pid: node.pid }) };
    const isLocal = 'consistency' in body && body.consistency === 'local';
    if (!isLocal && node.pid !== this.leader) return refused('OMNIKV_NOT_LEADER', this.leader);
    const { appliedIdx } = machine;
    if (body.kind === 'get') return { kind: 'value', found: machine.get(body.key), appliedIdx };
    if (body.kind === 'handOver') {
      this.leader = body.to === 0 ? (node.pid % this.nodes.size) + 1 : body.to;
      return { kind: 'handedOver', leader: this.leader };
    }
    if (body.kind === 'reloadFaults') return { kind: 'faultsReloaded' };
    if (body.kind === 'scan') return { kind: 'items', ...machine.scan(body.range), appliedIdx };
    return { kind: 'executed', reply: machine.apply(appliedIdx, structuredClone(body.command)) };
  }
}

export function refused(code: ErrorId, leader = 0): ServerReplyBody & { kind: 'refused' } {
  return { kind: 'refused', code, message: `refused: ${code}`, leader };
}

export function answerOf(body: ServerReplyBody): Fault {
  return { kind: 'answer', body };
}

/** The faults in turn, then ordinary service. Pings are answered. */
export function inTurn(...faults: readonly Fault[]): FakeNode['script'] {
  return (request, count) => (request.body.kind === 'ping' ? SERVE : (faults[count - 1] ?? SERVE));
}

export function always(fault: Fault): FakeNode['script'] {
  return (request) => (request.body.kind === 'ping' ? SERVE : fault);
}

function unreachable(node: FakeNode): OmnikvError {
  return new OmnikvError(node.connectError, `node ${node.pid} cannot be reached`);
}
