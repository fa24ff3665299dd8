/**
 * One run of a seed, from start to end: a safety phase under faults, a liveness phase, the last checks.
 *
 * Synchronous and complete: the same options give the same report, bit for bit, in any process.
 */

import { checkHistory } from '../checker/index.js';
import { drawPlan } from './draw-plan.js';
import { InvariantViolation } from './invariants/index.js';
import { repairMachines, requireConvergence, requireProgress } from './liveness.js';
import { Nemesis } from './nemesis.js';
import { Prng } from './prng.js';
import { formatSeed } from './seed.js';
import type { Mark } from './marks.js';
import { World } from './world.js';

export interface SimulationOptions {
  readonly seed: bigint;
  /** 1 to 7; drawn where it is not given. */
  readonly nodeCount?: number | undefined;
  /** Milliseconds of the safety phase. Default 6,000. */
  readonly safetyMs?: number | undefined;
  readonly onTrace?: ((line: string) => void) | undefined;
}

export interface SimulationReport {
  /** 0x and 16 digits. */
  readonly seed: string;
  readonly nodeCount: number;
  /** Of everything that happened, 16 hex digits. */
  readonly hash: string;
  readonly events: number;
  readonly simulatedMs: number;
  readonly faults: readonly string[];
  readonly marks: Readonly<Partial<Record<Mark, number>>>;
  readonly operations: {
    readonly ok: number;
    readonly failed: number;
    readonly unknown: number;
  };
  readonly verdict: SimulationVerdict;
}

export type SimulationVerdict =
  | { readonly kind: 'passed' }
  | {
      readonly kind: 'violated';
      /** The promise that was broken. */
      readonly name: string;
      readonly message: string;
      readonly atMs: number;
    };

const DEFAULT_SAFETY_MS = 6_000;
/** Steps of the search; far beyond what a history of a run needs. */
const MAX_CHECK_STEPS = 5_000_000;

export function simulate(options: SimulationOptions): SimulationReport {
  const prng = new Prng(formatSeed(options.seed));
  const { nodeCount, safetyMs = DEFAULT_SAFETY_MS, onTrace } = options;
  const plan = drawPlan(prng.split('plan'), { nodeCount, safetyMs });
  // Both need each other: a node that ends by itself is started again by the nemesis.
  const nemesisBox: { nemesis?: Nemesis } = {};
  const world: World = new World({
    plan,
    prng,
    onTrace,
    onExit: (pid) => nemesisBox.nemesis?.restartLater(pid),
  });
  const { nodeCount: count } = plan.cluster;
  const nemesis = new Nemesis({
    plan: plan.nemesis,
    prng: prng.split('nemesis'),
    queue: world.queue,
    victim: world,
    maxDamaged: count - Math.max(world.quorum.prepareSize, world.quorum.acceptSize),
  });
  nemesisBox.nemesis = nemesis;
  for (const pid of world.pids) world.start(pid);
  for (const client of world.clients.values()) client.start();
  nemesis.start();
  world.run(safetyMs * 1_000);
  nemesis.end();
  if (world.violation === undefined) repairMachines(world);
  if (world.violation === undefined) requireProgress(world, plan.cluster, prng.split('core'));
  if (world.violation === undefined) requireConvergence(world);
  if (world.violation === undefined) checkEnd(world);
  return report(options, world, plan.faults);
}

/** What can be judged only once everything has happened. */
function checkEnd(world: World): void {
  const verdict = checkHistory(world.history.entries(), { maxSteps: MAX_CHECK_STEPS });
  try {
    world.invariants.atEnd({ verdict });
  } catch (error) {
    if (!(error instanceof InvariantViolation)) throw error;
    world.violation = error;
  }
}

function report(
  { seed }: SimulationOptions,
  world: World,
  faults: readonly string[],
): SimulationReport {
  const { violation } = world;
  const simulatedMs = world.queue.nowUs / 1_000;
  return {
    seed: formatSeed(seed),
    nodeCount: world.pids.length,
    hash: world.trace.hash(),
    events: world.trace.eventCount,
    simulatedMs,
    faults,
    marks: world.marks.counts(),
    operations: world.operations(),
    verdict:
      violation === undefined
        ? { kind: 'passed' }
        : {
            kind: 'violated',
            name: violation.title,
            message: violation.message,
            atMs: simulatedMs,
          },
  };
}
