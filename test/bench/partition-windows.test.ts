/** What acknowledgements and leaders say: windows from the cut on, gaps, changes, catching up. */

import { expect, it } from 'vitest';

import type { NodeView } from '../../bench/partitions/cluster.js';
import {
  availabilityOf,
  emptyWindows,
  firstNewWriteMs,
  leaderChanges,
  levelAfterMs,
  newLeaderMs,
  reignsOf,
  windowsOf,
  type Acknowledgement,
  type Sample,
} from '../../bench/partitions/windows.js';

const CUT = { fromMs: 1_000, toMs: 1_500 };

function acknowledged(node: number, beganMs: number, endedMs: number): Acknowledgement {
  return { node, beganMs, endedMs };
}

const ACKNOWLEDGED = [
  acknowledged(1, 980, 999.9),
  acknowledged(1, 990, 1_000),
  acknowledged(1, 1_020, 1_099),
  acknowledged(2, 1_250, 1_300),
  acknowledged(2, 1_450, 1_499),
  acknowledged(2, 1_450, 1_500),
];

it('counts in windows that begin at the cut; what ends at a border belongs to the later one', () => {
  expect(windowsOf(ACKNOWLEDGED, CUT)).toEqual([2, 0, 0, 1, 1]);
});

it('leaves out a last window that is not whole', () => {
  expect(windowsOf(ACKNOWLEDGED, { fromMs: 1_000, toMs: 1_199 })).toEqual([2]);
});

it('availability is by node, and windows without any are of the whole cluster', () => {
  expect(availabilityOf(ACKNOWLEDGED, 1, CUT)).toBe(0.2);
  expect(availabilityOf(ACKNOWLEDGED, 2, CUT)).toBe(0.4);
  expect(availabilityOf(ACKNOWLEDGED, 3, CUT)).toBe(0);
  expect(emptyWindows(ACKNOWLEDGED, CUT)).toBe(2);
});

it('the first new write began after the cut, not before it', () => {
  expect(firstNewWriteMs(ACKNOWLEDGED, CUT)).toBe(99);
  expect(firstNewWriteMs(ACKNOWLEDGED.slice(0, 2), CUT)).toBeUndefined();
});

it('an acknowledgement after the healing says nothing about the cut', () => {
  expect(firstNewWriteMs([acknowledged(1, 1_400, 1_501)], CUT)).toBeUndefined();
});

function view(node: number, round: readonly number[], isLeading = true, decidedIdx = 0): NodeView {
  return { node, round, isLeading, decidedIdx };
}

function sample(atMs: number, ...views: readonly NodeView[]): Sample {
  return { askedMs: atMs - 5, atMs, views };
}

it('a deposed leader that has not noticed is no change, and neither is a moment without one', () => {
  const samples = [
    sample(10, view(1, [1, 1]), view(2, [1, 1], false)),
    sample(20),
    sample(30, view(1, [1, 1])),
    sample(40, view(1, [1, 1]), view(2, [2, 2])),
    sample(50, view(1, [1, 1])),
  ];
  expect(reignsOf(samples).map(({ node, sinceMs }) => [node, sinceMs])).toEqual([
    [1, 10],
    [2, 40],
  ]);
  expect(leaderChanges(samples, { fromMs: 10, toMs: 40 })).toBe(1);
  expect(leaderChanges(samples, { fromMs: 40, toMs: 50 })).toBe(0);
  expect(newLeaderMs(samples, { fromMs: 15, toMs: 50 })).toBe(25);
  expect(newLeaderMs(samples, { fromMs: 40, toMs: 50 })).toBeUndefined();
});

it('the same node in a later round is a change', () => {
  const samples = [1, 2].map((n) => sample(n, view(3, [n, 3])));
  expect(leaderChanges(samples, { fromMs: 0, toMs: 9 })).toBe(1);
});

it('nodes are level once all have decided what any had at the healing', () => {
  const at = (atMs: number, ...decided: readonly number[]) =>
    sample(atMs, ...decided.map((decidedIdx, i) => view(i + 1, [1], false, decidedIdx)));
  const samples = [at(900, 50, 50), at(1_010, 100, 60), at(1_050, 160, 99), at(1_090, 200, 100)];
  expect(levelAfterMs(samples, 2, 1_000)).toBe(90);
  expect(levelAfterMs(samples.slice(0, 3), 2, 1_000)).toBeUndefined();
  // Asked before the healing, answered after it.
  expect(levelAfterMs([at(1_001, 9, 9), at(1_050, 9, 9)], 2, 1_000)).toBe(50);
  // Who does not answer is not level.
  expect(levelAfterMs([at(1_010, 100, 60), at(1_050, 160)], 2, 1_000)).toBeUndefined();
});
