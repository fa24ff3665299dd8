/**
 * One node without sockets: drives the protocol, the storage and the state machine (P1–P9).
 *
 * Everything that arrives in one turn of the event loop is gathered; at its end there is one
 * append, one lot of messages, one flush where none is under way, and the answers (speed comes from
 * here, and no promise per operation). A client is answered after decide and apply (P8).
 *
 * The first failed assertion or flush ends it: `onFatal` is called once, and from then on nothing
 * is taken and nothing leaves (D17).
 */

import { DEADLINE_CHECK_TICKS, KEY_SORT_SLICE, SHUTDOWN_HAND_OVER_MS } from '../limits.js';
import type { Message } from '../omnipaxos/messages.js';
import type { ProtocolEvent } from '../omnipaxos/omnipaxos.js';
import type { ReceivedRequest } from '../wire/client-request-codec.js';
import type { ReceivedRelay } from '../wire/relay-codec.js';
import { encodeCommand } from '../wire/command-codec.js';
import { Applier } from './applier.js';
import { asFatal } from './as-fatal.js';
import type { Consensus, OmniPaxosStatus } from './consensus.js';
import { DecideDelay } from './decide-delay.js';
import { FlushLoop } from './flush-loop.js';
import { HandOver, type HandOverRequest, type OnHandOver } from './hand-over.js';
import { dispositionOf, SERVE } from './leadership.js';
import { DEFAULT_TABLE_LIMITS, Proposer } from './proposer.js';
import { MessageGate } from './message-gate.js';
import { logProtocolEvent } from './protocol-log.js';
import { Reader } from './reader.js';
import { Relay } from './relay.js';
import type { ReplicaOptions } from './replica-options.js';
import { refuse, type ReplySink, SHUTTING_DOWN, type Waiter } from './request.js';

export class Replica {
  readonly #options: ReplicaOptions;
  readonly #consensus: Consensus;
  readonly #proposer: Proposer;
  readonly #reader: Reader;
  readonly #applier: Applier;
  readonly #flushLoop: FlushLoop;
  readonly #handOver: HandOver;
  readonly #relay: Relay;
  readonly #messageGate: MessageGate;
  readonly #decideDelay = new DecideDelay();
  readonly #hasDiskReserve: () => boolean;
  readonly #connected = new Set<number>();
  #isTurnScheduled = false;
  /** S1: it looks for a successor, and must not become one. */
  #isLeaving = false;
  #state: 'running' | 'stopping' | 'stopped' = 'running';
  #ticksSinceCheck = 0;
  #appliedAtTick = 0;
  /** When the first request of this turn arrived; they arrive together. */
  #arrivedAtMs: number | undefined;

