/**
 * Breaks things: kills, power cuts, stops, partitions, clogged and flapping links, damage at rest; and
 * moves the lead about.
 *
 * Each class of faults has its own clock and its own stream of draws. What it breaks it repairs after
 * a while; `end` stops it, and whoever ends it repairs the rest. The fault atlas: data at rest is
 * damaged on so few nodes that the others can always agree without them.
 */

import type { EventQueue } from './event-queue.js';
import { PARTITIONS, type CutLink, type PartitionKind } from './network/partitions.js';
import { FAIR, type LinkWeather } from './network/path.js';
import type { NemesisPlan } from './plan.js';
import type { Prng } from './prng.js';
import type { NodeState } from './simulated-node.js';

/** What the nemesis may do to the world. */
export interface Victim {
  readonly pids: readonly number[];
  stateOf(pid: number): NodeState;
  kill(pid: number): void;
  powerCut(pid: number): void;
  blackout(): void;
  start(pid: number): void;
  stop(pid: number): void;
  resume(pid: number): void;
  partition(name: string, cuts: readonly CutLink[]): void;
  heal(cuts: readonly CutLink[]): void;
  clog(link: CutLink, forUs: number): void;
  /** Until it is set anew. */
  setWeather(links: readonly CutLink[], weather: LinkWeather): void;
  /** E8. Nothing happens where it does not lead; `to` 0: whoever can. */
  handOver(pid: number, to: number): void;
  /** False where there is nothing to damage. */
  damage(pid: number): boolean;
}

export interface NemesisOptions {
  readonly plan: NemesisPlan;
  readonly prng: Prng;
  readonly queue: EventQueue;
  readonly victim: Victim;
  /** How many nodes may ever have damaged data. */
  readonly maxDamaged: number;
}

const LOSSY: LinkWeather = { lossProbability: 0.3, extraLatencyUs: 0 };
const SLOW: LinkWeather = { lossProbability: 0, extraLatencyUs: 500_000 };
const PARTITION_KINDS = Object.keys(PARTITIONS) as PartitionKind[];

export class Nemesis {
  readonly #options: NemesisOptions;
  readonly #damaged = new Set<number>();
  #hasEnded = false;

  constructor(options: NemesisOptions) {
    this.#options = options;
  }

