/**
 * The simulated network keeps the promises of a socket: order, whole frames, up and down told as
 * `PeerLinks` tells them; and every fault of its plan happens.
 */

import { describe, expect, test } from 'vitest';
import { EventQueue } from '../../src/core/simulator/event-queue.js';
import type { NetworkEvent } from '../../src/core/simulator/network/simulated-network.js';
import { SimulatedNetwork } from '../../src/core/simulator/network/simulated-network.js';
import type { NetworkPlan } from '../../src/core/simulator/plan.js';
import { Prng } from '../../src/core/simulator/prng.js';
import { FrameReader } from '../../src/core/wire/index.js';
import { forge } from '../wire/frames.js';

const CALM: NetworkPlan = {
  minLatencyUs: 50,
  meanLatencyUs: 200,
  lossProbability: 0,
  duplicateProbability: 0,
  reorderProbability: 0,
  reorderUs: 20_000,
  breakProbability: 0,
  isCutSilent: false,
};

const SECOND_US = 1_000_000;

interface Arrival {
  readonly to: number;
  readonly from: number;
  readonly number: number;
  readonly timeUs: number;
}

/** Nodes that send numbered frames of various lengths, and read what comes through real readers. */
class World {
  readonly queue = new EventQueue();
  readonly network: SimulatedNetwork;
  readonly arrivals: Arrival[] = [];
  readonly links: string[] = [];
  readonly counts = new Map<NetworkEvent['kind'], number>();
  readonly #readers = new Map<string, FrameReader>();
  readonly #prng: Prng;
  #sent = 0;

  constructor(
    seed: string,
    readonly pids: readonly number[],
    plan: Partial<NetworkPlan> = {},
  ) {
    this.#prng = new Prng(seed);
    this.network = new SimulatedNetwork({
      pids,
      prng: this.#prng.split('network'),
      queue: this.queue,
      plan: { ...CALM, ...plan },
      handlers: {
        onBytes: (to, from, bytes, connection) => {
          this.#read({ to, from, bytes, connection });
        },
        onUp: (at, peer) => this.links.push(`${at}: up ${peer}`),
        onDown: (at, peer) => this.links.push(`${at}: down ${peer}`),
      },
      onEvent: ({ kind }) => this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1),
    });
  }

  startAll(): this {
    for (const pid of this.pids) this.network.nodeUp(pid);
    this.runFor(SECOND_US / 10);
    this.links.length = 0;
    return this;
  }

  send(from: number, to: number): number {
    const number = this.#sent++;
    const body = new Uint8Array(4 + this.#prng.int(0, 40));
    new DataView(body.buffer).setUint32(0, number);
    this.network.send(from, to, forge(body));
    return number;
  }

  runFor(durationUs: number): void {
    const untilUs = this.queue.nowUs + durationUs;
    while (this.queue.step(untilUs));
  }

  numbersAt(to: number): number[] {
    return this.arrivals.filter((arrival) => arrival.to === to).map(({ number }) => number);
  }

  linksOf(pid: number): string[] {
    return this.links.filter((line) => line.startsWith(`${pid}:`));
  }

  takeLinks(): string[] {
    return this.links.splice(0).sort();
  }

  #read(chunk: { to: number; from: number; bytes: Uint8Array; connection: number }): void {
    const { to, from } = chunk;
    const key = `${to}/${chunk.connection}`;
    const reader = this.#readers.get(key) ?? new FrameReader(1_000);
    this.#readers.set(key, reader);
    reader.push(chunk.bytes);
    for (;;) {
      const result = reader.next();
      if (result === undefined) return;
      if (result.kind === 'error') throw new Error(`broken stream: ${result.error.reason}`);
      const view = new DataView(result.body.buffer, result.body.byteOffset);
      this.arrivals.push({ to, from, number: view.getUint32(0), timeUs: this.queue.nowUs });
    }
  }
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe('delivery', () => {
  test('in order and whole, whatever the chunks', () => {
    const splits = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => {
      const world = new World(`order/${i}`, [1, 2]).startAll();
      for (let n = 0; n < 1_000; n++) {
        world.send(1, 2);
        if (n % 3 === 0) world.runFor(100);
      }
      world.runFor(SECOND_US);
      expect(world.numbersAt(2)).toEqual(upTo(1_000));
      return world.counts.get('split') ?? 0;
    });
    expect(Math.max(...splits)).toBeGreaterThan(50);
  });

  test('lost, doubled and overtaken frames leave the stream readable', () => {
    const world = new World('faults', [1, 2], {
      lossProbability: 0.1,
      duplicateProbability: 0.1,
      reorderProbability: 0.1,
    }).startAll();
    for (let n = 0; n < 2_000; n++) {
      world.send(1, 2);
      world.runFor(50);
    }
    world.runFor(SECOND_US);
    const numbers = world.numbersAt(2);
    const distinct = new Set(numbers);
    expect(distinct.size).toBe(2_000 - world.counts.get('lost')!);
    expect(numbers.length - distinct.size).toBe(world.counts.get('duplicated'));
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b));
    expect(world.counts.get('reordered')).toBeGreaterThan(100);
  });

  test('mended: no loss, no copy, no disorder, no break', () => {
    const world = new World('mended', [1, 2], {
      lossProbability: 0.3,
      duplicateProbability: 0.3,
      reorderProbability: 0.3,
      breakProbability: 0.1,
    }).startAll();
    world.network.mend();
    for (let n = 0; n < 500; n++) world.send(1, 2);
    world.runFor(SECOND_US);
    expect(world.numbersAt(2)).toEqual(upTo(500));
  });

  test('a clogged direction waits, also for what is under way; the other flows', () => {
    const world = new World('clog', [1, 2]).startAll();
    const startUs = world.queue.nowUs;
    world.send(1, 2);
    world.network.clog(1, 2, startUs + 50_000);
    world.send(1, 2);
    world.send(2, 1);
    world.runFor(SECOND_US);
    expect(world.numbersAt(2)).toEqual([0, 1]);
    const times = world.arrivals.filter(({ to }) => to === 2).map(({ timeUs }) => timeUs);
    expect(Math.min(...times)).toBe(startUs + 50_000);
    expect(world.arrivals.find(({ to }) => to === 1)?.timeUs).toBeLessThan(startUs + 20_000);
  });

  test('R3: what a peer does not read is bounded: its connection ends, and comes again', () => {
    const world = new World('overflow', [1, 2]).startAll();
    world.network.clog(1, 2, world.queue.nowUs + 2 * SECOND_US);
    const frame = new Uint8Array(1024 * 1024);
    for (let i = 0; i < 30; i++) world.network.send(1, 2, frame);
    expect(world.counts.get('overflowed')).toBe(1);
    world.runFor(5 * SECOND_US);
    expect(world.network.isConnected(1, 2)).toBe(true);
    expect(world.arrivals).toEqual([]);
  });

  test('a run depends on its seed alone', () => {
    const run = (seed: string) => {
      const world = new World(seed, [1, 2, 3], {
        lossProbability: 0.05,
        reorderProbability: 0.1,
        breakProbability: 0.02,
      }).startAll();
      for (let n = 0; n < 500; n++) {
        world.send(1 + (n % 3), 1 + ((n + 1) % 3));
        world.runFor(500);
      }
      return { arrivals: world.arrivals, links: world.links };
    };
    expect(run('twice')).toEqual(run('twice'));
    expect(run('twice')).not.toEqual(run('another'));
  });
});

