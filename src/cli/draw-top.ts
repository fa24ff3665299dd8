/**
 * What `omnikv top` shows: throughput, the drawing of the cluster, the latest events. Pure.
 */

import { decidedPerSecond } from '../core/cluster/cluster-events.js';
import type { ClusterPicture } from '../core/cluster/cluster-picture.js';
import { eventLine, type TimedEvent } from './describe-events.js';
import { drawCluster, wrapText, type Paint } from './draw-cluster.js';
import { formatDuration } from './duration.js';

export interface Sample {
  readonly atMs: number;
  readonly decidedIdx: number;
}

const SHOWN_EVENTS = 10;
const SHOWN_BARS = 30;
const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** A rate over some looks: over one alone it jumps. */
const RATE_SAMPLES = 4;

export interface TopView {
  readonly elapsedMs: number;
  /** One a look, oldest first. */
  readonly samples: readonly Sample[];
  readonly picture: ClusterPicture;
  /** Oldest first. */
  readonly events: readonly TimedEvent[];
}

export function drawTop(view: TopView, paint?: Paint): string[] {
  const { elapsedMs, samples, picture, events } = view;
  const rate = decidedPerSecond(samples.slice(-RATE_SAMPLES));
  const speed = rate === undefined ? '-' : String(Math.round(rate));
  const head = `${speed} entries decided a second`;
  const shown = events.slice(-SHOWN_EVENTS);
  const lines = shown.flatMap((event) => {
    return wrapText(eventLine(event), 80).map((line, index) =>
      index === 0 ? line : `    ${line}`,
    );
  });
  return [
    `omnikv top  ${formatDuration(elapsedMs)}  ${head}  ${sparkline(samples)}`.trimEnd(),
    '',
    ...drawCluster(picture, paint),
    '',
    ...(lines.length === 0 ? ['no events yet'] : lines),
  ];
}

/** One bar between two looks, the highest being the fastest. */
export function sparkline(samples: readonly Sample[]): string {
  const rates = samples.slice(1).map((sample, index) => {
    return decidedPerSecond([samples[index] ?? sample, sample]) ?? 0;
  });
  const shown = rates.slice(-SHOWN_BARS);
  const highest = Math.max(...shown, 0);
  if (highest === 0) return '';
  return shown.map((rate) => BARS[Math.round((rate / highest) * (BARS.length - 1))] ?? '').join('');
}
