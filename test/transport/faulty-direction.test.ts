/** Faults of one direction of a link: what comes out of it, and when. */

import { describe, expect, it } from 'vitest';

import { MAX_PEER_SEND_BUFFER_BYTES } from '../../src/core/limits.js';
import { FaultyDirection } from '../../src/core/transport/faulty-direction.js';
import { CUT, NO_FAULT, type LinkFault } from '../../src/core/wire/link-fault.js';
import { ManualScheduler } from '../support/manual-scheduler.js';

class Bench {
  readonly scheduler = new ManualScheduler();
  /** `name@ms`. */
  readonly out: string[] = [];
  readonly direction: FaultyDirection;
  /** What the next draws give; then 0.5. */
  readonly draws: number[] = [];

  constructor(fault: Partial<LinkFault>) {
    this.direction = new FaultyDirection({
      fault: { ...NO_FAULT, ...fault },
      clock: this.scheduler,
      scheduler: this.scheduler,
      random: {
        bytes: (count) => new Uint8Array(count),
        fraction: () => this.draws.shift() ?? 0.5,
      },
      deliver: (frame) => {
        const name = frame.length > 4 ? String(frame.length) : new TextDecoder().decode(frame);
        this.out.push(`${name}@${this.scheduler.nowMs()}`);
      },
    });
  }

  send(...names: readonly string[]): this {
    for (const name of names) this.direction.send(new TextEncoder().encode(name));
    return this;
  }

  after(ms: number): readonly string[] {
    for (let i = 0; i < ms; i++) this.scheduler.advance(1);
    return this.out;
  }
}

describe('a direction of a link', () => {
  it('that is cut swallows everything, in silence', () => {
    const bench = new Bench(CUT).send('a', 'b');
    expect(bench.direction.isCut).toBe(true);
    expect(bench.after(1_000)).toEqual([]);
    expect(bench.direction.heldCount).toBe(0);
  });

  it('without a fault gives what it is given, at once', () => {
    expect(new Bench({}).send('a', 'b').out).toEqual(['a@0', 'b@0']);
  });

  it('delays each frame, and keeps their order under jitter', () => {
    const bench = new Bench({ delayMs: 50, jitterMs: 10 });
    bench.draws.push(1, 0, 0.5);
    bench.send('a', 'b', 'c');
    expect(bench.after(55)).toEqual([]);
    // Frame a is 10 ms late; b and c could have come before it, and do not.
    expect(bench.after(100)).toEqual(['a@60', 'b@60', 'c@60']);
  });

  it('loses and doubles by the draw', () => {
    const bench = new Bench({ dropProbability: 0.3 });
    bench.draws.push(0.29, 0.3);
    expect(bench.send('a', 'b').out).toEqual(['b@0']);
    const doubling = new Bench({ duplicateProbability: 0.3 });
    doubling.draws.push(0.29, 0.3);
    expect(doubling.send('a', 'b').out).toEqual(['a@0', 'a@0', 'b@0']);
  });

  it('lets a frame be overtaken that is drawn for it, and no other', () => {
    const bench = new Bench({ reorderProbability: 0.3 });
    bench.draws.push(0.1, 0.9, 0.9);
    bench.send('a', 'b', 'c');
    expect(bench.after(100).map((each) => each[0])).toEqual(['b', 'c', 'a']);
  });

  it('lets through so many bytes a second', () => {
    const bench = new Bench({ bytesPerSecond: 100_000 });
    for (let i = 0; i < 10; i++) bench.direction.send(new Uint8Array(1_000));
    expect(bench.after(45)).toHaveLength(4);
    expect(bench.after(60)).toHaveLength(10);
  });

  it('holds a bounded number of bytes, and loses what comes on top (R1)', () => {
    const bench = new Bench({ delayMs: 1_000 });
    const frame = new Uint8Array(1024 * 1024);
    const fits = MAX_PEER_SEND_BUFFER_BYTES / frame.length;
    for (let i = 0; i < fits + 5; i++) bench.direction.send(frame);
    expect(bench.direction.heldCount).toBe(fits);
  });

  it('gives what it holds, in order, when the fault ends; and nothing after a cut', () => {
    const bench = new Bench({ delayMs: 500 }).send('a', 'b');
    bench.direction.end();
    expect(bench.out).toEqual(['a@0', 'b@0']);
    const cut = new Bench({ delayMs: 500 }).send('a', 'b');
    cut.direction.discard();
    expect(cut.after(1_000)).toEqual([]);
  });
});