describe('links, as PeerLinks tells them', () => {
  test('nodes that start find each other, whoever is first', () => {
    const world = new World('start', [1, 2, 3]);
    world.network.nodeUp(2);
    world.runFor(3 * SECOND_US);
    expect(world.links).toEqual([]);
    world.network.nodeUp(1);
    world.runFor(10_000);
    expect(world.takeLinks()).toEqual(['1: up 2', '2: up 1']);
    world.network.nodeUp(3);
    world.runFor(10_000);
    expect(world.takeLinks()).toEqual(['1: up 3', '2: up 3', '3: up 1', '3: up 2']);
    expect(world.network.isConnected(1, 3) && world.network.isConnected(3, 1)).toBe(true);
  });

  test('a node that dies is gone for its peers; its next life is up again', () => {
    const world = new World('death', [1, 2, 3]).startAll();
    world.network.nodeDown(3);
    expect(world.links).toEqual([]);
    world.runFor(10_000);
    expect(world.takeLinks()).toEqual(['1: down 3', '2: down 3']);
    expect(world.network.isConnected(1, 3)).toBe(false);
    world.runFor(3 * SECOND_US);
    world.network.nodeUp(3);
    world.runFor(10_000);
    expect(world.takeLinks()).toEqual(['1: up 3', '2: up 3', '3: up 1', '3: up 2']);
  });

  test('of a dead node a prefix of what it had sent arrives, and nothing in its next life', () => {
    const counts = new Set<number>();
    for (let i = 0; i < 50; i++) {
      const world = new World(`prefix/${i}`, [1, 2], { minLatencyUs: 1_000 }).startAll();
      for (let n = 0; n < 5; n++) {
        world.send(1, 2);
        world.send(2, 1);
      }
      world.network.nodeDown(1);
      world.network.nodeUp(1);
      world.runFor(SECOND_US);
      const numbers = world.numbersAt(2);
      expect(numbers).toEqual([0, 2, 4, 6, 8].slice(0, numbers.length));
      expect(world.numbersAt(1)).toEqual([]);
      counts.add(numbers.length);
      expect(world.network.isConnected(1, 2) && world.network.isConnected(2, 1)).toBe(true);
    }
    expect([...counts].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('a break tells both ends, loses what is in flight, and heals by itself', () => {
    const world = new World('break', [1, 2], { breakProbability: 1 }).startAll();
    world.send(1, 2);
    world.network.mend();
    world.runFor(SECOND_US);
    expect(world.arrivals).toEqual([]);
    expect(world.linksOf(1)).toEqual(['1: down 2', '1: up 2']);
    expect(world.linksOf(2)).toEqual(['2: down 1', '2: up 1']);
    world.send(1, 2);
    world.runFor(SECOND_US);
    expect(world.numbersAt(2)).toEqual([1]);
  });

  test('a cut of one direction leaves the other, and lasts until it heals', () => {
    const world = new World('one way', [1, 2]).startAll();
    world.network.cut(1, 2);
    world.runFor(SECOND_US);
    expect(world.takeLinks()).toEqual(['1: down 2', '2: down 1']);
    expect(world.network.isConnected(1, 2)).toBe(false);
    expect(world.network.isCut(1, 2)).toBe(true);
    world.send(1, 2);
    const answer = world.send(2, 1);
    world.runFor(SECOND_US);
    expect(world.numbersAt(2)).toEqual([]);
    expect(world.numbersAt(1)).toEqual([answer]);
    world.network.heal(1, 2);
    world.runFor(2 * SECOND_US);
    expect(world.takeLinks()).toEqual(['1: up 2', '2: up 1']);
  });

  test('a silent cut swallows frames and tells nobody', () => {
    const world = new World('silent', [1, 2], { isCutSilent: true }).startAll();
    world.network.cut(1, 2);
    world.send(1, 2);
    const answer = world.send(2, 1);
    world.runFor(5 * SECOND_US);
    expect(world.links).toEqual([]);
    expect(world.arrivals.map(({ number }) => number)).toEqual([answer]);
    world.network.healAll();
    const next = world.send(1, 2);
    world.runFor(SECOND_US);
    expect(world.numbersAt(2)).toEqual([next]);
  });

  test('behind a silent cut a node that starts is heard once the cut heals', () => {
    const world = new World('silent start', [1, 2], { isCutSilent: true });
    world.network.cut(1, 2);
    world.network.cut(2, 1);
    for (const pid of world.pids) world.network.nodeUp(pid);
    world.runFor(5 * SECOND_US);
    expect(world.links).toEqual([]);
    world.network.healAll();
    world.runFor(SECOND_US);
    expect(world.network.isConnected(1, 2) && world.network.isConnected(2, 1)).toBe(true);
  });

  test('up and down alternate at every node, under all faults, and all ends connected', () => {
    for (let i = 0; i < 20; i++) {
      const isCutSilent = i % 2 === 0;
      const world = new World(`mix/${i}`, [1, 2, 3], { breakProbability: 0.05, isCutSilent });
      churn(world, new Prng(`churn/${i}`));
      world.network.mend();
      world.network.healAll();
      for (const pid of world.pids) world.network.nodeUp(pid);
      world.runFor(4 * SECOND_US);
      for (const a of world.pids) {
        for (const b of world.pids) {
          if (a === b) continue;
          expect(world.network.isConnected(a, b), `${i}: ${a} → ${b}`).toBe(true);
          expect(
            world.links.findLast((line) => line.endsWith(` ${b}`) && line.startsWith(`${a}`)),
          ).toBe(`${a}: up ${b}`);
        }
      }
    }
  });
});

/** Ten seconds of random traffic, cuts, clogs, deaths and starts. */
function churn(world: World, prng: Prng): void {
  const isUp = new Map(world.pids.map((pid) => [pid, false]));
  for (let step = 0; step < 1_000; step++) {
    const [a, b] = prng.shuffle(world.pids) as [number, number];
    const draw = prng.int(0, 99);
    if (draw < 3) {
      const before = world.links.length;
      if (isUp.get(a)) world.network.nodeDown(a);
      else world.network.nodeUp(a);
      expect(world.links.length).toBe(before);
      isUp.set(a, !isUp.get(a));
      if (isUp.get(a) === false) world.links.push(`${a}: dead`);
    } else if (draw < 6) world.network.cut(a, b);
    else if (draw < 9) world.network.heal(a, b);
    else if (draw < 11) world.network.clog(a, b, world.queue.nowUs + prng.int(0, 100_000));
    else if (isUp.get(a)) world.send(a, b);
    world.runFor(prng.int(0, 20_000));
  }
  checkAlternation(world);
}

function checkAlternation(world: World): void {
  for (const pid of world.pids) {
    const up = new Set<string>();
    for (const line of world.linksOf(pid)) {
      const [, kind, peer] = line.split(' ') as [string, string, string];
      if (kind === 'dead') up.clear();
      else if (kind === 'up') {
        expect(up.has(peer), line).toBe(false);
        up.add(peer);
      } else expect(up.delete(peer), line).toBe(true);
    }
  }
}