  start(): void {
    const { plan, victim } = this.#options;
    this.#repeat('kill', plan.killEveryMs, (prng) => {
      const pid = this.#pick(prng, ['running', 'stopped']);
      if (pid !== undefined) this.#crash(prng, [pid], () => victim.kill(pid));
    });
    this.#repeat('power cut', plan.powerCutEveryMs, (prng) => {
      const pid = this.#pick(prng, ['running', 'stopped']);
      if (pid !== undefined) this.#crash(prng, [pid], () => victim.powerCut(pid));
    });
    this.#repeat('blackout', plan.blackoutEveryMs, (prng) => {
      this.#crash(prng, victim.pids, () => victim.blackout());
    });
    this.#repeat('pause', plan.pauseEveryMs, (prng) => this.#pause(prng));
    this.#repeat('partition', plan.partitionEveryMs, (prng) => this.#partition(prng));
    this.#repeat('clog', plan.clogEveryMs, (prng) => this.#clog(prng));
    this.#repeat('flap', plan.flapEveryMs, (prng) => this.#flap(prng));
    this.#repeat('lossy', plan.lossyEveryMs, (prng) => {
      const link = this.#pickLink(prng);
      if (link !== undefined) this.#badWeather(prng, bothWays([link]), LOSSY);
    });
    this.#repeat('slow', plan.slowEveryMs, (prng) => {
      const slow = prng.pick(victim.pids);
      const others = victim.pids.filter((pid) => pid !== slow);
      this.#badWeather(prng, bothWays(others.map((pid): CutLink => [pid, slow])), SLOW);
    });
    this.#repeat('hand-over', plan.handOverEveryMs, (prng) => this.#handOver(prng));
    this.#repeat('damage', plan.damageEveryMs, (prng) => this.#damage(prng));
  }

  end(): void {
    this.#hasEnded = true;
  }

  /** A node that ended by itself comes back like one that was killed. */
  restartLater(pid: number): void {
    const prng = this.#options.prng.split(`restart ${this.#options.queue.nowUs} ${pid}`);
    this.#after(exponential(prng, this.#options.plan.downMs), () => this.#startIfDown(pid));
  }

  #crash(prng: Prng, pids: readonly number[], crash: () => void): void {
    crash();
    for (const pid of pids) {
      this.#after(exponential(prng, this.#options.plan.downMs), () => this.#startIfDown(pid));
    }
  }

  #startIfDown(pid: number): void {
    const { victim } = this.#options;
    if (victim.stateOf(pid) === 'down') victim.start(pid);
  }

  #pause(prng: Prng): void {
    const { victim, plan } = this.#options;
    const pid = this.#pick(prng, ['running']);
    if (pid === undefined) return;
    victim.stop(pid);
    this.#after(exponential(prng, plan.pauseMs), () => victim.resume(pid));
  }

  #partition(prng: Prng): void {
    const { victim, plan } = this.#options;
    if (victim.pids.length < 2) return;
    const kind = prng.pick(PARTITION_KINDS);
    const cuts = PARTITIONS[kind](victim.pids, prng, {});
    victim.partition(kind, cuts);
    this.#after(exponential(prng, plan.partitionMs), () => victim.heal(cuts));
  }

  #clog(prng: Prng): void {
    const { victim } = this.#options;
    const link = this.#pickLink(prng);
    if (link !== undefined) victim.clog(link, Math.round(exponential(prng, 300) * 1_000));
  }

  #flap(prng: Prng): void {
    const { victim } = this.#options;
    const link = this.#pickLink(prng);
    if (link === undefined) return;
    let atMs = 0;
    for (let i = prng.int(2, 8); i > 0; i--) {
      this.#after(atMs, () => victim.partition('flapping', [link]));
      atMs += flapMs(prng);
      this.#after(atMs, () => victim.heal([link]));
      atMs += flapMs(prng);
    }
  }

  #badWeather(prng: Prng, links: readonly CutLink[], weather: LinkWeather): void {
    const { victim, plan } = this.#options;
    victim.setWeather(links, weather);
    this.#after(exponential(prng, plan.partitionMs), () => victim.setWeather(links, FAIR));
  }

  /** Asks all, for it does not know who leads; now and then the process ends in the middle of it (S1). */
  #handOver(prng: Prng): void {
    const { victim } = this.#options;
    const to = prng.chance(0.5) ? 0 : prng.pick(victim.pids);
    for (const pid of victim.pids) victim.handOver(pid, to);
    if (!prng.chance(0.3)) return;
    const leaving = this.#pick(prng, ['running']);
    if (leaving === undefined) return;
    this.#after(prng.fraction() * 20, () => {
      if (victim.stateOf(leaving) === 'running') {
        this.#crash(prng, [leaving], () => victim.kill(leaving));
      }
    });
  }

  #damage(prng: Prng): void {
    const { victim, maxDamaged } = this.#options;
    const pid = this.#pick(prng, ['down']);
    if (pid === undefined) return;
    if (!this.#damaged.has(pid) && this.#damaged.size >= maxDamaged) return;
    if (victim.damage(pid)) this.#damaged.add(pid);
  }

  #pick(prng: Prng, states: readonly NodeState[]): number | undefined {
    const { victim } = this.#options;
    const pids = victim.pids.filter((pid) => states.includes(victim.stateOf(pid)));
    return pids.length === 0 ? undefined : prng.pick(pids);
  }

  #pickLink(prng: Prng): CutLink | undefined {
    const { pids } = this.#options.victim;
    if (pids.length < 2) return undefined;
    const [from, to] = prng.shuffle(pids);
    return [from!, to!];
  }

  #repeat(name: string, meanMs: number, strike: (prng: Prng) => void): void {
    if (meanMs === Infinity) return;
    const prng = this.#options.prng.split(name);
    const next = (): void => {
      this.#after(exponential(prng, meanMs), () => {
        strike(prng);
        next();
      });
    };
    next();
  }

  #after(delayMs: number, act: () => void): void {
    this.#options.queue.after(delayMs * 1_000, () => {
      if (!this.#hasEnded) act();
    });
  }
}

function exponential(prng: Prng, mean: number): number {
  return -mean * Math.log(1 - prng.fraction());
}

/** Often a moment, at times longer than an election timeout. */
function flapMs(prng: Prng): number {
  return 50 * 10 ** prng.fraction();
}

function bothWays(links: readonly CutLink[]): readonly CutLink[] {
  return links.flatMap(([from, to]): CutLink[] => [
    [from, to],
    [to, from],
  ]);
}
