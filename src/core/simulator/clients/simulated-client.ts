/**
 * A client in virtual time: a closed loop of calls, each followed to one of its three ends (C4).
 *
 * Sessions, codecs and what an answer means are the real ones; this file is the loop around them.
 * Every call is in the history before anything of it is sent. One call at a time, one attempt of it
 * at a time; an answer to an attempt that was given up is ignored.
 */

import { assert } from '../../assert.js';
import type { ErrorId } from '../../errors.js';
import { Session } from '../../client/session.js';
import { NONCE_BYTES } from '../../kv/nonce.js';
import {
  historyOperationsOf,
  type HistoryRecorder,
  type HistoryResult,
} from '../../checker/index.js';
import { decodeServerReply, encodeClientRequest, type ServerReplyBody } from '../../wire/index.js';
import type { EventQueue } from '../event-queue.js';
import type { Prng } from '../prng.js';
import {
  OneShotCall,
  ReadCall,
  SessionCall,
  type CallStep,
  type ClientCall,
} from './client-call.js';
import { drawClientPlan, keyName, MAX_KEY_COUNT, type ClientPlan } from './client-plan.js';
import { OperationMix, type ClientOperation } from './operation-mix.js';

export interface ClientTransport {
  readonly pids: readonly number[];
  /** False: nobody listens there, and nothing was sent. */
  send(clientId: number, pid: number, frame: Uint8Array): boolean;
}

export interface SimulatedClientOptions {
  readonly id: number;
  readonly prng: Prng;
  readonly queue: EventQueue;
  readonly transport: ClientTransport;
  readonly history: HistoryRecorder;
  /** Drawn from `prng` where it is not given. */
  readonly plan?: ClientPlan;
}

interface OpenOperation {
  readonly operation: ClientOperation;
  readonly call: ClientCall;
  readonly historyIds: readonly number[];
  readonly deadlineAtUs: number;
  readonly isFinalRead: boolean;
  failedAttempts: number;
  hopCount: number;
}

/** C6: redirects that are followed at once; then the call pauses. */
const MAX_HOPS = 4;
/** The server's word should come before we stop listening. */
const DEADLINE_SHARE = 0.95;
/** Refusals that mean a bug of this client. */
const OUR_BUGS: readonly ErrorId[] = [
  'OMNIKV_USAGE',
  'OMNIKV_INVALID_KEY',
  'OMNIKV_INVALID_VALUE',
  'OMNIKV_PROTOCOL',
];

export class SimulatedClient {
  readonly plan: ClientPlan;
  readonly #options: SimulatedClientOptions;
  readonly #mix: OperationMix;
  readonly #routing: Prng;
  readonly #nonces: Prng;
  readonly #times: Prng;
  readonly #counts = { ok: 0, failed: 0, unknown: 0 };
  #session: Session;
  #isTakingNew = false;
  readonly #finalReads: string[] = [];
  #open: OpenOperation | undefined;
  #awaiting: { readonly requestId: number; readonly pid: number } | undefined;
  #leader = 0;
  #floorIdx = 0;
  #lastRequestId = 0;
  /** Only the timer that was set last counts. */
  #timer = 0;

  constructor(options: SimulatedClientOptions) {
    const { id, prng } = options;
    this.#options = options;
    this.plan = options.plan ?? drawClientPlan(prng.split('plan'));
    this.#mix = new OperationMix(id, this.plan, prng.split('mix'));
    this.#routing = prng.split('routing');
    this.#nonces = prng.split('nonces');
    this.#times = prng.split('times');
    this.#session = new Session(this.#newNonce());
  }

  /** Operations that ended, by their end. */
  get counts(): { readonly ok: number; readonly failed: number; readonly unknown: number } {
    return this.#counts;
  }

  /** Nothing is under way, and nothing will begin. */
  get isIdle(): boolean {
    return this.#open === undefined && !this.#isTakingNew && this.#finalReads.length === 0;
  }

