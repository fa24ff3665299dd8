/**
 * One direction between two nodes, whichever connection uses it: cut, clogged, slow.
 *
 * It has a stream of randomness of its own, so that traffic on one link never shifts the faults of
 * another. Every latency is drawn here: a floor and an exponential on top.
 */

import type { NetworkPlan } from '../plan.js';
import type { Prng } from '../prng.js';

/** What is bad about one direction for a while, beside what the plan says of all. */
export interface LinkWeather {
  /** Of each frame, silently. */
  readonly lossProbability: number;
  readonly extraLatencyUs: number;
}

export const FAIR: LinkWeather = { lossProbability: 0, extraLatencyUs: 0 };

export class Path {
  isCut = false;
  weather = FAIR;
  /** Nothing arrives before; what is under way waits. */
  clogUntilUs = 0;
  readonly from: number;
  readonly to: number;
  readonly prng: Prng;
  readonly #plan: NetworkPlan;

  constructor(options: {
    readonly from: number;
    readonly to: number;
    readonly prng: Prng;
    readonly plan: NetworkPlan;
  }) {
    this.from = options.from;
    this.to = options.to;
    this.prng = options.prng;
    this.#plan = options.plan;
  }

  /** Whole microseconds. */
  drawLatencyUs(): number {
    const { minLatencyUs, meanLatencyUs } = this.#plan;
    const exponential = -meanLatencyUs * Math.log(1 - this.prng.fraction());
    return Math.round(minLatencyUs + exponential + this.weather.extraLatencyUs);
  }
}