  constructor(options: ReplicaOptions) {
    const { pid, peers, consensus, stateMachine, storage } = options;
    this.#options = options;
    this.#consensus = consensus;
    this.#hasDiskReserve = options.hasDiskReserve ?? ((): boolean => true);
    this.#proposer = new Proposer({
      consensus,
      stateMachine,
      sizeOf: (entry) => storage.sizeOf(entry),
      hasDiskReserve: this.#hasDiskReserve,
      tableLimits: options.tableLimits ?? DEFAULT_TABLE_LIMITS,
    });
    this.#reader = new Reader({ consensus, stateMachine });
    const listener = this.#proposer;
    this.#applier = new Applier({ consensus, stateMachine, clock: options.ports.clock, listener });
    this.#handOver = new HandOver({ pid, peers, consensus, connected: this.#connected });
    this.#relay = new Relay({
      ...{ pid, consensus, firstId: options.firstRelayId },
      canSendTo: (to) => this.#connected.has(to) && (options.canRelayTo?.(to) ?? true),
      send: (to, message) => options.handlers.onRelay(to, message),
      serve: (sink, request) => this.submit(sink, request),
    });
    this.#messageGate = new MessageGate({
      ...{ consensus, proposer: this.#proposer, hasDiskReserve: this.#hasDiskReserve },
      mayLead: () => this.#state === 'running' && !this.#isLeaving,
    });
    this.#flushLoop = new FlushLoop({
      storage,
      onDurable: (position) => {
        this.#input(() => this.#consensus.durable(position));
      },
      onFailed: (error) => this.#fail(error),
    });
  }

  get appliedIdx(): number {
    return this.#options.stateMachine.appliedIdx;
  }

  /** Where clients should go; 0: not known. */
  get leaderHint(): number {
    return this.#consensus.getCurrentLeader()?.pid ?? 0;
  }

  get isDiskFull(): boolean {
    return !this.#hasDiskReserve();
  }

  /** X7: the node between this one and the leader; undefined: none is needed, or none is known. */
  get relaysThrough(): number | undefined {
    return this.#relay.neighbourAt(this.#options.ports.clock.nowMs());
  }

  /** Writes that were proposed and not applied. */
  get pendingCount(): number {
    return this.#proposer.pendingCount;
  }

  /** S1: what a node that stops gives a moment: writes that it proposed, and all that it passed on. */
  get underWayCount(): number {
    return this.#proposer.pendingCount + this.#relay.count;
  }

  /** Nothing is under way, and nothing has been applied since the last tick. */
  get isIdle(): boolean {
    const { appliedIdx } = this;
    if (this.#proposer.pendingCount > 0 || appliedIdx !== this.#appliedAtTick) return false;
    return appliedIdx >= this.#consensus.getDecidedIdx();
  }

  status(): OmniPaxosStatus {
    return this.#consensus.status();
  }

  /** Brings what was written at start-up to the disk, and what was decided to the state machine. */
  start(): void {
    this.#scheduleTurn();
  }

  /** A request of a client: get, scan or execute. It is answered once, in this turn or later. */
  submit(sink: ReplySink, request: ReceivedRequest): void {
    if (this.#state === 'stopped') return;
    const arrivedAtMs = (this.#arrivedAtMs ??= this.#options.ports.clock.nowMs());
    const deadlineAtMs = arrivedAtMs + request.deadlineMs;
    const waiter: Waiter = { sink, requestId: request.id, arrivedAtMs, deadlineAtMs };
    this.#scheduleTurn();
    if (this.#state === 'stopping') {
      refuse(waiter, { ...SHUTTING_DOWN, leader: this.leaderHint });
      return;
    }
    const { body } = request;
    try {
      if (this.#relay.relay(waiter, request)) return;
      if (body.kind === 'execute') {
        const entry = request.commandBytes ?? encodeCommand(body.command);
        this.#proposer.submit(waiter, body.command, entry);
      } else if (body.kind === 'get' || body.kind === 'scan') {
        this.#reader.submit({ sink, requestId: request.id, arrivedAtMs, deadlineAtMs, body });
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** X7: of another node. */
  handleRelay(from: number, message: ReceivedRelay): void {
    this.#input(() => this.#relay.handle(from, message, this.#options.ports.clock.nowMs()));
  }

  handleIncoming(message: Message<Uint8Array>): void {
    this.#input(() => {
      if (this.#messageGate.mayTake(message)) this.#consensus.handleIncoming(message);
    });
  }

  /** One tick, however long the node was paused (P12). */
  tick(): void {
    this.#input(() => {
      this.#consensus.tick();
      const held = this.#decideDelay.takeHeld();
      if (held.length > 0) this.#options.handlers.onMessages(held);
      // A first scan of a large store need not wait for the order of what was written long before.
      if (this.isIdle) this.#options.stateMachine.sortKeys(KEY_SORT_SLICE);
      this.#appliedAtTick = this.appliedIdx;
      this.#ticksSinceCheck += 1;
      if (this.#ticksSinceCheck < DEADLINE_CHECK_TICKS) return;
      this.#ticksSinceCheck = 0;
      const nowMs = this.#options.ports.clock.nowMs();
      this.#proposer.expire(nowMs);
      this.#reader.expire(nowMs);
      this.#relay.look(nowMs);
    });
  }

  linkUp(pid: number): void {
    this.#input(() => {
      this.#connected.add(pid);
      this.#consensus.reconnected(pid);
      // H12: what was forwarded over the broken link may be lost.
      if (this.leaderHint === pid) this.#repeatPending();
    });
  }

  linkDown(pid: number): void {
    this.#input(() => {
      this.#connected.delete(pid);
      this.#consensus.disconnected(pid);
      this.#relay.linkDown(pid, this.#options.ports.clock.nowMs());
    });
  }

  /** E8: `done` is called once, in this turn or later. Until then this node leads on. */
  handOver(request: HandOverRequest, done: OnHandOver): void {
    this.#scheduleTurn();
    if (this.#state !== 'running' || this.#isLeaving) {
      done({ kind: 'refused', refusal: { ...SHUTTING_DOWN, leader: this.leaderHint } });
      return;
    }
    this.#beginHandOver(request, done);
  }

  /** S1: before it refuses anything a leader looks for a successor; `done` when that has ended. */
  leave(done: () => void): void {
    if (this.#state === 'stopped') {
      done();
      return;
    }
    this.#isLeaving = true;
    this.#handOver.end({ ...SHUTTING_DOWN, leader: this.leaderHint });
    this.#beginHandOver({ to: 0, timeoutMs: SHUTDOWN_HAND_OVER_MS }, () => done());
  }

  /** S1: takes nothing more; what was taken and not proposed is refused. */
  refuseNew(): void {
    if (this.#state !== 'running') return;
    this.#state = 'stopping';
    this.#guard(() => {
      const refusal = { ...SHUTTING_DOWN, leader: this.leaderHint };
      this.#handOver.end(refusal);
      this.#proposer.refuseWaiting(refusal);
      this.#reader.refuseAll(refusal);
    });
    this.#options.handlers.onTurnEnd();
  }

  /** S1: what is still pending ends as unknown. No call does anything after this one. */
  stop(): void {
    this.refuseNew();
    if (this.#state === 'stopped') return;
    this.#guard(() => {
      this.#proposer.endPending('the node stopped before the request was decided');
      this.#relay.endAll();
    });
    this.#options.handlers.onTurnEnd();
    this.#state = 'stopped';
  }

  #beginHandOver(request: HandOverRequest, done: OnHandOver): void {
    this.#input(() => this.#handOver.begin(request, this.#options.ports.clock.nowMs(), done));
  }

  #input(handle: () => void): void {
    if (this.#state === 'stopped') return;
    this.#guard(handle);
    this.#scheduleTurn();
  }

  #scheduleTurn(): void {
    if (this.#isTurnScheduled || this.#state === 'stopped') return;
    this.#isTurnScheduled = true;
    this.#options.ports.scheduler.defer(() => {
      this.#isTurnScheduled = false;
      if (this.#state === 'stopped') return;
      this.#guard(() => this.#turn());
    });
  }

  #turn(): void {
    const consensus = this.#consensus;
    this.#arrivedAtMs = undefined;
    this.#handleEvents();
    this.#admit();
    this.#handOver.look(this.#options.ports.clock.nowMs());
    // P5: AcceptDecide leaves before the own disk is asked: the disks work side by side.
    this.#sendMessages();
    const durable = this.#flushLoop.startIfNeeded();
    // D17: also where the flush failed at once.
    if (this.#state === 'stopped') return;
    if (durable !== undefined) {
      consensus.durable(durable);
      // P3: Accepted need not wait for what is applied now.
      this.#sendMessages();
    }
    const hasMore = this.#applier.applySlice();
    for (const outcome of consensus.takeReadyReads()) this.#reader.handleOutcome(outcome);
    this.#reader.answerSorted();
    this.#reader.answerConfirmed();
    const hasNews = this.#handleEvents();
    this.#options.handlers.onTurnEnd();
    const hasNext = hasMore || hasNews || (durable !== undefined && this.#isWaiting);
    if (hasNext || this.#reader.hasUnsorted) this.#scheduleTurn();
  }

  /** Something that only a turn moves on, and that a flush may have made room for. */
  get #isWaiting(): boolean {
    if (this.#options.storage.hasUnflushed || this.#handOver.isUnderWay) return true;
    return this.#hasRequests;
  }

  /** Not yet proposed, or not yet given to the protocol to confirm. */
  get #hasRequests(): boolean {
    return this.#proposer.waitingCount + this.#reader.waitingCount > 0;
  }

  #sendMessages(): void {
    const messages = this.#decideDelay.pass(this.#consensus.takeOutgoingMessages());
    if (messages.length > 0) this.#options.handlers.onMessages(messages);
  }

  #admit(): void {
    if (!this.#hasRequests) return;
    const { pid, peers, ports } = this.#options;
    const nowMs = ports.clock.nowMs();
    const leader = this.#consensus.getCurrentLeader();
    const connected = this.#connected;
    const serverCount = peers.length + 1;
    const disposition = dispositionOf({ pid, serverCount, connected, leader });
    this.#proposer.admit(this.#isAdopted(leader) ? SERVE : disposition, nowMs);
    this.#reader.admit(disposition, nowMs);
  }

  /** A leader proposes from its adoption on: only reads must wait until it is ready (Q4). */
  #isAdopted(leader: { readonly pid: number; readonly isReady: boolean } | undefined): boolean {
    if (leader?.pid !== this.#options.pid || leader.isReady) return false;
    return this.#consensus.status().phase === 'accept';
  }

  #handleEvents(): boolean {
    const events = this.#consensus.takeEvents();
    for (const event of events) this.#handleEvent(event);
    return events.length > 0;
  }

  #handleEvent(event: ProtocolEvent): void {
    logProtocolEvent(this.#options.ports.logger, event);
    switch (event.kind) {
      case 'leaderKnown':
        // C3: as the leader itself: the limits must stand in the log first.
        if (event.ballot.pid === this.#options.pid) this.#proposer.proposeLimits();
        this.#repeatPending();
        break;
      case 'quorumLost':
        // H11: they may be chosen, now or later.
        this.#proposer.endPending('the leader lost its quorum before the request was decided');
        break;
      case 'becameLeader':
      case 'ready':
      case 'tookOver':
      case 'lostLeadership':
      case 'quorumBack':
      case 'decidedTransfer':
        break;
    }
  }

  #repeatPending(): void {
    this.#proposer.repeatPending();
    if (this.leaderHint !== this.#options.pid) this.#proposer.forwardAgain();
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** D17: one decision, taken once. */
  #fail(error: unknown): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#options.handlers.onFatal(asFatal(error, this.#options.storage.failure));
  }
}
