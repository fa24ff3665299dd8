/** R8: the event loop waits only for a disk that has been quick many times. */

import { describe, expect, it } from 'vitest';

import { LOOP_SYNC_LIMIT_MS, QUICK_SYNC_LEAD } from '../../src/core/limits.js';
import { MeasuredSyncPace } from '../../src/core/platform/measured-sync-pace.js';

class Disk {
  nowMs = 0;
  readonly pace = new MeasuredSyncPace({ nowMs: () => this.nowMs });

  sync(tookMs: number, count = 1): void {
    for (let i = 0; i < count; i++) {
      this.pace.syncBegan();
      this.nowMs += tookMs;
      this.pace.syncEnded();
    }
  }
}

const SLOW_MS = LOOP_SYNC_LIMIT_MS + 0.1;

describe('the pace of syncs (R8)', () => {
  it('begins on the thread: no disk is trusted unseen', () => {
    const disk = new Disk();
    expect(disk.pace.isQuick).toBe(false);
    disk.sync(0.2, QUICK_SYNC_LEAD - 1);
    expect(disk.pace.isQuick).toBe(false);
    disk.sync(0.2);
    expect(disk.pace.isQuick).toBe(true);
  });

  it('a disk that always takes longer than the limit never holds the loop', () => {
    const disk = new Disk();
    for (let i = 0; i < 1_000; i++) {
      expect(disk.pace.isQuick).toBe(false);
      disk.sync(SLOW_MS);
    }
  });

  it('a disk that is slow as often as quick never holds the loop', () => {
    const disk = new Disk();
    for (let i = 0; i < 1_000; i++) {
      disk.sync(0.2);
      disk.sync(SLOW_MS);
      expect(disk.pace.isQuick).toBe(false);
    }
  });

  it('one slow sync on the loop sends the next ones back to the thread', () => {
    const disk = new Disk();
    disk.sync(0.2, 1_000);
    disk.sync(SLOW_MS);
    expect(disk.pace.isQuick).toBe(false);
    disk.sync(0.2, QUICK_SYNC_LEAD - 1);
    expect(disk.pace.isQuick).toBe(false);
    disk.sync(0.2);
    expect(disk.pace.isQuick).toBe(true);
  });

  it('a late answer of the thread, on a busy loop, does not end the approach', () => {
    const disk = new Disk();
    for (let i = 0; i < QUICK_SYNC_LEAD - 1; i++) {
      disk.sync(SLOW_MS);
      disk.sync(0.2, 2);
    }
    expect(disk.pace.isQuick).toBe(true);
  });
});
