/**
 * A closed loop: each of N callers sends its next call when the last one was answered.
 *
 * Measured are the calls that were acknowledged. A call that failed for certain is an error, one
 * whose outcome is unknown is counted apart (C4); neither adds a latency. Before the clock runs
 * each caller makes one call, so that connecting and registering sessions is not measured.
 */

import { OmnikvError, UnknownOutcomeError } from '../errors.js';
import type { Clock, Random, Scheduler } from '../platform/ports.js';
import { LatencyRecorder } from './latency-recorder.js';
import {
  RecordedWorkload,
  type RecordedLoadClient,
  type RecordedWorkloadOptions,
} from './recorded-workload.js';
import { Workload, type LoadClient, type WorkloadOptions } from './workload.js';

/** After an error, so that a cluster that refuses at once is not asked a million times. */
const PAUSE_AFTER_ERROR_MS = 10;

export interface LoadPorts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
}

interface LoopOptions {
  readonly concurrency: number;
  readonly durationMs: number;
}

export interface ClosedLoopOptions extends WorkloadOptions, LoopOptions {}

export interface RecordedLoopOptions extends RecordedWorkloadOptions, LoopOptions {}

export interface LoadReport {
  /** Calls that were acknowledged within the measured time. */
  readonly operationCount: number;
  readonly elapsedMs: number;
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  readonly errors: number;
  readonly unknown: number;
  /** The first error, for people who ask why. */
  readonly firstError: OmnikvError | undefined;
}

export async function runClosedLoop(
  client: LoadClient,
  options: ClosedLoopOptions,
  ports: LoadPorts,
): Promise<LoadReport> {
  const workload = new Workload(options, ports.random);
  if (workload.needsKeys) await fillKeys(client, workload, options);
  const call = () => workload.call(client);
  return await new ClosedLoop(call, options, ports).run();
}

/** Calls that are worth recording, and a last read of every key: `client` writes the history. */
export async function runRecordedLoop(
  client: RecordedLoadClient,
  options: RecordedLoopOptions,
  ports: LoadPorts,
): Promise<LoadReport> {
  const workload = new RecordedWorkload(options, ports.random);
  const call = () => workload.call(client);
  const report = await new ClosedLoop(call, options, ports).run();
  const unreadCount = await workload.readAll(client);
  return { ...report, errors: report.errors + unreadCount };
}

async function fillKeys(
  client: LoadClient,
  workload: Workload,
  options: ClosedLoopOptions,
): Promise<void> {
  let next = 0;
  const filler = async () => {
    while (next < options.keyCount) await workload.fill(client, next++);
  };
  await Promise.all(Array.from({ length: options.concurrency }, filler));
}

class ClosedLoop {
  readonly #call: () => Promise<unknown>;
  readonly #options: LoopOptions;
  readonly #ports: LoadPorts;
  readonly #latencies = new LatencyRecorder();
  #errors = 0;
  #unknown = 0;
  #firstError: OmnikvError | undefined;

  constructor(call: () => Promise<unknown>, options: LoopOptions, ports: LoadPorts) {
    this.#call = call;
    this.#options = options;
    this.#ports = ports;
  }

  async run(): Promise<LoadReport> {
    const callers = Array.from({ length: this.#options.concurrency });
    await Promise.all(callers.map(() => this.#callOnce()));
    const startMs = this.#ports.clock.nowMs();
    const endMs = startMs + this.#options.durationMs;
    await Promise.all(callers.map(() => this.#callUntil(endMs)));
    return this.#report(this.#ports.clock.nowMs() - startMs);
  }

  async #callUntil(endMs: number): Promise<void> {
    const { clock } = this.#ports;
    let startedMs = clock.nowMs();
    while (startedMs < endMs) {
      try {
        await this.#call();
        const nowMs = clock.nowMs();
        this.#latencies.record(nowMs - startedMs);
        startedMs = nowMs;
      } catch (error) {
        this.#count(error);
        await this.#pause();
        startedMs = clock.nowMs();
      }
    }
  }

  async #callOnce(): Promise<void> {
    try {
      await this.#call();
    } catch (error) {
      this.#count(error);
    }
  }

  /** A call that failed, or whose outcome is unknown. */
  #count(error: unknown): void {
    if (!(error instanceof OmnikvError)) throw error;
    if (error instanceof UnknownOutcomeError) this.#unknown += 1;
    else this.#errors += 1;
    this.#firstError ??= error;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resume) => {
      this.#ports.scheduler.after(PAUSE_AFTER_ERROR_MS, resume);
    });
  }

  #report(elapsedMs: number): LoadReport {
    const latencies = this.#latencies;
    return {
      operationCount: latencies.count,
      elapsedMs,
      opsPerSecond: elapsedMs === 0 ? 0 : (latencies.count * 1_000) / elapsedMs,
      p50Ms: latencies.percentileMs(0.5),
      p99Ms: latencies.percentileMs(0.99),
      p999Ms: latencies.percentileMs(0.999),
      maxMs: latencies.maxMs,
      errors: this.#errors,
      unknown: this.#unknown,
      firstError: this.#firstError,
    };
  }
}
