/**
 * A cluster of one state machine behind several doors, as a client's transport: each request is
 * executed, answered, refused or lost as the test's script says.
 */

import type {
  ClientTransport,
  SimulatedClient,
} from '../../src/core/simulator/clients/simulated-client.js';
import type { EventQueue } from '../../src/core/simulator/event-queue.js';
import { KvStateMachine } from '../../src/core/kv/index.js';
import { MAX_CLIENT_FRAME_BYTES } from '../../src/core/limits.js';
import {
  decodeClientRequest,
  encodeServerReply,
  FrameReader,
  type ReceivedRequest,
  type ServerReplyBody,
} from '../../src/core/wire/index.js';

export type Fate =
  | 'answer'
  /** Executed, and the answer never comes. */
  | 'loseAnswer'
  /** Never arrives, and nobody says so. */
  | 'loseRequest'
  /** Executed, then the connection ends. */
  | 'disconnect'
  | 'unreachable'
  | {
      readonly kind: 'refuse';
      readonly code: 'OMNIKV_NOT_LEADER' | 'OMNIKV_DISK_FULL';
      readonly leader: number;
    }
  | { readonly kind: 'sayUnknown' };

const LATENCY_US = 100;

export class ScriptedCluster implements ClientTransport {
  readonly pids = [1, 2, 3];
  readonly stateMachine = new KvStateMachine();
  readonly requests: { readonly pid: number; readonly request: ReceivedRequest }[] = [];
  fateOf: (pid: number, request: ReceivedRequest) => Fate = () => 'answer';
  client: SimulatedClient | undefined;
  readonly #queue: EventQueue;

  constructor(queue: EventQueue, limits = { sessionLimit: 16, oneShotLimit: 16 }) {
    this.#queue = queue;
    this.stateMachine.apply(0, { kind: 'configure', ...limits });
  }

  send(_clientId: number, pid: number, frame: Uint8Array): boolean {
    const decoded = decodeClientRequest(bodyOf(frame));
    if (!decoded.ok) throw new Error(decoded.error.reason);
    const request = decoded.value;
    const fate = this.fateOf(pid, request);
    if (fate === 'unreachable') return false;
    this.requests.push({ pid, request });
    if (fate === 'loseRequest') return true;
    this.#queue.after(LATENCY_US, () => this.#arrive(pid, request, fate));
    return true;
  }

  #arrive(pid: number, request: ReceivedRequest, fate: Exclude<Fate, 'unreachable'>): void {
    if (typeof fate === 'object' && fate.kind === 'refuse') {
      this.#reply(pid, request.id, { ...fate, kind: 'refused', message: 'as the script says' });
      return;
    }
    const body = this.#execute(request);
    if (fate === 'answer') this.#reply(pid, request.id, body);
    if (fate === 'disconnect') {
      this.#queue.after(LATENCY_US, () => this.client?.onDisconnected(pid));
    }
    if (typeof fate === 'object') {
      this.#reply(pid, request.id, { kind: 'unknown', message: 'as the script says' });
    }
  }

  #execute({ body }: ReceivedRequest): ServerReplyBody {
    const { stateMachine } = this;
    if (body.kind === 'get') {
      const { appliedIdx } = stateMachine;
      return { kind: 'value', found: stateMachine.get(body.key), appliedIdx };
    }
    if (body.kind !== 'execute') throw new Error(`a client sent "${body.kind}"`);
    const reply = stateMachine.apply(stateMachine.appliedIdx, body.command);
    return { kind: 'executed', reply };
  }

  #reply(pid: number, id: number, body: ServerReplyBody): void {
    const frame = encodeServerReply({ id, body });
    this.#queue.after(LATENCY_US, () => this.client?.onReply(pid, bodyOf(frame)));
  }
}

function bodyOf(frame: Uint8Array): Uint8Array {
  const reader = new FrameReader(MAX_CLIENT_FRAME_BYTES);
  reader.push(frame);
  const result = reader.next();
  if (result?.kind !== 'frame') throw new Error('no whole frame');
  return result.body;
}
