/**
 * One load process: its callers on one driver, in a closed or an open loop.
 *
 * node load-process.js DRIVER PART_JSON, a process of its own, so that the load's garbage is not the
 * harness's. Says `ready`, reads the wall-clock time at which all processes begin to measure, warms
 * up until then, and prints one line of JSON.
 */

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { keyDraw, keyName } from './keys.js';
import { Latencies, type EncodedLatencies } from './latencies.js';
import type { LoadPart } from './load-options.js';
import { Pacer } from './pacer.js';
import type { Connect, Driver } from './system.js';

export interface PartResult {
  readonly latencies: EncodedLatencies;
  /** Altogether, in the warm-up too; all are acknowledged, or there is no result. */
  readonly putCount: number;
}

/** How long an open loop goes on with what is late, after the measured time. */
const DRAIN_MS = 10_000;
/** Values of different processes differ. */
const SEQUENCES_PER_PROCESS = 2 ** 40;

class Calls {
  putCount = 0;
  readonly #driver: Driver;
  readonly #part: LoadPart;
  readonly #drawKey: () => number;
  readonly #readRatio: number;

  constructor(driver: Driver, part: LoadPart) {
    this.#driver = driver;
    this.#part = part;
    this.#drawKey = keyDraw({ ...part, random: Math.random });
    this.#readRatio = { put: 0, get: 1, mixed: part.readRatio }[part.operation];
  }

  /** This process's share of the keys, so that no get finds nothing. */
  async fill(): Promise<void> {
    if (this.#readRatio === 0) return;
    const { processIndex, processCount, keyCount, concurrency } = this.#part;
    let key = processIndex;
    const fillNext = async (): Promise<void> => {
      while (key < keyCount) {
        const own = key;
        key += processCount;
        await this.#put(own);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, fillNext));
  }

  /** No promise but the driver's: the load shares the machine with what it measures. */
  one(): Promise<unknown> {
    const key = this.#drawKey();
    return this.#readRatio > Math.random() ? this.#driver.get(keyName(key)) : this.#put(key);
  }

  #put(key: number): Promise<unknown> {
    const sequence = this.#part.processIndex * SEQUENCES_PER_PROCESS + this.putCount;
    this.putCount += 1;
    return this.#driver.put(keyName(key), sequence);
  }
}

interface Loop {
  readonly part: LoadPart;
  readonly calls: Calls;
  readonly latencies: Latencies;
  readonly endMs: number;
}

async function closedLoop({ part, calls, latencies, endMs }: Loop): Promise<void> {
  const caller = async (): Promise<void> => {
    for (let beganMs = performance.now(); beganMs < endMs;) {
      await calls.one();
      const nowMs = performance.now();
      latencies.record(beganMs, nowMs);
      beganMs = nowMs;
    }
  };
  await Promise.all(Array.from({ length: part.concurrency }, caller));
}

async function openLoop(loop: Loop, perSecond: number): Promise<void> {
  const { part, calls, latencies, endMs } = loop;
  // The processes begin one after the other within the first distance.
  const shiftMs = (1_000 / perSecond) * (part.processIndex / part.processCount);
  const pacer = new Pacer({
    firstMs: performance.now() + shiftMs,
    endMs,
    giveUpMs: endMs + DRAIN_MS,
    perSecond,
    now: () => performance.now(),
    wakeIn: (delayMs, wake) => setTimeout(wake, delayMs),
  });
  const caller = async (): Promise<void> => {
    for (;;) {
      const intendedMs = await pacer.next();
      if (intendedMs === undefined) return;
      await calls.one();
      latencies.record(intendedMs, performance.now());
    }
  };
  await Promise.all(Array.from({ length: part.concurrency }, caller));
  const nowMs = performance.now();
  for (const intendedMs of pacer.leftOver()) latencies.recordUnanswered(intendedMs, nowMs);
}

async function load(connect: Connect, part: LoadPart): Promise<PartResult> {
  const driver = await connect(part);
  const calls = new Calls(driver, part);
  await calls.fill();
  process.stdout.write('ready\n');
  const lines = createInterface({ input: process.stdin });
  const [startAt] = (await once(lines, 'line')) as [string];
  lines.close();
  const startMs = performance.now() + Number(startAt) - Date.now();
  const latencies = new Latencies({ startMs, durationMs: part.durationMs });
  const loop = { part, calls, latencies, endMs: startMs + part.durationMs };
  if (part.ratePerSecond === undefined) await closedLoop(loop);
  else await openLoop(loop, part.ratePerSecond);
  await driver.close();
  return { latencies: latencies.encode(), putCount: calls.putCount };
}

const [driverUrl, json] = process.argv.slice(2);
if (driverUrl === undefined || json === undefined) throw new Error('see the header');
const { connect } = (await import(driverUrl)) as { readonly connect: Connect };
process.stdout.write(`${JSON.stringify(await load(connect, JSON.parse(json) as LoadPart))}\n`);
