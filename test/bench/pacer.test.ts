/** An open loop begins its calls when they are meant to begin, and forgets none. */

import { expect, it } from 'vitest';

import { Pacer } from '../../bench/pacer.js';

class ManualTime {
  nowMs = 0;
  readonly #wakes: { readonly atMs: number; readonly wake: () => void }[] = [];

  pacer(options: { perSecond: number; endMs: number; giveUpMs: number }): Pacer {
    return new Pacer({
      ...options,
      firstMs: 0,
      now: () => this.nowMs,
      wakeIn: (delayMs, wake) => this.#wakes.push({ atMs: this.nowMs + delayMs, wake }),
    });
  }

  async goTo(nowMs: number): Promise<void> {
    this.nowMs = nowMs;
    for (const { wake } of this.#wakes.splice(0)) wake();
    await Promise.resolve();
  }
}

/** What the callers were given, in order; each takes one call. */
function taken(pacer: Pacer, callers: number): (number | undefined)[] {
  const given: (number | undefined)[] = [];
  for (let i = 0; i < callers; i++) void pacer.next().then((at) => given.push(at));
  return given;
}

it('calls begin at equal distances', async () => {
  const time = new ManualTime();
  const given = taken(time.pacer({ perSecond: 100, endMs: 1_000, giveUpMs: 2_000 }), 3);
  await time.goTo(0);
  expect(given).toEqual([0]);
  await time.goTo(10);
  expect(given).toEqual([0, 10]);
  await time.goTo(19);
  expect(given).toEqual([0, 10]);
  await time.goTo(20);
  expect(given).toEqual([0, 10, 20]);
});

it('after a stall, what is late is measured from when it was meant to begin', async () => {
  const time = new ManualTime();
  const pacer = time.pacer({ perSecond: 10, endMs: 1_000, giveUpMs: 2_000 });
  time.nowMs = 350;
  const given = taken(pacer, 4);
  await time.goTo(350);
  expect(given).toEqual([0, 100, 200, 300]);
});

it('late calls are still handed out after the end, and then no more', async () => {
  const time = new ManualTime();
  const pacer = time.pacer({ perSecond: 10, endMs: 300, giveUpMs: 2_000 });
  time.nowMs = 1_000;
  const given = taken(pacer, 5);
  await time.goTo(1_000);
  expect(given).toEqual([0, 100, 200, undefined, undefined]);
  expect(pacer.leftOver()).toEqual([]);
});

it('what nobody began in time is left over', async () => {
  const time = new ManualTime();
  const pacer = time.pacer({ perSecond: 10, endMs: 500, giveUpMs: 2_000 });
  const given = taken(pacer, 1);
  await time.goTo(2_000);
  given.push(...taken(pacer, 1));
  expect(await pacer.next()).toBeUndefined();
  expect(given).toEqual([0]);
  expect(pacer.leftOver()).toEqual([100, 200, 300, 400]);
});
