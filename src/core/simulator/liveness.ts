/**
 * After the storm: a random quorum-connected core must make progress, then everybody must catch up.
 *
 * In the core one node reaches an accept and a prepare quorum; every other link may be cut, every
 * other node down, stopped or cut off. That is all that OmniPaxos asks for: within the election
 * budget of docs/rules.md, and an allowance for connections and logs to be repaired, something new
 * must be decided. A run in which nothing is is reported like a broken invariant.
 */

import { HANDSHAKE_TIMEOUT_MS, RECONNECT_BACKOFF_MAX_MS } from '../limits.js';
import { MAX_KEY_COUNT, type ClientPlan } from './clients/client-plan.js';
import type { CutLink } from './network/partitions.js';
import type { ClusterPlan } from './plan.js';
import type { Prng } from './prng.js';
import type { World } from './world.js';

/** One for the phase of the round in which the cut fell, four for the pattern. */
const ELECTION_TIMEOUTS = 5;
const CONVERGENCE_MS = 20_000;
const FINAL_READS_MS = 20_000;

/** The drawn clients may all be readers, or asleep: this one writes. */
const PROBE_ID = 0;
const PROBE_PLAN: ClientPlan = {
  weights: { get: 0, put: 1, putIfAbsent: 0, delete: 0, increment: 0, compareAndSet: 0 },
  keyCount: MAX_KEY_COUNT,
  largeShare: 0,
  largeSizeBytes: 0,
  oneShotShare: 0,
  thinkUs: 10_000,
  deadlineUs: 1_000_000,
  attemptTimeoutUs: 100_000,
  minBackoffUs: 5_000,
  maxBackoffUs: 20_000,
  strayShare: 0,
  isConfined: false,
};

/** Nodes whose disks cannot be trusted any more are left alone from here on. */
export function repairMachines(world: World): void {
  world.network.mend();
  world.network.healAll();
  for (const node of world.nodes.values()) node.disk.mend();
}

export function requireProgress(world: World, plan: ClusterPlan, prng: Prng): void {
  const { core, center } = drawCore(world, prng);
  const cuts = drawCuts({ pids: world.pids, core, center, prng });
  world.partition(`all but the core ${core.join(',')} around ${center}`, cuts);
  for (const pid of world.pids) {
    if (core.includes(pid)) bringUp(world, pid);
    else leaveSomehow(world, pid, prng);
  }
  world.addClient(PROBE_ID, PROBE_PLAN).start();
  const before = mostDecided(world);
  const budgetMs = progressBudgetMs(plan);
  const isReached = (): boolean => mostDecided(world) > before;
  if (world.run(world.queue.nowUs + budgetMs * 1_000, isReached)) {
    world.marks.hit('progress of a quorum-connected core');
  } else {
    fail(world, `nothing new was decided within ${budgetMs} ms: core ${core.join(',')}`);
  }
}

/** Everything is whole again: all that can run must agree, and every client be answered. */
export function requireConvergence(world: World): void {
  world.network.healAll();
  for (const pid of world.pids) bringUp(world, pid);
  for (const client of world.clients.values()) client.stopNew();
  const untilUs = world.queue.nowUs + CONVERGENCE_MS * 1_000;
  if (!world.run(untilUs, () => isIdle(world) && hasConverged(world))) {
    fail(world, `no agreement ${CONVERGENCE_MS} ms after everything was repaired`);
  }
  const [reader] = world.clients.values();
  reader?.readAll();
  if (!world.run(world.queue.nowUs + FINAL_READS_MS * 1_000, () => isIdle(world))) {
    fail(world, `the final reads were not answered within ${FINAL_READS_MS} ms`);
  }
}

function progressBudgetMs({ electionTickTimeout, tickMs, clockRates }: ClusterPlan): number {
  const electionTimeoutMs = (electionTickTimeout * tickMs) / Math.min(...clockRates);
  const repairMs = HANDSHAKE_TIMEOUT_MS + 2 * RECONNECT_BACKOFF_MAX_MS;
  return Math.ceil(ELECTION_TIMEOUTS * electionTimeoutMs + repairMs);
}

function drawCore(world: World, prng: Prng): { core: readonly number[]; center: number } {
  const size = Math.max(world.quorum.prepareSize, world.quorum.acceptSize);
  const trusted = world.pids.filter((pid) => !world.node(pid).isDamaged);
  const core = prng.shuffle(trusted).slice(0, prng.int(size, Math.max(size, trusted.length)));
  return { core: [...core].sort((a, b) => a - b), center: prng.pick(core) };
}

interface CoreOptions {
  readonly pids: readonly number[];
  readonly core: readonly number[];
  readonly center: number;
  readonly prng: Prng;
}

function drawCuts({ pids, core, center, prng }: CoreOptions): readonly CutLink[] {
  const cutShare = prng.pick([0, 0.5, 1]);
  const cuts: CutLink[] = [];
  for (const a of pids) {
    for (const b of pids) {
      if (a >= b) continue;
      const isSpoke = core.includes(a) && core.includes(b) && (a === center || b === center);
      if (!isSpoke && prng.chance(cutShare)) cuts.push([a, b], [b, a]);
    }
  }
  return cuts;
}

function leaveSomehow(world: World, pid: number, prng: Prng): void {
  const { state } = world.node(pid);
  if (prng.chance(0.5)) bringUp(world, pid);
  else if (state === 'running' && prng.chance(0.5)) world.kill(pid);
  else if (state === 'running') world.stop(pid);
}

function bringUp(world: World, pid: number): void {
  const { state } = world.node(pid);
  if (state === 'down') world.start(pid);
  if (state === 'stopped') world.resume(pid);
}

/** By the nodes that run: what the others have decided is in the log of a quorum anyway. */
function mostDecided(world: World): number {
  let most = 0;
  for (const node of world.nodes.values()) {
    if (node.isAlive) most = Math.max(most, node.consensus.getDecidedIdx());
  }
  return most;
}

function isIdle(world: World): boolean {
  for (const client of world.clients.values()) if (!client.isIdle) return false;
  return true;
}

function hasConverged(world: World): boolean {
  const most = mostDecided(world);
  for (const node of world.nodes.values()) {
    if (node.state === 'refused') continue;
    if (!node.isAlive) {
      if (node.isDamaged) continue;
      return false;
    }
    if (node.stateMachine.appliedIdx !== most || node.consensus.getAcceptedIdx() !== most) {
      return false;
    }
  }
  return true;
}

function fail(world: World, message: string): void {
  world.violation ??= { title: 'a quorum-connected core makes progress', message };
}
