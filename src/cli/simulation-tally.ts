/**
 * What a set of simulated runs covered: seeds, time, events, operations, marks, and what failed.
 *
 * Pure. Sums do not depend on the order in which the runs end; failures are told by their seeds.
 */

import type { SimulationReport } from '../core/simulator/index.js';
import type { SeedResult } from './simulation-worker.js';

export interface SimulationFailure {
  readonly seed: bigint;
  readonly what: string;
}

export class SimulationTally {
  readonly #names: readonly string[];
  readonly #marks = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  readonly #failures: SimulationFailure[] = [];
  #seedCount = 0;
  #events = 0;
  #simulatedMs = 0;
  #hash = 0n;
  readonly #operations = { ok: 0, failed: 0, unknown: 0 };

  /** `names`: every mark there is. */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  add(seed: bigint, result: SeedResult): void {
    this.#seedCount += 1;
    if (result.kind === 'threw') {
      this.#failures.push({ seed, what: `the simulator failed: ${result.message}` });
      return;
    }
    const { report } = result;
    const what = describeViolation(report);
    if (what !== undefined) this.#failures.push({ seed, what });
    this.#events += report.events;
    this.#simulatedMs += report.simulatedMs;
    this.#hash ^= BigInt(`0x${report.hash}`);
    this.#operations.ok += report.operations.ok;
    this.#operations.failed += report.operations.failed;
    this.#operations.unknown += report.operations.unknown;
    for (const fault of report.faults) increase(this.#faults, fault, 1);
    for (const [name, count] of Object.entries(report.marks)) increase(this.#marks, name, count);
  }

  get seedCount(): number {
    return this.#seedCount;
  }

  get events(): number {
    return this.#events;
  }

  get simulatedMs(): number {
    return this.#simulatedMs;
  }

  /** Of all runs: equal where every run of the same seeds was. 16 hex digits. */
  get hash(): string {
    return this.#hash.toString(16).padStart(16, '0');
  }

  get operations(): Readonly<Record<'ok' | 'failed' | 'unknown', number>> {
    return this.#operations;
  }

  /** The lowest seed first. */
  get failures(): readonly SimulationFailure[] {
    return [...this.#failures].sort((a, b) => (a.seed < b.seed ? -1 : 1));
  }

  /** In how many runs each class of faults existed. */
  get faults(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#faults].sort(([a], [b]) => a.localeCompare(b)));
  }

  /** In the order of the list; those that were never hit are 0. */
  get marks(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#names.map((name) => [name, this.#marks.get(name) ?? 0]));
  }

  get neverHit(): readonly string[] {
    return this.#names.filter((name) => !this.#marks.has(name));
  }
}

/** Undefined where the run passed. */
export function describeViolation({ verdict }: SimulationReport): string | undefined {
  if (verdict.kind === 'passed') return undefined;
  return `${verdict.name}, after ${Math.round(verdict.atMs)} ms: ${verdict.message}`;
}

function increase(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
