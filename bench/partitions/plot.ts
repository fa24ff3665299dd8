/**
 * Acknowledged writes over time as a picture: a panel for each system and scenario, a line a node.
 *
 * Of each the first repetition. What is grey happened under the cut. Pure.
 */

import { groupsOf, type Run } from './report.js';
import { WINDOW_MS, windowsOf, type Acknowledgement } from './windows.js';

const WIDTH = 900;
const LEFT = 70;
const RIGHT = 880;
const PANEL_HEIGHT = 130;
const PANEL_STEP = 200;
const FIRST_TOP = 50;
const COLOURS = ['#0b6e4f', '#d1495b', '#00798c', '#edae49', '#5b3758', '#66717e', '#8a5a00'];

export function plotRuns(runs: readonly Run[]): string {
  const shown = groupsOf(runs).flatMap(([, group]) => group.slice(0, 1));
  const height = FIRST_TOP + shown.length * PANEL_STEP;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" ` +
      `font-family="sans-serif" font-size="13">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="${LEFT}" y="20">acknowledged writes a second, by the node that its client knows ` +
      `(windows of ${WINDOW_MS} ms); grey: links are cut</text>`,
    ...shown.flatMap((run, i) => panel(run, FIRST_TOP + i * PANEL_STEP)),
    '</svg>\n',
  ].join('\n');
}

function panel(run: Run, top: number): readonly string[] {
  const { roles, endMs, cutAtMs, healedAtMs } = run;
  const bottom = top + PANEL_HEIGHT;
  const series = roles.nodes.map((node) => ratesOf(run.acknowledgements, node, endMs));
  const highest = Math.max(1, ...series.flat());
  const x = (atMs: number): number => LEFT + (atMs / endMs) * (RIGHT - LEFT);
  const y = (rate: number): number => bottom - (rate / highest) * PANEL_HEIGHT;
  const lines = roles.nodes.flatMap((node, i) => {
    const colour = COLOURS[i % COLOURS.length] ?? 'black';
    const points = (series[i] ?? []).map((rate, window) => {
      return `${x((window + 0.5) * WINDOW_MS).toFixed(1)},${y(rate).toFixed(1)}`;
    });
    return [
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}"/>`,
      `<text x="${LEFT + 260 + i * 110}" y="${top - 6}" fill="${colour}">${nameOf(node, run)}</text>`,
    ];
  });
  return [
    `<rect x="${x(cutAtMs).toFixed(1)}" y="${top}" height="${PANEL_HEIGHT}" ` +
      `width="${(x(healedAtMs) - x(cutAtMs)).toFixed(1)}" fill="#e8e8e8"/>`,
    `<rect x="${LEFT}" y="${top}" width="${RIGHT - LEFT}" height="${PANEL_HEIGHT}" ` +
      `fill="none" stroke="#999"/>`,
    `<text x="${LEFT}" y="${top - 6}" font-weight="bold">${run.scenario}: ${run.system}</text>`,
    mark(x(cutAtMs), bottom, `cut ${seconds(cutAtMs)}`),
    mark(x(healedAtMs), bottom, `healed ${seconds(healedAtMs)}`),
    `<text x="${LEFT - 6}" y="${top + 10}" text-anchor="end">${Math.round(highest)}</text>`,
    `<text x="${LEFT - 6}" y="${bottom}" text-anchor="end">0</text>`,
    ...lines,
  ];
}

function mark(x: number, bottom: number, text: string): string {
  return `<text x="${x.toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${text}</text>`;
}

function ratesOf(
  acknowledgements: readonly Acknowledgement[],
  node: number,
  endMs: number,
): readonly number[] {
  const own = acknowledgements.filter((each) => each.node === node);
  return windowsOf(own, { fromMs: 0, toMs: endMs }).map((count) => (count * 1_000) / WINDOW_MS);
}

function nameOf(node: number, { roles, scenario }: Run): string {
  if (node === roles.leader) return `node ${node}, leader`;
  const hasHub = scenario === 'quorum-loss' || scenario === 'constrained';
  if (node === roles.hub && hasHub) return `node ${node}, hub`;
  return node === roles.far && scenario === 'chained' ? `node ${node}, cut off` : `node ${node}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
