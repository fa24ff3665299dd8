/**
 * Throughput and latency over time as a picture: one colour a system, p50 whole and p99 dashed.
 *
 * Of each system the repetition with the middle throughput. Latency has a logarithmic scale.
 */

import type { LoadSlice } from './latencies.js';
import { systemsOf, type Measurement } from './report.js';

const WIDTH = 900;
const PANEL = { left: 90, right: 880, height: 200 };
const THROUGHPUT_TOP = 50;
const LATENCY_TOP = 300;
const COLOURS = ['#0b6e4f', '#d1495b', '#00798c', '#edae49', '#5b3758', '#66717e', '#8a5a00'];

interface Panel {
  readonly top: number;
  readonly title: string;
  /** The values at the bottom and at the top. */
  readonly range: readonly [number, number];
  /** Where a value stands: 0 at the bottom, 1 at the top. */
  readonly share: (value: number) => number;
}

type Point = readonly [atMs: number, value: number];

export function renderSvg(title: string, measurements: readonly Measurement[]): string {
  const runs = systemsOf(measurements).map((system) => middleRun(measurements, system));
  const slices = runs.flatMap(({ result }) => result.slices);
  const throughput = linearPanel(slices);
  const latency = logarithmicPanel(slices);
  const sliceMs = slices.find(({ atMs }) => atMs > 0)?.atMs ?? 1;
  const endMs = Math.max(...slices.map(({ atMs }) => atMs), 0) + sliceMs;
  const lines = runs.flatMap(({ system, result }, i) => {
    const colour = COLOURS[i % COLOURS.length] ?? 'black';
    const line = (panel: Panel, dash: string, of: (slice: LoadSlice) => number): string => {
      // A slice without an answer has no latency: the line goes on with the next one.
      const seen = result.slices.filter((slice) => panel !== latency || slice.opsPerSecond > 0);
      const points = seen.map((slice): Point => [slice.atMs + sliceMs / 2, of(slice)]);
      return polyline({ panel, points, endMs, colour, dash });
    };
    return [
      `<text x="${PANEL.left + i * 110}" y="38" fill="${colour}">${escaped(system)}</text>`,
      line(throughput, '', (slice) => slice.opsPerSecond),
      line(latency, '', (slice) => slice.p50Ms),
      line(latency, '5 4', (slice) => slice.p99Ms),
    ];
  });
  const height = LATENCY_TOP + PANEL.height + 40;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" ` +
      `font-family="sans-serif" font-size="13">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="${PANEL.left}" y="18">${escaped(title)}</text>`,
    ...[throughput, latency].flatMap((panel) => frame(panel, endMs)),
    ...lines,
    '</svg>\n',
  ].join('\n');
}

/** Of an even number the lower one of the two in the middle. */
function middleRun(measurements: readonly Measurement[], system: string): Measurement {
  const own = measurements
    .filter((measurement) => measurement.system === system)
    .toSorted((a, b) => a.result.opsPerSecond - b.result.opsPerSecond);
  const middle = own[Math.floor((own.length - 1) / 2)];
  if (middle === undefined) throw new Error(`${system} was not measured`);
  return middle;
}

function linearPanel(slices: readonly LoadSlice[]): Panel {
  const top = Math.max(1, ...slices.map(({ opsPerSecond }) => opsPerSecond));
  return {
    top: THROUGHPUT_TOP,
    title: 'answers a second',
    range: [0, top],
    share: (value) => value / top,
  };
}

/** Whole powers of ten around what was seen. */
function logarithmicPanel(slices: readonly LoadSlice[]): Panel {
  const values = slices.flatMap(({ p50Ms, p99Ms }) => [p50Ms, p99Ms]).filter((ms) => ms > 0);
  const low = Math.floor(Math.log10(Math.min(...values, 1)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values, 1))));
  return {
    top: LATENCY_TOP,
    title: 'ms: p50, p99 dashed',
    range: [10 ** low, 10 ** high],
    share: (value) => Math.max(0, (Math.log10(value) - low) / (high - low)),
  };
}

function frame({ top, title, range }: Panel, endMs: number): readonly string[] {
  const bottom = top + PANEL.height;
  const label = (y: number, value: number): string =>
    `<text x="${PANEL.left - 6}" y="${y}" text-anchor="end">${Number(value.toPrecision(3))}</text>`;
  const time = (x: number, ms: number): string =>
    `<text x="${x}" y="${bottom + 18}" text-anchor="middle">${ms / 1_000} s</text>`;
  return [
    `<rect x="${PANEL.left}" y="${top}" width="${PANEL.right - PANEL.left}" ` +
      `height="${PANEL.height}" fill="none" stroke="#999"/>`,
    label(top + 5, range[1]),
    label(bottom + 5, range[0]),
    time(PANEL.left, 0),
    time(PANEL.right - 10, endMs),
    `<text x="16" y="${top + PANEL.height / 2}" text-anchor="middle" ` +
      `transform="rotate(-90 16 ${top + PANEL.height / 2})">${title}</text>`,
  ];
}

interface Line {
  readonly panel: Panel;
  readonly points: readonly Point[];
  readonly endMs: number;
  readonly colour: string;
  readonly dash: string;
}

function polyline({ panel, points, endMs, colour, dash }: Line): string {
  const places = points.map(([atMs, value]) => {
    const x = PANEL.left + (atMs / endMs) * (PANEL.right - PANEL.left);
    const y = panel.top + (1 - panel.share(value)) * PANEL.height;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const dashes = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
  return `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}"${dashes}/>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
