/**
 * What becomes of each frame that is sent: lost, doubled, overtaken, split, or the end of its
 * connection. Every fault of the plan that strikes single frames is drawn here and nowhere else.
 *
 * A frame is never changed and never half lost.
 */

import { MAX_PEER_SEND_BUFFER_BYTES } from '../../limits.js';
import type { NetworkPlan } from '../plan.js';
import type { Prng } from '../prng.js';
import type { Connection } from './connection.js';
import type { Path } from './path.js';

/** For the trace and the marks. */
export interface NetworkEvent {
  readonly kind:
    | 'connected'
    | 'replaced'
    | 'lost'
    | 'swallowed'
    | 'duplicated'
    | 'reordered'
    | 'split'
    | 'broken'
    | 'overflowed';
  readonly from: number;
  readonly to: number;
}

export class FrameFate {
  readonly #plan: NetworkPlan;
  readonly #splitProbability: number;
  readonly #onEvent: ((event: NetworkEvent) => void) | undefined;
  #isMended = false;

  constructor(options: {
    readonly plan: NetworkPlan;
    readonly prng: Prng;
    readonly onEvent: ((event: NetworkEvent) => void) | undefined;
  }) {
    this.#plan = options.plan;
    this.#splitProbability = options.prng.pick([0, 0.01, 0.1]);
    this.#onEvent = options.onEvent;
  }

  /** From now on frames may be split, nothing else. */
  mend(): void {
    this.#isMended = true;
  }

  /** False: the connection must end, with all that is in flight on it. */
  send(connection: Connection, frame: Uint8Array): boolean {
    const plan = this.#plan;
    const { path } = connection;
    const { prng } = path;
    // Its end is on the way to the sender, who does not know yet.
    if (connection.isEnded) return true;
    if (path.isCut && plan.isCutSilent) {
      this.#tell('swallowed', path);
      return true;
    }
    if (prng.chance(path.weather.lossProbability)) {
      this.#tell('lost', path);
      return true;
    }
    if (connection.waitingBytes + frame.length > MAX_PEER_SEND_BUFFER_BYTES) {
      // R3: a peer that does not read loses its connection.
      this.#tell('overflowed', path);
      return false;
    }
    if (this.#isMended) {
      this.#sendInOrder(connection, frame);
      return true;
    }
    if (prng.chance(plan.breakProbability)) {
      this.#tell('broken', path);
      return false;
    }
    if (prng.chance(plan.lossProbability)) this.#tell('lost', path);
    else this.#sendOutOfOrder(connection, frame);
    return true;
  }

  #sendOutOfOrder(connection: Connection, frame: Uint8Array): void {
    const { path } = connection;
    const { duplicateProbability, reorderProbability, reorderUs } = this.#plan;
    if (path.prng.chance(duplicateProbability)) {
      this.#tell('duplicated', path);
      connection.sendApart(frame, path.prng.fraction() * reorderUs);
    }
    if (path.prng.chance(reorderProbability)) {
      this.#tell('reordered', path);
      connection.sendApart(frame, path.prng.fraction() * reorderUs);
    } else this.#sendInOrder(connection, frame);
  }

  #sendInOrder(connection: Connection, frame: Uint8Array): void {
    const { path } = connection;
    if (frame.length > 1 && path.prng.chance(this.#splitProbability)) {
      this.#tell('split', path);
      connection.send(frame, path.prng.int(1, frame.length - 1));
    } else connection.send(frame);
  }

  #tell(kind: NetworkEvent['kind'], { from, to }: Path): void {
    this.#onEvent?.({ kind, from, to });
  }
}
