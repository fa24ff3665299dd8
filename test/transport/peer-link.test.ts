/**
 * The back-off of a link, with timers that are written down: it grows, has a cap and jitter, starts
 * anew after a stable link, and closing leaves no timer behind.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RECONNECT_BACKOFF_MAX_MS, STABLE_LINK_MS } from '../../src/core/limits.js';
import { nodeScheduler } from '../../src/core/platform/node-scheduler.js';
import type { Scheduler } from '../../src/core/platform/ports.js';
import { LogThrottle } from '../../src/core/transport/log-throttle.js';
import { PeerLink } from '../../src/core/transport/peer-link.js';
import type { LogLine } from './fixtures.js';
import { hello, memoryLogger, until, World } from './fixtures.js';

const HANDSHAKE_MS = 2_000;

/** Back-offs are written down and run at once; handshake timeouts never run. */
class ImpatientScheduler implements Scheduler {
  readonly backOffsMs: number[] = [];
  readonly waiting = new Set<object>();
  defer = (task: () => void): void => {
    nodeScheduler.defer(task);
  };
  after(delayMs: number, task: () => void): { cancel(): void } {
    const timer = { cancel: (): void => void this.waiting.delete(timer) };
    this.waiting.add(timer);
    if (delayMs !== HANDSHAKE_MS) {
      this.backOffsMs.push(delayMs);
      nodeScheduler.defer(() => {
        if (this.waiting.delete(timer)) task();
      });
    }
    return timer;
  }
}

let world: World;
let scheduler: ImpatientScheduler;
let nowMs: number;
let link: PeerLink;
const events: string[] = [];

function makeLink(fraction: number): PeerLink {
  const clock = { nowMs: () => nowMs };
  const lines: LogLine[] = [];
  return new PeerLink({
    path: world.path(2),
    hello: hello(1, 2),
    clock,
    scheduler,
    random: { bytes: (count) => new Uint8Array(count), fraction: () => fraction },
    log: new LogThrottle(memoryLogger(lines), clock),
    isBlocked: () => false,
    onFrame: () => undefined,
    onRelay: () => undefined,
    onUp: () => events.push('up'),
    onDown: () => events.push('down'),
  });
}

beforeEach(() => {
  world = new World();
  scheduler = new ImpatientScheduler();
  nowMs = 0;
  events.length = 0;
});
afterEach(async () => {
  link.close();
  await world.close();
});

describe('the back-off', () => {
  it('doubles up to its cap', async () => {
    link = makeLink(1);
    link.connect();
    await until(() => scheduler.backOffsMs.length >= 10, 'ten dials fail');
    expect(scheduler.backOffsMs.slice(0, 10)).toEqual([
      20,
      40,
      80,
      160,
      320,
      640,
      ...new Array<number>(4).fill(RECONNECT_BACKOFF_MAX_MS),
    ]);
  });

  it('has a jitter of half its length', async () => {
    link = makeLink(0);
    link.connect();
    await until(() => scheduler.backOffsMs.length >= 3, 'three dials fail');
    expect(scheduler.backOffsMs.slice(0, 3)).toEqual([10, 20, 40]);
  });

  it('starts anew after a link that lasted, and grows after one that did not', async () => {
    link = makeLink(1);
    const peer = world.node(2, [1]);
    await peer.server.listen();
    const loseAfter = async (lastedMs: number): Promise<number> => {
      await until(() => link.isUp, 'the link is up');
      const before = scheduler.backOffsMs.length;
      nowMs += lastedMs;
      peer.links.rejectFrame(1, 'the test wants it gone');
      await until(() => scheduler.backOffsMs.length > before, 'the back-off begins');
      return scheduler.backOffsMs[before] ?? 0;
    };
    link.connect();
    expect(await loseAfter(1)).toBe(20);
    expect(await loseAfter(1)).toBe(40);
    expect(await loseAfter(STABLE_LINK_MS)).toBe(10);
    expect(events.filter((event) => event === 'down')).toHaveLength(3);
  });

  it('leaves no timer behind when it is closed', async () => {
    link = makeLink(1);
    link.connect();
    await until(() => scheduler.backOffsMs.length >= 2, 'it is dialling');
    link.close();
    await until(() => scheduler.waiting.size === 0, 'all timers are gone');
    const dials = scheduler.backOffsMs.length;
    link.connect();
    expect(scheduler.backOffsMs).toHaveLength(dials);
  });
});
