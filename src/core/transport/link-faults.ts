/**
 * The faults of a node's links, as they stand now: what it sends is subject to those of its own
 * directions, and no connection is made where either direction is cut, for a handshake needs both.
 *
 * Set as a whole; an unchanged fault keeps what it holds. Those with an end are over by themselves.
 */

import type { Pid } from '../omnipaxos/ballot.js';
import type { Clock, Random, Scheduler, Timer } from '../platform/ports.js';
import type { LinkFault } from '../wire/link-fault.js';
import { FaultyDirection } from './faulty-direction.js';

/** A fault of one of the node's own links. */
export interface ActiveFault {
  readonly from: Pid;
  readonly to: Pid;
  readonly fault: LinkFault;
  /** Undefined: until it is set anew. */
  readonly remainingMs: number | undefined;
}

export interface LinkFaultsOptions {
  readonly pid: Pid;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** A frame to this peer has come through. */
  readonly deliver: (to: Pid, frame: Uint8Array) => void;
  /** Neither direction of the link to this peer is cut any more. */
  readonly onUnblocked: (peer: Pid) => void;
}

interface Outgoing {
  readonly fault: LinkFault;
  readonly direction: FaultyDirection;
}

export class LinkFaults {
  readonly #options: LinkFaultsOptions;
  readonly #outgoing = new Map<Pid, Outgoing>();
  /** Peers that cannot be heard. */
  #cutOff: ReadonlySet<Pid> = new Set();
  #faults: readonly ActiveFault[] = [];
  #setAtMs = 0;
  #timer: Timer | undefined;

  constructor(options: LinkFaultsOptions) {
    this.#options = options;
  }

  /** Undefined: what is sent there goes as it is. */
  faultTo(peer: Pid): LinkFault | undefined {
    return this.#outgoing.get(peer)?.fault;
  }

  isBlocked(peer: Pid): boolean {
    return this.#cutOff.has(peer) || this.faultTo(peer)?.isCut === true;
  }

  /** False where there is no fault: the caller sends the frame itself. */
  take(to: Pid, frame: Uint8Array): boolean {
    const outgoing = this.#outgoing.get(to);
    if (outgoing === undefined) return false;
    outgoing.direction.send(frame);
    return true;
  }

  /** Takes the place of all that was set before. Faults of others' links are passed over. */
  set(faults: readonly ActiveFault[]): void {
    const { pid, clock } = this.#options;
    this.#setAtMs = clock.nowMs();
    this.#faults = faults.filter(({ from, to }) => from !== to && (from === pid || to === pid));
    this.#apply();
  }

  close(): void {
    this.#timer?.cancel();
    for (const { direction } of this.#outgoing.values()) direction.discard();
    this.#outgoing.clear();
  }

  #apply(): void {
    const { pid } = this.#options;
    const elapsedMs = this.#options.clock.nowMs() - this.#setAtMs;
    const live = this.#faults.filter(({ remainingMs }) => (remainingMs ?? Infinity) > elapsedMs);
    const peers = new Set(this.#faults.map(({ from, to }) => (from === pid ? to : from)));
    const wereBlocked = [...this.#cutOff, ...this.#outgoing.keys()].filter((peer) =>
      this.isBlocked(peer),
    );
    const incoming = live.filter(({ to, fault }) => to === pid && fault.isCut);
    this.#cutOff = new Set(incoming.map(({ from }) => from));
    for (const peer of new Set([...peers, ...this.#outgoing.keys()])) {
      const found = live.find(({ from, to }) => from === pid && to === peer);
      this.#setOutgoing(peer, found?.fault);
    }
    for (const peer of new Set(wereBlocked)) {
      if (!this.isBlocked(peer)) this.#options.onUnblocked(peer);
    }
    this.#armExpiry(live, elapsedMs);
  }

  #setOutgoing(peer: Pid, fault: LinkFault | undefined): void {
    const before = this.#outgoing.get(peer);
    if (before !== undefined && fault !== undefined && isSameFault(before.fault, fault)) return;
    this.#outgoing.delete(peer);
    if (fault?.isCut === true) before?.direction.discard();
    else before?.direction.end();
    if (fault === undefined) return;
    const { clock, scheduler, random, deliver } = this.#options;
    const direction = new FaultyDirection({
      ...{ fault, clock, scheduler, random },
      deliver: (frame) => deliver(peer, frame),
    });
    this.#outgoing.set(peer, { fault, direction });
  }

  #armExpiry(live: readonly ActiveFault[], elapsedMs: number): void {
    this.#timer?.cancel();
    const nextMs = Math.min(...live.map(({ remainingMs }) => remainingMs ?? Infinity));
    if (nextMs === Infinity) return;
    const { scheduler } = this.#options;
    this.#timer = scheduler.after(Math.max(0, nextMs - elapsedMs), () => this.#apply());
  }
}

function isSameFault(a: LinkFault, b: LinkFault): boolean {
  return (
    a.isCut === b.isCut &&
    a.delayMs === b.delayMs &&
    a.jitterMs === b.jitterMs &&
    a.dropProbability === b.dropProbability &&
    a.duplicateProbability === b.duplicateProbability &&
    a.reorderProbability === b.reorderProbability &&
    a.bytesPerSecond === b.bytesPerSecond
  );
}
