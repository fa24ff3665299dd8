/**
 * A link that comes and goes: cut and healed in turn, for times drawn anew each time.
 *
 * It only ever touches the directions it was given, and leaves them healed at its end.
 */

import type { EventQueue } from '../event-queue.js';
import type { Prng } from '../prng.js';
import type { CutLink } from './partitions.js';
import type { SimulatedNetwork } from './simulated-network.js';

export interface Flapping {
  readonly network: Pick<SimulatedNetwork, 'cut' | 'heal'>;
  readonly queue: EventQueue;
  readonly prng: Prng;
  /** All go and come together. */
  readonly links: readonly CutLink[];
  /** Means of exponentials, microseconds. */
  readonly meanCutUs: number;
  readonly meanHealedUs: number;
  readonly untilUs: number;
}

/** Cuts now. The result ends it early. */
export function flap(options: Flapping): () => void {
  const { network, queue, prng, links, untilUs } = options;
  let isEnded = false;
  const heal = () => {
    for (const [from, to] of links) network.heal(from, to);
  };
  const turn = (isCut: boolean): void => {
    if (isEnded) return;
    if (queue.nowUs >= untilUs) {
      isEnded = true;
      heal();
      return;
    }
    if (isCut) for (const [from, to] of links) network.cut(from, to);
    else heal();
    const meanUs = isCut ? options.meanCutUs : options.meanHealedUs;
    const durationUs = 1 - meanUs * Math.log(1 - prng.fraction());
    queue.at(Math.min(untilUs, queue.nowUs + Math.round(durationUs)), () => {
      turn(!isCut);
    });
  };
  turn(true);
  return () => {
    if (isEnded) return;
    isEnded = true;
    heal();
  };
}
