/**
 * A simulated disk with a plan in which nothing happens but what the test asks for.
 */

import type { FileSystem } from '../../src/core/platform/ports.js';
import { SimulatedDisk, type DiskEvent } from '../../src/core/simulator/disk/simulated-disk.js';
import { EventQueue } from '../../src/core/simulator/event-queue.js';
import type { DiskPlan } from '../../src/core/simulator/plan.js';
import { Prng } from '../../src/core/simulator/prng.js';

export const CALM_PLAN: DiskPlan = {
  writeLatencyUs: 100,
  syncLatencyUs: 1_000,
  quickSyncProbability: 0,
  spikeProbability: 0,
  spikeUs: 0,
  errorProbability: 0,
  isErrorForEver: false,
  syncErrorProbability: 0,
  shortWriteProbability: 0,
  capacityBytes: Infinity,
  crash: { keep: 0, drop: 1, tear: 0, garbage: 0 },
  entryLossProbability: 1,
};

/** Faults of a swarm: whole classes are missing in most runs. */
export function drawDiskPlan(prng: Prng): DiskPlan {
  const some = (share: number, value: number): number => (prng.chance(share) ? value : 0);
  return {
    writeLatencyUs: prng.int(1, 200),
    syncLatencyUs: prng.int(20, 3_000),
    quickSyncProbability: 0,
    spikeProbability: some(0.2, 0.02),
    spikeUs: 100_000,
    errorProbability: some(0.2, 0.002),
    isErrorForEver: prng.chance(0.5),
    syncErrorProbability: some(0.3, 0.02),
    shortWriteProbability: some(0.2, 0.005),
    capacityBytes: prng.chance(0.1) ? prng.int(100_000, 400_000) : Infinity,
    crash: {
      keep: prng.int(0, 3),
      drop: prng.int(0, 3),
      tear: some(0.5, 1),
      garbage: some(0.5, 1),
    },
    entryLossProbability: prng.pick([0, 0.1, 0.5, 1]),
  };
}

export class DiskBench {
  readonly queue = new EventQueue();
  readonly events: DiskEvent[] = [];
  readonly disk: SimulatedDisk;
  fileSystem: FileSystem;

  constructor(plan: Partial<DiskPlan> = {}, seed: string | number = 1) {
    this.disk = new SimulatedDisk({
      prng: new Prng(seed),
      queue: this.queue,
      plan: { ...CALM_PLAN, ...plan },
      onEvent: (event) => this.events.push(event),
    });
    this.fileSystem = this.disk.openLife();
  }

  /** Everything that is under way ends. */
  elapse(us = 1e9): void {
    const untilUs = this.queue.nowUs + us;
    while (this.queue.step(untilUs));
  }

  reopen(how: 'kill' | 'powerCut'): FileSystem {
    if (how === 'kill') this.disk.processDied();
    else this.disk.powerCut();
    this.fileSystem = this.disk.openLife();
    return this.fileSystem;
  }
}

/** `count` bytes of one value. */
export function bytesOf(value: number, count: number): Uint8Array {
  return new Uint8Array(count).fill(value);
}
