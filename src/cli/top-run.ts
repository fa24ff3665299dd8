/**
 * What `omnikv top` remembers between two looks: samples of what is decided, and events.
 *
 * On a terminal each look redraws the screen; elsewhere each event is a line, under --json an object.
 */

import {
  decidedPerSecond,
  eventsBetween,
  type ClusterEvent,
} from '../core/cluster/cluster-events.js';
import type { ClusterPicture } from '../core/cluster/cluster-picture.js';
import type { ClusterLook } from '../core/cluster/index.js';
import { situationOf } from '../core/cluster/situation.js';
import { eventLine, eventToJson, type TimedEvent } from './describe-events.js';
import { describeSituation } from './describe-situation.js';
import { drawTop, type Sample } from './draw-top.js';
import type { JsonObject, Output } from './output.js';
import { Screen } from './screen.js';

/** More are neither shown nor needed for the rate. */
const KEPT = 40;

export class TopRun {
  readonly #output: Output;
  readonly #screen: Screen;
  #first: Sample | undefined;
  #samples: readonly Sample[] = [];
  #events: readonly TimedEvent[] = [];
  #eventCount = 0;
  #picture: ClusterPicture | undefined;

  constructor(output: Output) {
    this.#output = output;
    this.#screen = new Screen(output);
  }

  look({ picture, atMs }: ClusterLook): void {
    const before = this.#picture;
    this.#picture = picture;
    const sample = { atMs, decidedIdx: picture.decidedIdx };
    this.#first ??= sample;
    this.#samples = [...this.#samples, sample].slice(-KEPT);
    const events = before === undefined ? [] : eventsBetween(before, picture);
    for (const event of events) this.#add({ atMs, event });
    if (this.#output.canRedraw) this.#draw(picture, atMs);
    else if (before === undefined) this.#output.line(describeSituation(situationOf(picture)));
  }

  /** How the whole run went. */
  answer(): JsonObject {
    const last = this.#samples.at(-1);
    const whole = [this.#first, last].flatMap((sample) => sample ?? []);
    return {
      elapsedMs: Math.round(last?.atMs ?? 0),
      leader: this.#picture?.leader ?? null,
      decidedIdx: last?.decidedIdx ?? 0,
      decidedPerSecond: Math.round(decidedPerSecond(whole) ?? 0),
      eventCount: this.#eventCount,
    };
  }

  #add(timed: { readonly atMs: number; readonly event: ClusterEvent }): void {
    this.#events = [...this.#events, timed].slice(-KEPT);
    this.#eventCount += 1;
    if (!this.#output.canRedraw) this.#output.line(eventLine(timed));
    this.#output.streamItem(eventToJson(timed));
  }

  #draw(picture: ClusterPicture, elapsedMs: number): void {
    const view = { elapsedMs, samples: this.#samples, picture, events: this.#events };
    this.#screen.show(drawTop(view, (text, colour) => this.#output.paint(text, colour)));
  }
}
