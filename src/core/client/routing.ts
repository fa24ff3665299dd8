/**
 * Which node to ask next (C6): the leader as far as it is known, else the node that served last,
 * else each in turn. Pure: times come as arguments, jitter from the port.
 *
 * A hint is only a hint: a node that could not be reached is left alone until its back-off has
 * passed, whoever names it as leader.
 */

import type { OmnikvError } from '../errors.js';
import type { Random } from '../platform/ports.js';

const CONNECT_BACKOFF_MIN_MS = 20;
/** Low, so that a call over a dead cluster ends soon: two refusals of each node end it. */
const CONNECT_BACKOFF_MAX_MS = 250;
const RETRY_BACKOFF_MIN_MS = 5;
const RETRY_BACKOFF_MAX_MS = 80;

interface NodeHealth {
  isOpen: boolean;
  /** Connections in a row that could not be made. */
  failureCount: number;
  lastFailureMs: number;
  previousFailureMs: number;
  retryAtMs: number;
  lastError: OmnikvError | undefined;
}

/** No node can be asked now. Nodes count from 1. */
export const NOBODY = 0;

export class Routing {
  readonly pids: readonly number[];
  readonly #health = new Map<number, NodeHealth>();
  readonly #random: Random;
  #leader = 0;
  #lastServed = 0;
  /** Where the turn is: many calls of one moment go to one node, not to all. */
  #turn = 0;

  constructor(pids: readonly number[], random: Random) {
    this.pids = pids;
    this.#random = random;
    for (const pid of pids) {
      this.#health.set(pid, {
        isOpen: false,
        failureCount: 0,
        lastFailureMs: -Infinity,
        previousFailureMs: -Infinity,
        retryAtMs: -Infinity,
        lastError: undefined,
      });
    }
  }

  get leader(): number {
    return this.#leader;
  }

  get reachableCount(): number {
    let count = 0;
    for (const health of this.#health.values()) if (health.isOpen) count += 1;
    return count;
  }

  /** The node to ask, or NOBODY. `avoid`: it has just refused, so any other one first. */
  choose(nowMs: number, avoid?: number): number {
    if (this.#leader !== avoid && this.#isUsable(this.#leader, nowMs)) return this.#leader;
    if (this.#lastServed !== avoid && this.#isUsable(this.#lastServed, nowMs)) {
      return this.#lastServed;
    }
    const inTurn = [...this.pids.slice(this.#turn), ...this.pids.slice(0, this.#turn)];
    const next = inTurn.find((pid) => pid !== avoid && this.#isUsable(pid, nowMs));
    if (next !== undefined) {
      this.#turn = this.pids.indexOf(next);
      return next;
    }
    return avoid !== undefined && this.#isUsable(avoid, nowMs) ? avoid : NOBODY;
  }

  /** The same for a call that only one node can answer. */
  chooseOnly(pid: number, nowMs: number): number {
    return this.#isUsable(pid, nowMs) ? pid : NOBODY;
  }

  /** When one of these nodes may be asked again. */
  earliestRetryMs(pids: readonly number[]): number {
    return Math.min(...pids.map((pid) => this.#health.get(pid)?.retryAtMs ?? -Infinity));
  }

  opened(pid: number): void {
    const health = this.#health.get(pid)!;
    health.isOpen = true;
    health.failureCount = 0;
    health.retryAtMs = -Infinity;
    health.lastError = undefined;
  }

  /** The connection ended, or could not be made. */
  closed(pid: number, nowMs: number, cause: OmnikvError): void {
    const health = this.#health.get(pid)!;
    const wasOpen = health.isOpen;
    health.isOpen = false;
    health.lastError = cause;
    this.forgetLeader(pid);
    if (wasOpen) {
      // A connection that was lost says little about the next one.
      health.retryAtMs = nowMs + this.#jittered(CONNECT_BACKOFF_MIN_MS);
      return;
    }
    health.failureCount += 1;
    health.previousFailureMs = health.lastFailureMs;
    health.lastFailureMs = nowMs;
    const backoffMs = Math.min(
      CONNECT_BACKOFF_MIN_MS * 2 ** (health.failureCount - 1),
      CONNECT_BACKOFF_MAX_MS,
    );
    health.retryAtMs = nowMs + this.#jittered(backoffMs);
  }

  /** It hangs, or is slow to connect: left alone for a moment, unless it opens meanwhile. */
  suspect(pid: number, nowMs: number): void {
    this.forgetLeader(pid);
    this.#health.get(pid)!.retryAtMs = nowMs + CONNECT_BACKOFF_MAX_MS;
  }

  /** False where it cannot be asked now, or is no node of ours. */
  learnLeader(pid: number, nowMs: number): boolean {
    if (!this.#health.has(pid)) return false;
    this.#leader = pid;
    return this.#isUsable(pid, nowMs);
  }

  forgetLeader(pid: number): void {
    if (this.#leader === pid) this.#leader = 0;
    if (this.#lastServed === pid) this.#lastServed = 0;
  }

  /** It answered a request that needs a leader: as one, or through one that it can reach (X7). */
  served(pid: number): void {
    this.#lastServed = pid;
  }

  /** True where each of these nodes could not be reached twice in a row since then. */
  isHopelessSince(sinceMs: number, pids: readonly number[]): boolean {
    return pids.every((pid) => {
      const health = this.#health.get(pid)!;
      return health.failureCount >= 2 && health.previousFailureMs >= sinceMs;
    });
  }

  /** True where too few nodes for a majority are left that do not refuse connections. */
  isMajorityDown(): boolean {
    let downCount = 0;
    for (const health of this.#health.values()) if (health.failureCount >= 2) downCount += 1;
    return 2 * (this.pids.length - downCount) <= this.pids.length;
  }

  lastErrorOf(pids: readonly number[]): OmnikvError | undefined {
    const errors = pids.map((pid) => this.#health.get(pid)?.lastError);
    const isTelling = (error: OmnikvError | undefined) =>
      error !== undefined && error.code !== 'OMNIKV_UNREACHABLE';
    return errors.find(isTelling) ?? errors.find((error) => error !== undefined);
  }

  /** How long a call waits before its next attempt, so that many do not come at once. */
  retryDelayMs(attemptCount: number): number {
    const exponent = Math.min(attemptCount, 16);
    return this.#jittered(Math.min(RETRY_BACKOFF_MIN_MS * 2 ** exponent, RETRY_BACKOFF_MAX_MS));
  }

  #isUsable(pid: number, nowMs: number): boolean {
    const health = this.#health.get(pid);
    return health !== undefined && (health.isOpen || health.retryAtMs <= nowMs);
  }

  #jittered(delayMs: number): number {
    return delayMs * (0.5 + 0.5 * this.#random.fraction());
  }
}
