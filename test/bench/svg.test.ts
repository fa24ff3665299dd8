/** The picture of a run shows every system, and only numbers stand where numbers belong. */

import { expect, it } from 'vitest';

import { renderSvg } from '../../bench/svg.js';
import { measured } from './measurements.js';

const RUNS = [1, 2, 3].flatMap((repetition) => [
  measured('omnikv', repetition, 100 * repetition),
  measured('etcd', repetition, 10),
]);

it('has three lines a system: throughput, p50 and p99', () => {
  const svg = renderSvg('put, 8 bytes', RUNS);
  expect(svg.match(/<polyline /g)).toHaveLength(6);
  expect(svg.match(/stroke-dasharray/g)).toHaveLength(2);
  expect(svg).toContain('>omnikv</text>');
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

it('shows the repetition in the middle', () => {
  // 200 of 200 a second: the line runs along the top of its panel.
  expect(renderSvg('', RUNS)).toContain('points="221.7,50.0 485.0,50.0 748.3,50.0"');
  expect(renderSvg('', RUNS)).toContain('>200</text>');
});

it('a title cannot end the element that it stands in', () => {
  expect(renderSvg('a < b & c', RUNS)).toContain('>a &lt; b &amp; c</text>');
});

it('slices without an answer leave no latency', () => {
  const stalled = { atMs: 100, opsPerSecond: 0, p50Ms: 0, p99Ms: 0 };
  const [run] = RUNS;
  const slices = [...(run?.result.slices ?? []).slice(0, 1), stalled];
  const svg = renderSvg(
    '',
    run === undefined ? [] : [{ ...run, result: { ...run.result, slices } }],
  );
  const points = [...svg.matchAll(/points="([^"]*)"/g)].map((match) => match[1]?.split(' ').length);
  expect(points).toEqual([2, 1, 1]);
  expect(svg).not.toMatch(/NaN|Infinity/);
});
