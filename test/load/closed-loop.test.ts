/** The closed loop against a client made of a virtual clock: nothing here waits. */

import { describe, expect, it } from 'vitest';
import { OmnikvError, UnknownOutcomeError } from '../../src/core/errors.js';
import {
  runClosedLoop,
  type ClosedLoopOptions,
  type LoadClient,
  type LoadPorts,
} from '../../src/core/load/index.js';

/** Time passes only when a timer fires; the earliest goes first. */
class VirtualTime {
  #nowMs = 0;
  readonly #timers: { readonly atMs: number; readonly task: () => void }[] = [];
  #isRunning = false;

  readonly ports: LoadPorts = {
    clock: { nowMs: () => this.#nowMs },
    scheduler: {
      defer: (task) => this.after(0, task),
      after: (delayMs, task) => {
        this.after(delayMs, task);
        return { cancel: () => undefined };
      },
    },
    random: { bytes: (count) => new Uint8Array(count), fraction: () => 0.25 },
  };

  after(delayMs: number, task: () => void): void {
    this.#timers.push({ atMs: this.#nowMs + delayMs, task });
    this.#timers.sort((a, b) => a.atMs - b.atMs);
    if (!this.#isRunning) {
      this.#isRunning = true;
      setImmediate(() => this.#next());
    }
  }

  #next(): void {
    const timer = this.#timers.shift();
    this.#isRunning = timer !== undefined;
    if (timer === undefined) return;
    this.#nowMs = timer.atMs;
    timer.task();
    setImmediate(() => this.#next());
  }
}

class FakeClient implements LoadClient {
  readonly calls: string[] = [];
  inFlight = 0;
  maxInFlight = 0;
  readonly #time: VirtualTime;
  readonly #outcome: (call: number) => Error | undefined;

  constructor(time: VirtualTime, outcome: (call: number) => Error | undefined = () => undefined) {
    this.#time = time;
    this.#outcome = outcome;
  }

  async put(key: string, value: unknown) {
    await this.#answer(`put ${key} ${typeof value}`);
    return { version: 1 };
  }

  async get(key: string) {
    await this.#answer(`get ${key}`);
    return undefined;
  }

  async increment(key: string) {
    await this.#answer(`incr ${key}`);
    return 1n;
  }

  async #answer(call: string): Promise<void> {
    const outcome = this.#outcome(this.calls.push(call));
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    await new Promise<void>((resolve) => this.#time.after(2, resolve));
    this.inFlight -= 1;
    if (outcome !== undefined) throw outcome;
  }
}

const OPTIONS: ClosedLoopOptions = {
  operation: 'put',
  keyCount: 4,
  valueSizeBytes: 8,
  concurrency: 3,
  durationMs: 100,
};

describe('runClosedLoop', () => {
  it('keeps exactly as many calls in flight as callers, and measures only the time asked for', async () => {
    const time = new VirtualTime();
    const client = new FakeClient(time);
    const report = await runClosedLoop(client, OPTIONS, time.ports);
    expect(client.maxInFlight).toBe(3);
    expect(report).toMatchObject({ operationCount: 150, elapsedMs: 100, opsPerSecond: 1_500 });
    expect(report).toMatchObject({
      p50Ms: 2,
      p99Ms: 2,
      p999Ms: 2,
      maxMs: 2,
      errors: 0,
      unknown: 0,
    });
    // One call a caller before the clock runs: connecting is not measured.
    expect(client.calls.length).toBe(153);
  });

  it('counts failures and unknown outcomes apart, and gives neither a latency (C4)', async () => {
    const time = new VirtualTime();
    const client = new FakeClient(time, (call) => {
      if (call % 10 === 0) return new UnknownOutcomeError('sent, not answered');
      return call % 5 === 0 ? new OmnikvError('OMNIKV_NO_QUORUM', 'too few') : undefined;
    });
    const report = await runClosedLoop(client, OPTIONS, time.ports);
    expect(report.errors).toBeGreaterThan(0);
    expect(report.unknown).toBeGreaterThan(0);
    // None of the three warm-up calls fails here.
    expect(report.operationCount + report.errors + report.unknown).toBe(client.calls.length - 3);
    expect(report.firstError?.code).toBe('OMNIKV_NO_QUORUM');
  });

  it('does not hide a bug as an error of the cluster', async () => {
    const time = new VirtualTime();
    const client = new FakeClient(time, () => new TypeError('a bug'));
    await expect(runClosedLoop(client, OPTIONS, time.ports)).rejects.toThrow('a bug');
  });

  it('fills every key before it measures gets', async () => {
    const time = new VirtualTime();
    const client = new FakeClient(time);
    await runClosedLoop(client, { ...OPTIONS, operation: 'get' }, time.ports);
    const filled = client.calls.slice(0, 4);
    expect(filled.map((call) => call.split(' ')[1])).toEqual([
      'bench-0',
      'bench-1',
      'bench-2',
      'bench-3',
    ]);
    expect(client.calls.slice(4).every((call) => call === 'get bench-1')).toBe(true);
  });

  it('counts in keys of its own, so that incr never meets a text', async () => {
    const time = new VirtualTime();
    const client = new FakeClient(time);
    await runClosedLoop(client, { ...OPTIONS, operation: 'incr' }, time.ports);
    expect(new Set(client.calls)).toEqual(new Set(['incr bench-count-1']));
  });

  it('stores numbers at 8 bytes, and bytes of the size asked for otherwise', async () => {
    const time = new VirtualTime();
    const client = new FakeClient(time);
    await runClosedLoop(client, OPTIONS, time.ports);
    await runClosedLoop(client, { ...OPTIONS, valueSizeBytes: 100 }, time.ports);
    expect(new Set(client.calls)).toEqual(new Set(['put bench-1 bigint', 'put bench-1 object']));
  });
});
