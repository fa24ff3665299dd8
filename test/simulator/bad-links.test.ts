/**
 * Links that are bad in one way for a while, over many seeds: whole clusters with clients at every node.
 * Safe always; live where a quorum-connected node exists (E4); whole again afterwards.
 */

import { describe, expect, test } from 'vitest';

import { checkHistory } from '../../src/core/checker/index.js';
import { drawPlan } from '../../src/core/simulator/draw-plan.js';
import { requireConvergence } from '../../src/core/simulator/liveness.js';
import { FAIR } from '../../src/core/simulator/network/path.js';
import type { CutLink } from '../../src/core/simulator/network/partitions.js';
import type { RunPlan } from '../../src/core/simulator/plan.js';
import { Prng } from '../../src/core/simulator/prng.js';
import { World } from '../../src/core/simulator/world.js';

/** More of them: `OMNIKV_SEEDS=200`. */
const SEEDS = Number(process.env.OMNIKV_SEEDS ?? 4);
const TIMEOUT = { timeout: 60_000 + 5_000 * SEEDS };
const BAD_MS = 4_000;
/** Without progress for so long a cluster counts as stopped: five election timeouts, and one more. */
const STOPPED_MS = 6 * 300;

/** No fault but those that the test sets; the link latencies are those of one machine. */
function calmPlan(prng: Prng): RunPlan {
  const plan = drawPlan(prng, { nodeCount: 5, safetyMs: 0 });
  const never = Object.fromEntries(Object.keys(plan.nemesis).map((name) => [name, Infinity]));
  return {
    ...plan,
    nemesis: { ...plan.nemesis, ...never },
    cluster: {
      ...plan.cluster,
      flexibleQuorum: undefined,
      electionTickTimeout: 30,
      leaderPriorities: [0, 0, 0, 0, 0],
    },
    disk: {
      ...plan.disk,
      ...{ syncLatencyUs: 300, writeLatencyUs: 30, spikeProbability: 0, errorProbability: 0 },
      ...{ syncErrorProbability: 0, shortWriteProbability: 0, capacityBytes: Infinity },
    },
    network: {
      ...plan.network,
      ...{ minLatencyUs: 50, meanLatencyUs: 200, lossProbability: 0, duplicateProbability: 0 },
      ...{ reorderProbability: 0, breakProbability: 0, isCutSilent: true },
    },
    clientCount: 4,
  };
}

interface Bad {
  readonly world: World;
  readonly leader: number;
  readonly others: readonly number[];
  readonly prng: Prng;
}

const both = (a: number, b: number): readonly CutLink[] => [
  [a, b],
  [b, a],
];

function leaderOf(world: World): number | undefined {
  return world.pids.find((pid) => {
    const status = world.node(pid).consensus.status();
    return status.role === 'leader' && status.isServing;
  });
}

function decidedOf(world: World): number {
  return Math.max(...world.pids.map((pid) => world.node(pid).consensus.getDecidedIdx()));
}

/** The longest time in which nothing new was decided. */
function longestPauseMs(world: World, forMs: number): number {
  let [longest, sinceMs, decided] = [0, 0, decidedOf(world)];
  for (let atMs = 10; atMs <= forMs; atMs += 10) {
    world.run(world.queue.nowUs + 10_000);
    if (decidedOf(world) > decided) [sinceMs, decided] = [atMs, decidedOf(world)];
    longest = Math.max(longest, atMs - sinceMs);
  }
  return longest;
}

function overSeeds(name: string, makeBad: (bad: Bad) => void, judge: (pauseMs: number) => void) {
  for (let i = 0; i < SEEDS; i++) {
    const prng = new Prng(`${name}/${i}`);
    const plan = calmPlan(prng.split('plan'));
    const world = new World({ plan, prng, onExit: () => undefined });
    for (const pid of world.pids) world.start(pid);
    for (const client of world.clients.values()) client.start();
    world.run(5_000_000, () => leaderOf(world) !== undefined && decidedOf(world) > 5);
    const leader = leaderOf(world)!;
    const others = world.pids.filter((pid) => pid !== leader);
    makeBad({ world, leader, others, prng: prng.split('bad') });
    judge(longestPauseMs(world, BAD_MS));
    for (const from of world.pids) {
      for (const to of world.pids) {
        if (from !== to) world.setWeather([[from, to]], FAIR);
      }
    }
    if (world.violation === undefined) requireConvergence(world);
    if (world.violation === undefined) {
      const verdict = checkHistory(world.history.entries(), { maxSteps: 5_000_000 });
      world.invariants.atEnd({ verdict });
    }
    expect(world.violation, prng.seed).toBeUndefined();
  }
}

const livesOn = (pauseMs: number): void => {
  expect(pauseMs).toBeLessThan(STOPPED_MS);
};

describe('with bad links the cluster is safe, and goes on', () => {
  test('one way: the leader hears nobody any more', TIMEOUT, () => {
    overSeeds(
      'one-way',
      ({ world, leader, others }) => {
        const cuts = others.map((pid): CutLink => [pid, leader]);
        world.partition('one-way', cuts);
      },
      livesOn,
    );
  });

  test('flapping: the links of the leader, cut and healed every 50 to 500 ms', TIMEOUT, () => {
    overSeeds(
      'flapping',
      ({ world, leader, others, prng }) => {
        for (const other of others) {
          let atMs = 0;
          while (atMs < BAD_MS) {
            const cuts = both(leader, other);
            world.queue.after(atMs * 1_000, () => world.partition('flapping', cuts));
            atMs += 50 * 10 ** prng.fraction();
            world.queue.after(atMs * 1_000, () => world.heal(cuts));
            atMs += 50 * 10 ** prng.fraction();
          }
        }
      },
      livesOn,
    );
  });

  test('lossy: 30 % of all that goes over the links of the leader', TIMEOUT, () => {
    overSeeds(
      'lossy',
      ({ world, leader, others }) => {
        const links = others.flatMap((pid) => both(leader, pid));
        world.setWeather(links, { lossProbability: 0.3, extraLatencyUs: 0 });
      },
      livesOn,
    );
  });

  test('slow: half a second more on every link of one follower', TIMEOUT, () => {
    overSeeds(
      'slow',
      ({ world, others, prng }) => {
        const slow = prng.pick(others);
        const links = world.pids.filter((pid) => pid !== slow).flatMap((pid) => both(slow, pid));
        world.setWeather(links, { lossProbability: 0, extraLatencyUs: 500_000 });
      },
      livesOn,
    );
  });
});

test(
  'minorities of two, two and one agree on nothing, and on everything afterwards',
  TIMEOUT,
  () => {
    overSeeds(
      'minorities',
      ({ world, prng }) => {
        const [a, b, c, d, e] = prng.shuffle(world.pids);
        const groups = [[a, b], [c, d], [e]];
        const isTogether = (x: number, y: number): boolean =>
          groups.some((group) => group.includes(x) && group.includes(y));
        const pairs = world.pids.flatMap((x) => world.pids.map((y) => [x, y] as const));
        world.partition(
          'minorities',
          pairs.filter(([x, y]) => x !== y && !isTogether(x, y)),
        );
      },
      (pauseMs) => {
        expect(pauseMs).toBeGreaterThan(BAD_MS - 500);
      },
    );
  },
);
