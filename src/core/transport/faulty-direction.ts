/**
 * One direction of a link with faults set on purpose: what is sent into it comes out late, twice, out
 * of order or not at all.
 *
 * Heartbeats and data obey alike, for both are frames. Frames come out in the order in which they went
 * in, but for those that are drawn to be overtaken. What is held is bounded: a full queue drops, as
 * in a network (R1). A frame that comes out goes over whatever connection is open then.
 */

import { MAX_PEER_SEND_BUFFER_BYTES } from '../limits.js';
import type { Clock, Random, Scheduler, Timer } from '../platform/ports.js';
import type { LinkFault } from '../wire/link-fault.js';

export interface FaultyDirectionOptions {
  readonly fault: LinkFault;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** A frame comes out. */
  readonly deliver: (frame: Uint8Array) => void;
}

interface HeldFrame {
  readonly frame: Uint8Array;
  readonly dueMs: number;
}

/** An overtaken frame comes this much later, at least. */
const REORDER_MS = 20;

export class FaultyDirection {
  readonly #options: FaultyDirectionOptions;
  /** By time, and in the order of sending where times are equal. */
  #held: HeldFrame[] = [];
  #heldBytes = 0;
  /** When the last frame that keeps its order comes out. */
  #lastDueMs = -Infinity;
  /** When the last byte sent so far has left, at the rate of the link. */
  #freeAtMs = -Infinity;
  #timer: Timer | undefined;

  constructor(options: FaultyDirectionOptions) {
    this.#options = options;
  }

  get isCut(): boolean {
    return this.#options.fault.isCut;
  }

  get heldCount(): number {
    return this.#held.length;
  }

  send(frame: Uint8Array): void {
    const { fault } = this.#options;
    if (fault.isCut || this.#chance(fault.dropProbability)) return;
    this.#hold(frame);
    if (this.#chance(fault.duplicateProbability)) this.#hold(frame);
  }

  /** The fault is over: what was held comes out now, in order. */
  end(): void {
    this.#timer?.cancel();
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const { frame } of held) this.#options.deliver(frame);
  }

  /** What is held is lost, as by a cut. */
  discard(): void {
    this.#timer?.cancel();
    this.#held = [];
    this.#heldBytes = 0;
  }

  #hold(frame: Uint8Array): void {
    if (this.#heldBytes + frame.length > MAX_PEER_SEND_BUFFER_BYTES) return;
    const nowMs = this.#options.clock.nowMs();
    const dueMs = this.#dueMs(frame.length, nowMs);
    if (dueMs <= nowMs && this.#held.length === 0) {
      this.#options.deliver(frame);
      return;
    }
    this.#heldBytes += frame.length;
    let at = this.#held.length;
    while (at > 0 && this.#held[at - 1]!.dueMs > dueMs) at--;
    this.#held.splice(at, 0, { frame, dueMs });
    if (at === 0) this.#arm(nowMs);
  }

  #dueMs(sizeBytes: number, nowMs: number): number {
    const { delayMs, jitterMs, bytesPerSecond, reorderProbability } = this.#options.fault;
    let dueMs = nowMs;
    if (bytesPerSecond !== undefined) {
      this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (sizeBytes * 1_000) / bytesPerSecond;
      dueMs = this.#freeAtMs;
    }
    const jitter = jitterMs === 0 ? 0 : (2 * this.#options.random.fraction() - 1) * jitterMs;
    dueMs += Math.max(0, delayMs + jitter);
    // It is waited for by nobody, and waits for nobody.
    if (this.#chance(reorderProbability)) return dueMs + REORDER_MS + delayMs;
    this.#lastDueMs = Math.max(dueMs, this.#lastDueMs);
    return this.#lastDueMs;
  }

  #arm(nowMs: number): void {
    this.#timer?.cancel();
    const first = this.#held[0];
    if (first === undefined) return;
    const { scheduler } = this.#options;
    this.#timer = scheduler.after(Math.max(0, first.dueMs - nowMs), () => this.#release());
  }

  #release(): void {
    const nowMs = this.#options.clock.nowMs();
    // Timers are as fine as a millisecond: what is due within the next comes with this one.
    let count = 0;
    while (count < this.#held.length && this.#held[count]!.dueMs < nowMs + 1) count++;
    for (const { frame } of this.#held.splice(0, count)) {
      this.#heldBytes -= frame.length;
      this.#options.deliver(frame);
    }
    this.#arm(nowMs);
  }

  #chance(probability: number): boolean {
    return probability > 0 && this.#options.random.fraction() < probability;
  }
}
