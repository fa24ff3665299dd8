/** Faults on real links: silence gives no hint, a reset does, and a cut outlasts whoever sits behind it. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ActiveFault } from '../../src/core/transport/link-faults.js';
import { CUT, NO_FAULT } from '../../src/core/wire/link-fault.js';
import { peerFrame, until, World, type TestNode } from './fixtures.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const cut = (from: number, to: number, remainingMs?: number): ActiveFault => {
  return { from, to, fault: CUT, remainingMs };
};
const BOTH = [cut(1, 2), cut(2, 1)];

async function pair(): Promise<readonly [TestNode, TestNode]> {
  const a = await world.started(1, [2]);
  const b = await world.started(2, [1]);
  await until(() => a.links.isUp(2) && b.links.isUp(1), 'both links are up');
  return [a, b];
}

/** What is sent behind it comes behind it: long enough for what should not come at all. */
async function settle(from: TestNode, to: TestNode): Promise<void> {
  const count = to.frames.length;
  from.links.send(to.pid, peerFrame(from.pid, to.pid, 99));
  await until(() => to.frames.length > count, 'a frame arrives');
}

describe('a silent cut (N11)', () => {
  it('swallows one direction alone, and nobody is told', async () => {
    const [a, b] = await pair();
    a.links.setFaults([cut(1, 2)]);
    expect(a.links.send(2, peerFrame(1, 2, 1))).toBe(true);
    await settle(b, a);
    a.links.setFaults([]);
    await settle(a, b);
    expect(b.frames).toHaveLength(1);
    expect([a.events, b.events]).toEqual([['up 2'], ['up 1']]);
    expect(a.links.faultTo(2)).toBeUndefined();
  });

  it('ends by itself after its time', async () => {
    const [a, b] = await pair();
    a.links.setFaults([cut(1, 2, 50)]);
    expect(a.links.faultTo(2)).toEqual(CUT);
    await until(() => a.links.faultTo(2) === undefined, 'the fault is over');
    await settle(a, b);
    expect(a.events).toEqual(['up 2']);
  });

  it('that ended before it was read is none', async () => {
    const [a] = await pair();
    a.links.setFaults([cut(1, 2, -5), cut(2, 1, 0)]);
    expect(a.links.faultTo(2)).toBeUndefined();
  });

  it('hides that the process behind it died, and shows it when it is over', async () => {
    const [a, b] = await pair();
    a.links.setFaults(BOTH);
    await b.server.close();
    await until(() => (a.links.counters(2)?.losses ?? 0) >= 2, 'the connections are gone');
    expect(a.events).toEqual(['up 2']);
    expect(a.links.isUp(2)).toBe(true);
    a.links.setFaults([]);
    expect(a.events).toEqual(['up 2', 'down 2']);
  });

  it('lets nobody connect, whichever direction is cut, until it is over', async () => {
    const a = await world.started(1, [2]);
    a.links.setFaults([cut(2, 1)]);
    const b = await world.started(2, [1]);
    b.links.setFaults([cut(2, 1)]);
    const other = await world.started(3, [1]);
    expect(other.pid).toBe(3);
    a.links.setFaults([]);
    b.links.setFaults([]);
    await until(() => a.links.isUp(2) && b.links.isUp(1), 'both links are up');
    expect(a.events).toEqual(['up 2']);
  });

  it('of links between others concerns nobody else', async () => {
    const [a, b] = await pair();
    a.links.setFaults([cut(2, 3), cut(3, 2)]);
    await settle(a, b);
    await settle(b, a);
  });
});

describe('other faults', () => {
  it('a delayed frame arrives later, and what was sent before it was healed arrives in order', async () => {
    const [a, b] = await pair();
    a.links.setFaults([
      { from: 1, to: 2, fault: { ...NO_FAULT, delayMs: 60_000 }, remainingMs: undefined },
    ]);
    a.links.send(2, peerFrame(1, 2, 1));
    a.links.setFaults([]);
    await settle(a, b);
    expect(b.frames).toHaveLength(2);
  });

  it('an unchanged fault keeps what it holds', async () => {
    const [a, b] = await pair();
    const slow = { from: 1, to: 2, fault: { ...NO_FAULT, delayMs: 30 }, remainingMs: undefined };
    a.links.setFaults([slow]);
    a.links.send(2, peerFrame(1, 2, 1));
    a.links.setFaults([slow, cut(2, 3)]);
    await until(() => b.frames.length === 1, 'the frame arrives');
  });

  it('a reset closes both connections and says so, behind a cut as well', async () => {
    const [a, b] = await pair();
    for (const node of [a, b]) node.links.setFaults(BOTH);
    a.links.reset(2);
    b.links.reset(1);
    await until(() => a.events.length === 2 && b.events.length === 2, 'both are told');
    expect([a.events, b.events]).toEqual([
      ['up 2', 'down 2'],
      ['up 1', 'down 1'],
    ]);
    for (const node of [a, b]) node.links.setFaults([]);
    await until(() => a.links.isUp(2) && b.links.isUp(1), 'both links are up again');
  });
});
