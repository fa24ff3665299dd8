/**
 * Carries calls to nodes until they are settled: chooses the node, follows redirects, tries again,
 * and keeps the deadlines.
 *
 * What a caller may conclude is decided in outcome.ts. Trying again is always safe here: an exchange
 * sends the same (session, sequence), the same nonce, or a read. No promise and no timer per call:
 * one timer for all, and only while calls are under way.
 */

import { OmnikvError, UnknownOutcomeError } from '../errors.js';
import type { Timer } from '../platform/ports.js';
import type { ServerReplyBody } from '../wire/client-messages.js';
import { Call, type CallRoute } from './call.js';
import { CallList } from './call-list.js';
import type { Connector, NodeHello } from './connector.js';
import type { Exchange } from './exchange.js';
import { NodeLink, type LinkEnd, type LinkOwner } from './node-link.js';
import { actionAfter, errorOf, isQuorumMissing, type Refusal } from './outcome.js';
import type { ClientPorts } from './ports.js';
import { NOBODY, Routing } from './routing.js';

const TICK_MS = 10;
/** C6: redirects that are followed at once; then the call pauses. */
const MAX_HOPS = 4;
/** An election takes less: a majority that refuses connections this long will not come back soon. */
const NO_QUORUM_PATIENCE_MS = 1_500;

/** X7: after this a call asks for the leader again: it may be another one, which can be reached. */
const RELAY_PERIOD_MS = 1_000;

export interface DispatcherOptions {
  readonly pids: readonly number[];
  readonly connector: Connector;
  readonly ports: ClientPorts;
}

export class Dispatcher implements LinkOwner {
  readonly #ports: ClientPorts;
  readonly #routing: Routing;
  readonly #links = new Map<number, NodeLink>();
  readonly #active = new CallList();
  #timer: Timer | undefined;
  #floorIdx = 0;
  #isClosed = false;
  /** X7: the leader that was named cannot be reached; a node is asked to pass calls on until then. */
  #relayUntilMs = 0;