  start(): void {
    this.#isTakingNew = true;
    if (this.#open === undefined) this.#think();
  }

  /** Ends the operation under way, and begins no other. */
  stopNew(): void {
    this.#isTakingNew = false;
  }

  /** Reads every key that any client may have written, each until it is answered. */
  readAll(): void {
    this.#isTakingNew = false;
    for (let index = 0; index < MAX_KEY_COUNT; index++) this.#finalReads.push(keyName(index));
    if (this.#open === undefined) this.#beginNext();
  }

  onReply(pid: number, body: Uint8Array): void {
    const reply = decodeServerReply(body);
    assert(reply.ok, `node ${pid} sent an answer that cannot be decoded`);
    const open = this.#open;
    if (open === undefined || this.#awaiting?.requestId !== reply.value.id) return;
    this.#awaiting = undefined;
    this.#answered(open, pid, reply.value.body);
  }

  onDisconnected(pid: number): void {
    if (this.#leader === pid) this.#leader = 0;
    if (this.#awaiting?.pid === pid) this.#lose(pid);
  }

  // -- beginning and end ----------------------------------------------------------------------

  #think(): void {
    const delayUs = -this.plan.thinkUs * Math.log(1 - this.#times.fraction());
    this.#after(delayUs, () => this.#beginNext());
  }

  #beginNext(): void {
    const finalKey = this.#finalReads[0];
    if (finalKey !== undefined) this.#begin({ kind: 'get', key: finalKey }, { isFinalRead: true });
    else if (this.#isTakingNew) this.#begin(this.#mix.next(), { isFinalRead: false });
  }

  #begin(operation: ClientOperation, { isFinalRead }: { readonly isFinalRead: boolean }): void {
    const { history, queue, id } = this.#options;
    const operations = operation.kind === 'get' ? [operation] : historyOperationsOf(operation);
    const open: OpenOperation = {
      operation,
      call: this.#callFor(operation),
      historyIds: operations.map((each) => history.began(id, each)),
      deadlineAtUs: queue.nowUs + this.plan.deadlineUs,
      isFinalRead,
      failedAttempts: 0,
      hopCount: 0,
    };
    this.#open = open;
    queue.at(open.deadlineAtUs, () => {
      if (this.#open === open) this.#end(open, { kind: open.call.giveUp() });
    });
    this.#send(open, undefined);
  }

  #callFor(operation: ClientOperation): ClientCall {
    if (operation.kind === 'get') return new ReadCall(operation.key);
    if (this.#times.chance(this.plan.oneShotShare)) {
      return new OneShotCall(operation, this.#newNonce());
    }
    const newSession = (): Session => (this.#session = new Session(this.#newNonce()));
    return new SessionCall(operation, { current: this.#session, replace: newSession });
  }

  #end(open: OpenOperation, end: Extract<CallStep, { kind: 'done' | 'failed' | 'unknown' }>): void {
    this.#open = undefined;
    this.#awaiting = undefined;
    this.#timer += 1;
    this.#counts[end.kind === 'done' ? 'ok' : end.kind] += 1;
    if (end.kind === 'done') this.#record(open, end.result);
    else if (end.kind === 'failed') {
      for (const id of open.historyIds) this.#options.history.failed(id);
    }
    if (open.isFinalRead && end.kind === 'done') this.#finalReads.shift();
    this.#think();
  }

  #record(open: OpenOperation, result: HistoryResult | undefined): void {
    for (const id of open.historyIds) this.#options.history.ended(id, result);
    this.#mix.saw(open.operation, result);
  }

  // -- attempts -------------------------------------------------------------------------------

  #send(open: OpenOperation, avoid: number | undefined, to = this.#choose(avoid)): void {
    const { transport, queue, id: clientId } = this.#options;
    const id = ++this.#lastRequestId;
    const remainingUs = (open.deadlineAtUs - queue.nowUs) * DEADLINE_SHARE;
    const frame = encodeClientRequest({
      id,
      deadlineMs: Math.max(1, Math.floor(remainingUs / 1_000)),
      body: open.call.body(this.#floorIdx),
      isRelayable: this.#isConfined,
    });
    if (!transport.send(clientId, to, frame)) {
      if (this.#leader === to) this.#leader = 0;
      this.#pause(open, to);
      return;
    }
    open.call.attemptSent();
    this.#awaiting = { requestId: id, pid: to };
    this.#after(this.plan.attemptTimeoutUs, () => this.#lose(to));
  }

  /** No answer to the attempt under way will be taken any more. */
  #lose(pid: number): void {
    const open = this.#open;
    this.#awaiting = undefined;
    if (open === undefined) return;
    open.call.attemptLost();
    if (this.#leader === pid) this.#leader = 0;
    this.#pause(open, pid);
  }

  #pause(open: OpenOperation, avoid: number | undefined): void {
    const { minBackoffUs, maxBackoffUs } = this.plan;
    const backoffUs = Math.min(minBackoffUs * 2 ** Math.min(open.failedAttempts, 16), maxBackoffUs);
    open.failedAttempts += 1;
    open.hopCount = 0;
    this.#after(backoffUs * (0.5 + 0.5 * this.#times.fraction()), () => this.#send(open, avoid));
  }

  #answered(open: OpenOperation, pid: number, body: ServerReplyBody): void {
    if (body.kind === 'refused') {
      open.call.attemptRefused();
      this.#refused(open, pid, body);
      return;
    }
    if (body.kind === 'unknown') {
      // The server does not know either. Asking again may settle it.
      open.call.attemptLost();
      this.#pause(open, pid);
      return;
    }
    if ('appliedIdx' in body) this.#floorIdx = Math.max(this.#floorIdx, body.appliedIdx);
    this.#leader = pid;
    const step = open.call.answered(body);
    if (step.kind === 'sendAgain') this.#send(open, undefined, pid);
    else if (step.kind === 'retry') this.#pause(open, undefined);
    else this.#end(open, step);
  }

  #refused(
    open: OpenOperation,
    pid: number,
    { code, message, leader }: Extract<ServerReplyBody, { kind: 'refused' }>,
  ): void {
    assert(!OUR_BUGS.includes(code), `node ${pid} refused a request of ours: ${code} ${message}`);
    if (this.#leader === pid) this.#leader = 0;
    // C4: what was sent before may have taken effect, so a refusal settles nothing then.
    if (code === 'OMNIKV_DISK_FULL' && !open.call.isInDoubt) {
      this.#end(open, { kind: open.call.giveUp() });
      return;
    }
    const canFollow = leader !== 0 && leader !== pid && !this.#isConfined;
    if (canFollow && open.hopCount < MAX_HOPS) {
      this.#leader = leader;
      open.hopCount += 1;
      this.#send(open, pid, leader);
      return;
    }
    this.#pause(open, pid);
  }

  /** The final reads ask whoever is left: its own node may have been damaged for good. */
  get #isConfined(): boolean {
    return this.plan.isConfined && this.#open?.isFinalRead !== true;
  }

  #choose(avoid: number | undefined): number {
    const { pids } = this.#options.transport;
    if (this.#isConfined) return pids[this.#options.id % pids.length]!;
    const isStray = this.#routing.chance(this.plan.strayShare);
    if (this.#leader !== 0 && this.#leader !== avoid && !isStray) return this.#leader;
    const others = pids.filter((pid) => pid !== avoid);
    return this.#routing.pick(others.length === 0 ? pids : others);
  }

  #after(delayUs: number, run: () => void): void {
    const timer = ++this.#timer;
    this.#options.queue.after(delayUs, () => {
      if (timer === this.#timer) run();
    });
  }

  #newNonce(): Uint8Array {
    return Uint8Array.from({ length: NONCE_BYTES }, () => this.#nonces.int(0, 255));
  }
}
