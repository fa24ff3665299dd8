/**
 * Where the next fdatasync runs: on the event loop while the disk is quick, else on a thread (R8).
 *
 * The way to a thread and back costs about as much as the sync of a quick disk. On a slow one it
 * keeps heartbeats alive. So the loop waits only for a disk that has been quick many times, and one
 * sync that was not sends the next ones back to the thread. It starts there: no disk is trusted
 * unseen, and one that always takes longer than the limit never holds the loop.
 */

import { LOOP_SYNC_LIMIT_MS, QUICK_SYNC_LEAD } from '../limits.js';
import type { Clock, SyncPace } from './ports.js';

export class MeasuredSyncPace implements SyncPace {
  readonly #clock: Clock;
  /** How many more syncs were quick than were not, of those on the thread; never below 0. */
  #lead = 0;
  #beganAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isQuick(): boolean {
    return this.#lead === QUICK_SYNC_LEAD;
  }

  syncBegan(): void {
    this.#beganAtMs = this.#clock.nowMs();
  }

  syncEnded(): void {
    const wasQuick = this.#clock.nowMs() - this.#beganAtMs <= LOOP_SYNC_LIMIT_MS;
    if (wasQuick) this.#lead = Math.min(QUICK_SYNC_LEAD, this.#lead + 1);
    else this.#lead = this.isQuick ? 0 : Math.max(0, this.#lead - 1);
  }
}
