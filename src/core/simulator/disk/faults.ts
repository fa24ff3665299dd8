/**
 * Which call fails, and how: drawn once a call, by the plan, from a stream of its own.
 *
 * It must change nothing itself. A class whose probability is 0 draws nothing, so that a plan
 * without it runs as if there were no such class.
 */

import type { DiskPlan } from '../plan.js';
import type { Prng } from '../prng.js';
import type { DiskEvent } from './simulated-disk.js';

export interface FaultsOptions {
  readonly prng: Prng;
  readonly plan: DiskPlan;
  readonly onEvent: ((event: DiskEvent) => void) | undefined;
}

export interface WriteFault {
  readonly code: 'EIO' | 'ENOSPC';
  /** How much of it reached the file. */
  readonly prefixBytes: number;
}

export class Faults {
  readonly #plan: DiskPlan;
  readonly #faults: Prng;
  readonly #latency: Prng;
  readonly #onEvent: FaultsOptions['onEvent'];
  #isMended = false;
  #isPaused = false;
  /** `isErrorForEver`: the disk of this life is gone. */
  #isBroken = false;

  constructor({ prng, plan, onEvent }: FaultsOptions) {
    this.#plan = plan;
    this.#faults = prng.split('faults');
    this.#latency = prng.split('latency');
    this.#onEvent = onEvent;
  }

  get capacityBytes(): number {
    return this.#isOff ? Infinity : this.#plan.capacityBytes;
  }

  beginLife(): void {
    this.#isBroken = false;
  }

  mend(): void {
    this.#isMended = true;
  }

  pausedDuring<Result>(run: () => Result): Result {
    const wasPaused = this.#isPaused;
    this.#isPaused = true;
    try {
      return run();
    } finally {
      this.#isPaused = wasPaused;
    }
  }

  /** Whether the call fails with EIO. */
  isCallFailing(action: string, path: string): boolean {
    if (this.#isOff) return false;
    if (this.#isBroken) return true;
    if (!this.#faults.chance(this.#plan.errorProbability)) return false;
    this.#isBroken = this.#plan.isErrorForEver;
    this.report('error', `EIO ${action} ${path}`);
    return true;
  }

  isSyncFailing(path: string): boolean {
    if (this.isCallFailing('fsync', path)) return true;
    if (this.#isOff || !this.#faults.chance(this.#plan.syncErrorProbability)) return false;
    this.report('syncError', `EIO fsync ${path}`);
    return true;
  }

  /** Of a failed sync: whether a page reached the disk all the same. */
  hasPageArrived(): boolean {
    return this.#faults.chance(0.25);
  }

  writeFault(path: string, sizeBytes: number): WriteFault | undefined {
    if (this.isCallFailing('write', path)) {
      return { code: 'EIO', prefixBytes: this.prefixBytes(sizeBytes) };
    }
    if (this.#isOff || !this.#faults.chance(this.#plan.shortWriteProbability)) return undefined;
    const prefixBytes = this.prefixBytes(sizeBytes);
    this.report('shortWrite', `${prefixBytes} of ${sizeBytes} bytes ${path}`);
    return { code: 'ENOSPC', prefixBytes };
  }

  prefixBytes(sizeBytes: number): number {
    return this.#faults.int(0, sizeBytes);
  }

  /** Of a sync that was under way when its process died: whether it still ended. */
  hasSyncEnded(): boolean {
    return this.#faults.chance(0.5);
  }

  writeLatencyUs(path: string): number {
    return this.#latencyUs(this.#plan.writeLatencyUs, path);
  }

  syncLatencyUs(path: string): number {
    return this.#latencyUs(this.#plan.syncLatencyUs, path);
  }

  report(kind: DiskEvent['kind'], detail: string): void {
    this.#onEvent?.({ kind, detail });
  }

  #latencyUs(meanUs: number, path: string): number {
    const latencyUs = -Math.log(1 - this.#latency.fraction()) * meanUs;
    if (this.#isOff || !this.#latency.chance(this.#plan.spikeProbability)) return latencyUs;
    this.report('spike', `${this.#plan.spikeUs} us ${path}`);
    return latencyUs + this.#plan.spikeUs;
  }

  get #isOff(): boolean {
    return this.#isMended || this.#isPaused;
  }
}