  constructor(options: DispatcherOptions) {
    this.#ports = options.ports;
    this.#routing = new Routing(options.pids, options.ports.random);
    for (const pid of options.pids) {
      this.#links.set(pid, new NodeLink(pid, options.connector, this));
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The highest applied index that any node has named. */
  get floorIdx(): number {
    return this.#floorIdx;
  }

  needsRelayAt(nowMs: number): boolean {
    return nowMs < this.#relayUntilMs;
  }

  nowMs(): number {
    return this.#ports.clock.nowMs();
  }

  hasNode(pid: number): boolean {
    return this.#links.has(pid);
  }

  /** Its deadline runs from now; `send` when it can be sent. */
  admit(exchange: Exchange, route: CallRoute, deadlineMs: number): Call {
    const startedAtMs = this.nowMs();
    const call = new Call(exchange, route, startedAtMs, startedAtMs + deadlineMs);
    this.#active.add(call);
    this.#timer ??= this.#ports.scheduler.after(TICK_MS, () => this.#tick());
    return call;
  }

  /** `nowMs`: for a caller that has just asked the clock. */
  send(call: Call, nowMs = this.nowMs()): void {
    if (this.#isClosed) return;
    const pinned = pinnedOf(call);
    const pid =
      pinned === undefined
        ? this.#routing.choose(nowMs, call.avoid)
        : this.#routing.chooseOnly(pinned, nowMs);
    if (pid !== NOBODY) this.#links.get(pid)!.submit(call, nowMs);
    else if (this.#isHopeless(call)) this.#fail(call);
    else {
      const pids = pinned === undefined ? this.#routing.pids : [pinned];
      call.wakeAtMs = this.#routing.earliestRetryMs(pids);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const link of this.#links.values()) link.close();
    for (const call of this.#active.snapshot()) {
      if (call.exchange.isInDoubt) this.#fail(call);
      else this.#end(call, closedError());
    }
  }

  linkOpened(link: NodeLink, hello: NodeHello): void {
    this.#routing.opened(link.pid);
    // It may be the leader, or know another one.
    this.#relayUntilMs = 0;
    this.#floorIdx = Math.max(this.#floorIdx, hello.appliedIdx);
    this.#wakeAll();
    if (hello.leader === 0) return;
    if (this.#routing.leader === 0) this.#routing.learnLeader(hello.leader, this.nowMs());
    if (hello.leader === link.pid) return;
    for (const call of link.takeUnsent()) {
      // The node would only redirect it; a pinned call stays.
      if (call.exchange.isForLeader && call.route.first === undefined) this.send(call);
      else link.submit(call, this.nowMs());
    }
  }

  linkAnswered(link: NodeLink, call: Call, body: ServerReplyBody): void {
    if (body.kind === 'refused') {
      call.exchange.attemptRefused();
      this.#refused(link, call, body);
      return;
    }
    if (body.kind === 'unknown') {
      // The server does not know either. Asking again may settle it.
      call.exchange.attemptLost();
      this.#routing.forgetLeader(link.pid);
      this.#pause(call, link.pid);
      return;
    }
    this.#floorIdx = Math.max(this.#floorIdx, appliedIdxIn(body));
    if (call.exchange.isForLeader) this.#routing.served(link.pid);
    const { isInDoubt, requestId } = call.exchange;
    const step = call.exchange.answered(body);
    switch (step) {
      case 'settled':
        call.isEnded = true;
        this.#active.remove(call);
        return;
      case 'sendAgain':
        link.submit(call, this.nowMs());
        return;
      case 'retry':
        this.#pause(call, undefined);
        return;
      case 'unknown':
        this.#fail(call, { isInDoubt: true });
        return;
      case 'broken':
        this.#end(call, brokenAnswer(link.pid, body, { isInDoubt, requestId }));
        return;
    }
  }

  linkClosed(link: NodeLink, ended: LinkEnd): void {
    const nowMs = this.nowMs();
    this.#routing.closed(link.pid, nowMs, ended.cause);
    if (ended.isHung) this.#routing.suspect(link.pid, nowMs);
    for (const call of ended.sent) {
      call.exchange.attemptLost();
      this.#pause(call, link.pid);
    }
    this.#sendElsewhere(link, ended.unsent);
  }

  linkSlow(link: NodeLink, unsent: readonly Call[]): void {
    this.#routing.suspect(link.pid, this.nowMs());
    this.#sendElsewhere(link, unsent);
  }

  #sendElsewhere(link: NodeLink, unsent: readonly Call[]): void {
    for (const call of unsent) {
      call.avoid = link.pid;
      call.failedAttempts += 1;
      this.send(call);
    }
  }

  /** A node is back: what waited for one goes with the next tick. */
  #wakeAll(): void {
    for (const call of this.#active.snapshot()) {
      if (call.wakeAtMs !== undefined) call.wakeAtMs = 0;
    }
  }

  #refused(link: NodeLink, call: Call, refusal: Refusal): void {
    const action = actionAfter(refusal.code);
    // C4: what was sent before may have taken effect, so a refusal settles nothing.
    if (action === 'fail' && !call.exchange.isInDoubt) {
      this.#end(call, new OmnikvError(refusal.code, refusal.message));
      return;
    }
    if (!isQuorumMissing(call.refusal)) call.refusal = refusal;
    if (action !== 'askAnother') {
      this.#pause(call, undefined);
      return;
    }
    this.#routing.forgetLeader(link.pid);
    const { leader } = refusal;
    const isRedirect = leader !== 0 && leader !== link.pid;
    const canBeAsked = isRedirect && this.#routing.learnLeader(leader, this.nowMs());
    const nowMs = this.nowMs();
    if (isRedirect && !canBeAsked && !this.needsRelayAt(nowMs)) {
      // X7: whoever can reach the leader passes the call on, this node first.
      this.#relayUntilMs = nowMs + RELAY_PERIOD_MS;
      this.send(call, nowMs);
      return;
    }
    if (canBeAsked) {
      // A leader is known and can be asked: a quorum is not what is missing.
      call.refusal = refusal;
      if (call.hopCount < MAX_HOPS) {
        call.hopCount += 1;
        call.avoid = link.pid;
        this.send(call);
        return;
      }
    }
    this.#pause(call, link.pid);
  }

  #pause(call: Call, avoid: number | undefined): void {
    call.avoid = avoid;
    call.hopCount = 0;
    call.wakeAtMs = this.nowMs() + this.#routing.retryDelayMs(call.failedAttempts);
    call.failedAttempts += 1;
  }

  #tick(): void {
    this.#timer = undefined;
    const nowMs = this.nowMs();
    for (const link of this.#links.values()) link.tick(nowMs);
    for (const call of this.#active.snapshot()) {
      if (call.isEnded) continue;
      if (nowMs >= call.deadlineAtMs || this.#isWithoutQuorum(call, nowMs)) this.#fail(call);
      else if (call.wakeAtMs !== undefined && nowMs >= call.wakeAtMs) {
        call.wakeAtMs = undefined;
        this.send(call);
      }
    }
    if (this.#active.isEmpty) return;
    this.#timer = this.#ports.scheduler.after(TICK_MS, () => this.#tick());
  }

  /** Each node it could go to could not be reached twice in a row, and nothing is in doubt. */
  #isHopeless(call: Call): boolean {
    if (call.exchange.isInDoubt) return false;
    return this.#routing.isHopelessSince(call.startedAtMs, this.#pidsOf(call));
  }

  #isWithoutQuorum(call: Call, nowMs: number): boolean {
    return (
      nowMs - call.startedAtMs >= NO_QUORUM_PATIENCE_MS &&
      call.exchange.isForLeader &&
      !call.exchange.isInDoubt &&
      isQuorumMissing(call.refusal) &&
      this.#routing.isMajorityDown()
    );
  }

  #pidsOf(call: Call): readonly number[] {
    return call.route.only === undefined ? this.#routing.pids : [call.route.only];
  }

  #fail(call: Call, known?: { readonly isInDoubt: boolean }): void {
    const isInDoubt = known?.isInDoubt ?? call.exchange.isInDoubt;
    const pids = this.#pidsOf(call);
    const ending = {
      isInDoubt,
      requestId: call.exchange.requestId,
      refusal: call.refusal,
      waitedMs: this.nowMs() - call.startedAtMs,
      nodeCount: this.#routing.pids.length,
      reachableCount: this.#routing.reachableCount,
      connectError: this.#routing.lastErrorOf(pids),
    };
    const { only } = call.route;
    const isDown = only !== undefined && !this.#links.get(only)!.isOpen;
    this.#end(call, isDown ? nodeDown(only, ending.connectError) : errorOf(ending));
  }

