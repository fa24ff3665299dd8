/**
 * Ticks come from a monotonic clock, and never in a burst (P12).
 */

import { describe, expect, it } from 'vitest';

import { TickDriver } from '../../src/core/replica/tick-driver.js';
import { ManualScheduler } from '../support/manual-scheduler.js';

function driven() {
  const scheduler = new ManualScheduler();
  let ticks = 0;
  const lateMs: number[] = [];
  const driver = new TickDriver({
    tickMs: 10,
    clock: scheduler,
    scheduler,
    onTick: (late) => {
      ticks += 1;
      lateMs.push(late);
    },
  });
  driver.start();
  return { scheduler, driver, ticks: () => ticks, lateMs };
}

describe('the tick driver', () => {
  it('ticks once every tick time, without drift', () => {
    const { scheduler, ticks } = driven();
    for (let i = 0; i < 1_000; i++) scheduler.advance(1);
    expect(ticks()).toBe(100);
  });

  it('gives one late tick after a pause, not a burst (P12)', () => {
    const { scheduler, ticks } = driven();
    scheduler.advance(100);
    scheduler.sleep(10_000);
    scheduler.advance(0);
    expect(ticks()).toBe(11);
    scheduler.advance(9);
    expect(ticks()).toBe(11);
    scheduler.advance(1);
    expect(ticks()).toBe(12);
  });

  it('tells how late each tick was (R8)', () => {
    const { scheduler, lateMs } = driven();
    scheduler.advance(20);
    scheduler.sleep(750);
    scheduler.advance(0);
    scheduler.advance(10);
    expect(lateMs).toEqual([0, 0, 740, 0]);
  });

  it('is quiet once stopped', () => {
    const { scheduler, driver, ticks } = driven();
    scheduler.advance(50);
    driver.stop();
    scheduler.advance(1_000);
    expect(ticks()).toBe(5);
  });
});
