/**
 * omnikv simulate: whole clusters in one thread, under faults that a seed draws; one run, or many.
 *
 * A run is replayed bit for bit by its seed and the same flags.
 */

import { availableParallelism } from 'node:os';
import { boolean } from '@oclif/core/flags';
import { AnsweredError } from '../cli/answered-error.js';
import { BaseCommand } from '../cli/base-command.js';
import { durationFlag, indexFlag } from '../cli/flags.js';
import { Interruption } from '../cli/interruption.js';
import {
  describeProgress,
  describeRun,
  describeTally,
  tallyToJson,
} from '../cli/render-simulation.js';
import { formatSeed, seedFlag, seedOf } from '../cli/seeds.js';
import { describeViolation, SimulationTally } from '../cli/simulation-tally.js';
import { usageError } from '../cli/to-omnikv-error.js';
import { OmnikvError } from '../core/errors.js';

const MAX_NODES = 7;
const MAX_SEEDS = 100_000_000;
const MAX_WORKERS = 64;
/** Between two lines of progress. */
const TERMINAL_MS = 100;
const PLAIN_MS = 10_000;

interface SimulateFlags {
  readonly seed?: string | undefined;
  readonly seeds?: number | undefined;
  readonly first?: string | undefined;
  readonly nodes?: number | undefined;
  readonly for?: number | undefined;
  readonly trace: boolean;
  readonly workers?: number | undefined;
}

export default class Simulate extends BaseCommand {
  static override summary =
    'Run whole clusters under faults in virtual time; replay one by its seed.';
  static override description =
    'Each seed draws a cluster, its faults and its clients: crashes, power cuts, bad disks, ' +
    'partitions, pauses. Every rule is checked after every event. The same seed and flags give the ' +
    'same run, bit for bit. Exit status 1: a rule was broken, and the replay line is printed.';
  static override examples = [
    '<%= config.bin %> simulate --seed 1 --nodes 5',
    '<%= config.bin %> simulate --seed 0x2a --for 1s --trace',
    '<%= config.bin %> simulate --seeds 4 --first 100 --json',
  ];
  static override flags = {
    seed: seedFlag({ name: 'seed', description: 'one run: its seed (drawn where none is given)' }),
    seeds: indexFlag({ description: 'as many runs, side by side, until one fails' }),
    first: seedFlag({ name: 'first', description: 'the seed of the first of them (1)' }),
    nodes: indexFlag({ description: `nodes of the cluster, 1 to ${MAX_NODES} (drawn)` }),
    for: durationFlag({ description: 'simulated time under faults (6s)' }),
    trace: boolean({ description: 'print what happens, with a legend' }),
    workers: indexFlag({ description: 'threads (one a core)' }),
  };

  readonly #interruption = new Interruption();

  async run(): Promise<void> {
    const { flags } = await this.parse(Simulate);
    checkFlags(flags);
    if (flags.seeds === undefined) await this.#runOne(flags);
    else await this.#runMany(flags, flags.seeds);
  }

  async #runOne(flags: SimulateFlags): Promise<void> {
    const { LEGEND, simulate } = await import('../core/simulator/index.js');
    const seed = seedOf(flags.seed);
    // Nothing else is handled before the run is over: Ctrl-C ends it as it ends any program.
    process.removeAllListeners('SIGINT');
    const onTrace = (line: string): void => {
      this.output.line(line);
      this.output.streamItem({ trace: line });
    };
    if (flags.trace) LEGEND.forEach((line) => this.output.line(line));
    const report = simulate({
      seed,
      nodeCount: flags.nodes,
      safetyMs: flags.for,
      onTrace: flags.trace ? onTrace : undefined,
    });
    for (const line of describeRun(report)) this.output.line(line);
    const what = describeViolation(report);
    if (what !== undefined) throw new AnsweredError(violated(seed, what, flags), { ...report });
    this.output.line('passed');
    this.output.success({ ...report });
  }

  async #runMany(flags: SimulateFlags, seedCount: number): Promise<void> {
    const [{ MARKS }, { runSeeds }] = await Promise.all([
      import('../core/simulator/index.js'),
      import('../cli/simulation-pool.js'),
    ]);
    const tally = new SimulationTally(MARKS);
    const startedMs = performance.now();
    const elapsed = () => ({ elapsedMs: performance.now() - startedMs });
    const everyMs = this.output.isStderrTerminal ? TERMINAL_MS : PLAIN_MS;
    this.#interruption.begin();
    await this.step(`simulating ${seedCount} seeds`, async (control) => {
      let shownMs = startedMs;
      await runSeeds({
        jobs: jobsOf(flags, seedCount),
        workerCount: Math.min(flags.workers ?? availableParallelism(), seedCount),
        signal: this.#interruption.signal,
        onResult: (seed, result) => {
          tally.add(seed, result);
          if (performance.now() - shownMs >= everyMs) {
            shownMs = performance.now();
            control.detail(describeProgress(tally, seedCount, elapsed()));
          }
          return tally.failures.length === 0;
        },
      });
    });
    this.#interruption.end();
    this.#report(tally, flags, elapsed());
  }

  #report(tally: SimulationTally, flags: SimulateFlags, elapsed: { elapsedMs: number }): void {
    for (const line of describeTally(tally, elapsed)) this.output.line(line);
    const answer = tallyToJson(tally, elapsed);
    const [failure] = tally.failures;
    if (failure !== undefined) {
      throw new AnsweredError(violated(failure.seed, failure.what, flags), answer);
    }
    const message = `simulate was interrupted after ${tally.seedCount} seeds`;
    const next = ['--first SEED begins elsewhere'];
    this.#interruption.throwIfInterrupted(message, answer, next);
    this.output.success(answer);
  }

  /** Ctrl-C: what was covered is told all the same. */
  protected override interrupt(): void {
    if (!this.#interruption.interrupt()) super.interrupt();
  }
}

function* jobsOf(flags: SimulateFlags, seedCount: number) {
  const first = flags.first === undefined ? 1n : seedOf(flags.first);
  for (let offset = 0n; offset < BigInt(seedCount); offset += 1n) {
    const seed = BigInt.asUintN(64, first + offset);
    yield { seed, nodeCount: flags.nodes, safetyMs: flags.for };
  }
}

function violated(seed: bigint, what: string, flags: SimulateFlags): OmnikvError {
  const nodes = flags.nodes === undefined ? '' : ` --nodes ${flags.nodes}`;
  const time = flags.for === undefined ? '' : ` --for ${flags.for}ms`;
  const replay = `omnikv simulate --seed ${formatSeed(seed)}${nodes}${time}`;
  return new OmnikvError('OMNIKV_INVARIANT_VIOLATED', `seed ${formatSeed(seed)}: ${what}`, {
    suggestions: [replay, `${replay} --trace`],
  });
}

function checkFlags(flags: SimulateFlags): void {
  const isMany = flags.seeds !== undefined;
  if (isMany && (flags.seed !== undefined || flags.trace)) {
    throw usageError('simulate', '--seeds goes with neither --seed nor --trace');
  }
  if (!isMany && (flags.first !== undefined || flags.workers !== undefined)) {
    throw usageError('simulate', '--first and --workers go with --seeds');
  }
  checkCount('nodes', flags.nodes, MAX_NODES);
  checkCount('seeds', flags.seeds, MAX_SEEDS);
  checkCount('workers', flags.workers, MAX_WORKERS);
}

function checkCount(name: string, value: number | undefined, max: number): void {
  if (value === undefined || (value >= 1 && value <= max)) return;
  throw usageError('simulate', `--${name} ${value}: it is a number from 1 to ${max}`);
}