  #end(call: Call, error: OmnikvError): void {
    call.isEnded = true;
    call.link?.forget(call);
    this.#active.remove(call);
    call.exchange.end(error);
  }
}

/** What an answer says of the state that it comes from; 0: nothing. */
function appliedIdxIn(body: ServerReplyBody): number {
  if ('appliedIdx' in body) return body.appliedIdx;
  if (body.kind !== 'executed' || body.reply.kind !== 'executed') return 0;
  // A version is the index of an entry that has been applied.
  const { reply } = body.reply;
  return 'version' in reply ? reply.version : 0;
}

/** The node that must be asked, or asked first. */
function pinnedOf(call: Call): number | undefined {
  const { only, first } = call.route;
  if (only !== undefined) return only;
  return call.failedAttempts === 0 && call.hopCount === 0 ? first : undefined;
}

export function closedError(): OmnikvError {
  return new OmnikvError('OMNIKV_SHUTTING_DOWN', 'the client handle was closed');
}

function nodeDown(pid: number, cause: OmnikvError | undefined): OmnikvError {
  if (cause !== undefined && cause.code !== 'OMNIKV_UNREACHABLE') return cause;
  return new OmnikvError('OMNIKV_NODE_DOWN', `node ${pid} does not answer`, {
    cause,
    suggestions: [`omnikv recover ${pid}`],
  });
}

function brokenAnswer(
  pid: number,
  body: ServerReplyBody,
  { isInDoubt, requestId }: { readonly isInDoubt: boolean; readonly requestId: string | undefined },
): OmnikvError {
  const kind = body.kind === 'executed' ? body.reply.kind : body.kind;
  const message = `node ${pid} answered with "${kind}", which is no answer to the request`;
  // C4: whatever the answer means, a change that was in doubt stays so.
  return isInDoubt
    ? new UnknownOutcomeError(message, { requestId })
    : new OmnikvError('OMNIKV_PROTOCOL', message);
}
