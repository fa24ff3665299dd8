/**
 * One disk of one node, over all lives of its process.
 *
 * What a process wrote is seen by the next one until the power goes; what it synced stays. Faults
 * and latencies come from the plan and the seed alone. Nothing here waits: completions are events
 * of the queue.
 */

import { assert } from '../../assert.js';
import type { FileSystem } from '../../platform/ports.js';
import type { EventQueue } from '../event-queue.js';
import type { DiskPlan } from '../plan.js';
import type { Prng } from '../prng.js';
import { cutPower, type CrashSummary } from './crash.js';
import { damageAtRest } from './damage.js';
import { Faults } from './faults.js';
import { ProcessFiles } from './process-files.js';
import { Volume } from './volume.js';

/** For the trace and the marks. */
export interface DiskEvent {
  readonly kind: 'error' | 'syncError' | 'shortWrite' | 'full' | 'spike' | 'crash' | 'damage';
  readonly detail: string;
}

export interface SimulatedDiskOptions {
  readonly prng: Prng;
  readonly queue: EventQueue;
  readonly plan: DiskPlan;
  readonly onEvent?: ((event: DiskEvent) => void) | undefined;
}

export class SimulatedDisk {
  readonly #options: SimulatedDiskOptions;
  readonly #volume = new Volume();
  readonly #faults: Faults;
  readonly #crashes: Prng;
  readonly #damages: Prng;
  #life: ProcessFiles | undefined;

  constructor(options: SimulatedDiskOptions) {
    const { prng, plan, onEvent } = options;
    this.#options = options;
    this.#faults = new Faults({ prng, plan, onEvent });
    this.#crashes = prng.split('crash');
    this.#damages = prng.split('damage');
  }

  /** The file system of one life of a process. The life before must have ended. */
  openLife(): FileSystem {
    assert(this.#life?.isDead !== false, 'the life before has not ended');
    this.#faults.beginLife();
    const { queue } = this.#options;
    this.#life = new ProcessFiles({
      volume: this.#volume,
      faults: this.#faults,
      after: (delayUs, run) => queue.after(delayUs, run),
    });
    return this.#life;
  }

  /** The page cache survives; of what is under way a part may happen. */
  processDied(): void {
    if (this.#life?.isDead === false) this.#life.die();
  }

  /** What no sync covered is kept, lost, torn or garbage, as the plan says. */
  powerCut(): CrashSummary {
    this.processDied();
    const summary = cutPower(this.#volume, this.#options.plan, this.#crashes);
    this.#faults.report('crash', JSON.stringify(summary));
    return summary;
  }

  /** From now on nothing fails, nothing is slow, and the disk is never full. */
  mend(): void {
    this.#faults.mend();
  }

  /** What `run` does meets no fault and no full disk: for preparations. */
  withoutFaults<Result>(run: () => Result): Result {
    return this.#faults.pausedDuring(run);
  }

  /** Only while the process is dead. Undefined where there is nothing to damage. */
  damageAtRest(): string | undefined {
    assert(this.#life?.isDead !== false, 'the disk is in use');
    const detail = damageAtRest(this.#volume, this.#damages);
    if (detail !== undefined) this.#faults.report('damage', detail);
    return detail;
  }

  /**
   * A disk of its own, as a power cut would leave this one that loses everything unsynced. Writes
   * to it stay there; nothing of it ever completes. It draws nothing.
   */
  durableCopy(): FileSystem {
    const volume = this.#volume.durableCopy();
    const faults = new Faults({ prng: this.#options.prng, plan: NO_FAULTS, onEvent: undefined });
    return new ProcessFiles({ volume, faults, after: () => undefined });
  }
}

const NO_FAULTS: DiskPlan = {
  writeLatencyUs: 0,
  syncLatencyUs: 0,
  quickSyncProbability: 0,
  spikeProbability: 0,
  spikeUs: 0,
  errorProbability: 0,
  isErrorForEver: false,
  syncErrorProbability: 0,
  shortWriteProbability: 0,
  capacityBytes: Infinity,
  crash: { keep: 1, drop: 0, tear: 0, garbage: 0 },
  entryLossProbability: 0,
};
