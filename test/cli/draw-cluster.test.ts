/**
 * The drawing of a cluster as text, from one node to seven.
 */

import { describe, expect, it } from 'vitest';
import {
  drawCluster,
  drawLinks,
  hasOddLink,
  shapeOf,
  shortFault,
  wrapText,
} from '../../src/cli/draw-cluster.js';
import { NO_FAULT } from '../../src/core/wire/link-fault.js';
import { labPicture, type Lab } from '../support/lab-status.js';

function draw(lab: Lab): string {
  return `\n${drawCluster(labPicture(lab)).join('\n')}\n`;
}

/** Everybody reaches node 4 and nobody else. */
const QUORUM_LOSS: Lab = {
  nodes: 5,
  leader: 1,
  isServing: false,
  cut: ['1-2', '1-3', '1-5', '2-3', '2-5', '3-5'],
};

describe('the drawing', () => {
  it('of one node has no links', () => {
    expect(draw({ nodes: 1, leader: 1 })).toBe(`
  NODE  STATE   REACHES         BALLOT  DECIDED  ACCEPTED  LAG
★ 1     leader  1 of 1, quorum  4@1     1204     1204      0

no links: it is the only node

all well: node 1 leads in ballot 4
`);
  });

  it('of three nodes in the chained cut shows who relays', () => {
    expect(draw({ nodes: 3, leader: 2, cut: ['2-3'], relays: { 3: 1 } })).toBe(`
  NODE  STATE                REACHES         BALLOT  DECIDED  ACCEPTED  LAG
● 1     follows 2            3 of 3, quorum  4@2     1204     1204      0
★ 2     leader               2 of 3, quorum  4@2     1204     1204      0
● 3     follows 2 through 1  2 of 3, quorum  4@2     1204     1204      0

FROM\\TO  1        2        3
1        ·        ok       ok
2        ok       ·        cut
3        ok       cut      ·

node 2 leads in ballot 4; node 3 does not hear it and serves its clients through
node 1
`);
  });

  it('of five nodes in quorum-loss shows the only node that reaches a quorum', () => {
    expect(draw(QUORUM_LOSS)).toBe(`
  NODE  STATE      REACHES         BALLOT  DECIDED  ACCEPTED  LAG
★ 1     leader     2 of 5          4@1     1204     1204      0
○ 2     follows 1  2 of 5          4@1     1204     1204      0
○ 3     follows 1  2 of 5          4@1     1204     1204      0
● 4     follows 1  5 of 5, quorum  4@1     1204     1204      0
○ 5     follows 1  2 of 5          4@1     1204     1204      0

FROM\\TO  1        2        3        4        5
1        ·        cut      cut      ok       cut
2        cut      ·        cut      ok       cut
3        cut      cut      ·        ok       cut
4        ok       ok       ok       ·        ok
5        cut      cut      cut      ok       ·

node 1 leads in ballot 4 but reaches no quorum; node 4 is the only
quorum-connected node and will take over
`);
  });

  it('of nodes that are down, paused, silent and cut off has a mark and a word for each', () => {
    const lab: Lab = {
      nodes: 7,
      leader: 1,
      down: [5],
      paused: [6],
      silent: [7],
      cut: ['1-4', '2-4', '3-4', '4-7'],
      faults: { '1>2': { delayMs: 50, dropProbability: 0.05 }, '2>1': { delayMs: 50 } },
      decided: { 3: 1_000 },
    };
    expect(draw(lab)).toBe(`
  NODE  STATE            REACHES          BALLOT  DECIDED  ACCEPTED  LAG
★ 1     leader           4 of 7, quorum   4@1     1204     1204      0
● 2     follows 1        4 of 7, quorum   4@1     1204     1204      0
● 3     follows 1        4 of 7, quorum   4@1     1000     1000      204
◌ 4     follows 1        1 of 7, cut off  4@1     1204     1204      0
✗ 5     down             -                -       -        -         -
‖ 6     paused           -                -       -        -         -
? 7     does not answer  4 of 7, quorum   -       -        -         -

FROM\\TO  1        2        3        4        5        6        7
1        ·        50ms 5%  ok       cut      -        -        ok
2        50ms     ·        ok       cut      -        -        ok
3        ok       ok       ·        cut      -        -        ok
4        cut      cut      cut      ·        -        -        cut
5        -        -        -        -        ·        -        -
6        -        -        -        -        -        ·        -
7        ok       ok       ok       cut      -        -        ·

node 1 leads in ballot 4; node 4 is cut off from all others; node 5 is down;
node 6 is paused; node 7 does not answer; 2 directions of links are slow or
lossy
`);
  });

  it('of seven nodes with long indices fits 80 columns', () => {
    const decided = Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((pid) => [pid, 123_456_789]));
    const relays = { 3: 2 };
    const lab = { nodes: 7, leader: 1, n: 123, decided, relays, cut: ['1-3'] };
    const faults = { '1-2': { delayMs: 1_000, jitterMs: 500, dropProbability: 0.5 } };
    for (const line of drawCluster(labPicture({ ...lab, faults }))) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('paints marks and cells that are not fine, and is the same text without the colours', () => {
    const picture = labPicture(QUORUM_LOSS);
    const painted = drawCluster(picture, (text, colour) => `<${colour}>${text}</>`).join('\n');
    expect(painted).toContain('<red>cut</>');
    expect(painted).toContain('<red>★</>');
    expect(painted).toContain('<green>●</>');
    expect(painted.replaceAll(/<[^>]*>/g, '')).toBe(drawCluster(picture).join('\n'));
  });

  it('is the same shape where nothing but the logs has grown', () => {
    const before = shapeOf(labPicture({ nodes: 3, leader: 1 }));
    expect(shapeOf(labPicture({ nodes: 3, leader: 1, decided: { 1: 2_000 } }))).toBe(before);
    expect(shapeOf(labPicture({ nodes: 3, leader: 1, down: [2] }))).not.toBe(before);
  });
});

describe('the matrix of links', () => {
  it('shows each direction by itself', () => {
    expect(drawLinks(labPicture({ nodes: 3, leader: 1, cut: ['1>3'] }))).toEqual([
      'FROM\\TO  1        2        3',
      '1        ·        ok       cut',
      '2        ok       ·        ok',
      '3        ok       ok       ·',
    ]);
  });

  it('shows a cut also where an end is down', () => {
    expect(drawLinks(labPicture({ nodes: 2, down: [2], cut: ['1-2'] })).slice(1)).toEqual([
      '1        ·        cut',
      '2        cut      ·',
    ]);
  });

  it('is odd where a link is, and not where a node is down', () => {
    expect(hasOddLink(labPicture({ nodes: 3, leader: 1 }))).toBe(false);
    expect(hasOddLink(labPicture({ nodes: 3, leader: 1, down: [2] }))).toBe(false);
    expect(hasOddLink(labPicture({ nodes: 3, leader: 1, cut: ['1>3'] }))).toBe(true);
    expect(hasOddLink(labPicture({ nodes: 3, leader: 1, lost: ['1-3'] }))).toBe(true);
    expect(hasOddLink(labPicture({ nodes: 3, leader: 1, faults: { '1-2': { delayMs: 5 } } }))).toBe(
      true,
    );
  });

  it.each([
    [{ delayMs: 50 }, '50ms'],
    [{ delayMs: 50, jitterMs: 10 }, '50±10ms'],
    [{ delayMs: 50, dropProbability: 0.05 }, '50ms 5%'],
    [{ dropProbability: 0.001 }, '0.1%'],
    [{ delayMs: 500, dropProbability: 0.05, reorderProbability: 0.1 }, '500ms+'],
    [{ delayMs: 1_000, jitterMs: 500, dropProbability: 0.5 }, '1000±500'],
    [{ duplicateProbability: 0.1 }, 'double'],
    [{ reorderProbability: 0.1 }, 'reorder'],
    [{ bytesPerSecond: 1_000 }, 'slow'],
  ])('says a fault in one cell: %j', (shape, text) => {
    expect(shortFault({ ...NO_FAULT, ...shape })).toBe(text);
  });
});

describe('a long line', () => {
  it('is broken between words, and keeps the spaces within', () => {
    expect(wrapText('+ 1 s  one two three', 10)).toEqual(['+ 1 s  one', 'two three']);
    expect(wrapText('unbreakable', 4)).toEqual(['unbreakable']);
  });
});
