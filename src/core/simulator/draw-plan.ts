/**
 * From a seed to a plan: which classes of faults exist in this run, and how strong each is.
 *
 * Every class is off in half of the runs or more, and every rate is drawn anew: what is hidden by
 * one fault shows in a run without it (swarm testing). Each part draws from a stream of its own.
 */

import type {
  ClusterPlan,
  CrashWeights,
  DiskPlan,
  NemesisPlan,
  NetworkPlan,
  RunPlan,
} from './plan.js';
import type { Prng } from './prng.js';

const NODE_COUNTS = [1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 6, 7];

export interface DrawOptions {
  readonly nodeCount: number | undefined;
  readonly safetyMs: number;
}

export function drawPlan(prng: Prng, options: DrawOptions): RunPlan {
  const faults = new FaultClasses(prng.split('classes'));
  const cluster = drawCluster(prng.split('cluster'), options.nodeCount);
  const disk = drawDisk(prng.split('disk'), faults);
  const network = drawNetwork(prng.split('network'), faults);
  const nemesis = drawNemesis(prng.split('nemesis'), faults);
  return {
    cluster,
    disk,
    network,
    nemesis,
    clientCount: prng.split('clients').int(1, 5),
    safetyMs: options.safetyMs,
    faults: faults.present,
  };
}

class FaultClasses {
  readonly present: string[] = [];
  readonly #prng: Prng;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** The drawn strength where this run has the class, `absent` where it has not. */
  draw(name: string, probability: number, absent: number, strength: () => number): number {
    const isPresent = this.#prng.split(name).chance(probability);
    if (isPresent) this.present.push(name);
    return isPresent ? strength() : absent;
  }
}

/** Between the two, small values as often as large ones. */
function logUniform(prng: Prng, min: number, max: number): number {
  return min * (max / min) ** prng.fraction();
}

function drawCluster(prng: Prng, wanted: number | undefined): ClusterPlan {
  const nodeCount = wanted ?? prng.split('nodes').pick(NODE_COUNTS);
  const numbers = Array.from({ length: nodeCount }, (_, i) => i);
  return {
    nodeCount,
    flexibleQuorum: drawQuorum(prng.split('quorum'), nodeCount),
    electionTickTimeout: prng.pick([20, 30, 30, 30, 40]),
    tickMs: 10,
    clockRates: numbers.map((i) => 0.96 + 0.08 * prng.split(`clock ${i}`).fraction()),
    leaderPriorities: numbers.map((i) => prng.split(`priority ${i}`).pick([0, 0, 0, 1, 5])),
    segmentBytes: prng.pick([4_096, 8_192, 16_384, 65_536]),
    tailCacheBytes: prng.pick([1_024, 16_384, 1_048_576]),
    sessionLimit: prng.pick([4, 8, 64, 1_024]),
    oneShotLimit: prng.pick([4, 16, 1_024]),
  };
}

function drawQuorum(prng: Prng, nodeCount: number): ClusterPlan['flexibleQuorum'] {
  if (nodeCount < 3 || !prng.chance(0.25)) return undefined;
  const writeQuorumSize = prng.int(2, nodeCount - 1);
  const readQuorumSize = prng.int(nodeCount - writeQuorumSize + 1, nodeCount);
  return { readQuorumSize: Math.max(2, readQuorumSize), writeQuorumSize };
}

function drawDisk(prng: Prng, faults: FaultClasses): DiskPlan {
  const rate = (name: string, probability: number, min: number, max: number): number => {
    return faults.draw(name, probability, 0, () => logUniform(prng.split(name), min, max));
  };
  const syncLatencyUs = logUniform(prng.split('latency'), 100, 5_000);
  return {
    writeLatencyUs: syncLatencyUs / 10,
    syncLatencyUs,
    quickSyncProbability: prng.split('quick').pick([0, 0, 0, 0.5, 1]),
    spikeProbability: rate('slow disk', 0.3, 0.001, 0.02),
    spikeUs: logUniform(prng.split('spike'), 20_000, 800_000),
    errorProbability: rate('disk errors', 0.3, 0.000_05, 0.001),
    isErrorForEver: prng.split('for ever').chance(0.3),
    syncErrorProbability: rate('sync errors', 0.3, 0.000_1, 0.002),
    shortWriteProbability: rate('short writes', 0.3, 0.000_1, 0.002),
    capacityBytes: faults.draw('full disk', 0.3, Infinity, () => {
      return logUniform(prng.split('capacity'), 60_000, 1_500_000);
    }),
    crash: drawCrash(prng.split('crash')),
    entryLossProbability: prng.split('entries').pick([0, 0.2, 0.5, 1]),
  };
}

function drawCrash(prng: Prng): CrashWeights {
  const weight = (): number => (prng.chance(0.4) ? 0 : prng.fraction());
  return { keep: 0.1 + weight(), drop: weight(), tear: weight(), garbage: weight() };
}

function drawNetwork(prng: Prng, faults: FaultClasses): NetworkPlan {
  const rate = (name: string, probability: number, min: number, max: number): number => {
    return faults.draw(name, probability, 0, () => logUniform(prng.split(name), min, max));
  };
  const meanLatencyUs = logUniform(prng.split('latency'), 50, 5_000);
  return {
    minLatencyUs: meanLatencyUs / 5,
    meanLatencyUs,
    lossProbability: rate('message loss', 0.3, 0.001, 0.1),
    duplicateProbability: rate('duplication', 0.3, 0.001, 0.1),
    reorderProbability: rate('reordering', 0.3, 0.001, 0.1),
    reorderUs: logUniform(prng.split('reorder'), 1_000, 1_000_000),
    breakProbability: rate('broken connections', 0.3, 0.000_1, 0.005),
    isCutSilent: prng.split('silent').chance(0.5),
  };
}

function drawNemesis(prng: Prng, faults: FaultClasses): NemesisPlan {
  const every = (name: string, probability: number, min: number, max: number): number => {
    return faults.draw(name, probability, Infinity, () => logUniform(prng.split(name), min, max));
  };
  return {
    killEveryMs: every('kill', 0.5, 200, 3_000),
    powerCutEveryMs: every('power cut', 0.5, 300, 3_000),
    blackoutEveryMs: every('blackout', 0.3, 1_000, 5_000),
    pauseEveryMs: every('pause', 0.4, 300, 3_000),
    partitionEveryMs: every('partition', 0.5, 300, 3_000),
    clogEveryMs: every('clog', 0.3, 200, 2_000),
    flapEveryMs: every('flapping', 0.3, 500, 3_000),
    lossyEveryMs: every('lossy link', 0.2, 500, 3_000),
    slowEveryMs: every('slow node', 0.2, 500, 3_000),
    damageEveryMs: every('damage at rest', 0.3, 1_000, 5_000),
    handOverEveryMs: every('hand-over', 0.4, 50, 1_500),
    downMs: logUniform(prng.split('down'), 20, 1_500),
    pauseMs: logUniform(prng.split('pause'), 50, 3_000),
    partitionMs: logUniform(prng.split('partition'), 100, 3_000),
  };
}
