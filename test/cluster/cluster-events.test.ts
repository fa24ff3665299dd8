/**
 * What happened between two looks at a cluster, as the lines that `top` prints.
 */

import { describe, expect, it } from 'vitest';
import { describeEvent, eventLine } from '../../src/cli/describe-events.js';
import { drawTop, sparkline } from '../../src/cli/draw-top.js';
import { decidedPerSecond, eventsBetween } from '../../src/core/cluster/cluster-events.js';
import { labPicture, type Lab } from '../support/lab-status.js';

function events(before: Lab, after: Lab): string[] {
  return eventsBetween(labPicture(before), labPicture(after)).map(describeEvent);
}

const whole: Lab = { nodes: 3, leader: 1 };
const five: Lab = { nodes: 5, leader: 1 };
const star = ['1-2', '1-3', '1-5', '2-3', '2-5', '3-5'];

const CASES: readonly (readonly [string, Lab, Lab, readonly string[]])[] = [
  ['nothing', whole, whole, []],
  ['entries that were decided', whole, { ...whole, decided: { 1: 2_000 } }, []],
  ['a node that goes down', whole, { ...whole, down: [3] }, ['node 3 is down']],
  ['a node that comes back', { ...whole, down: [3] }, whole, ['node 3 is back']],
  ['a pause', whole, { ...whole, paused: [3] }, ['node 3 is paused']],
  ['a resume', { ...whole, paused: [3] }, whole, ['node 3 resumed']],
  ['a cut', whole, { ...whole, cut: ['2-3'] }, ['link 2-3 cut']],
  ['cuts in one direction', whole, { ...whole, cut: ['2>3', '3>1'] }, ['links 2>3, 3>1 cut']],
  ['a heal', { ...whole, cut: ['2-3'] }, whole, ['link 2-3 healed']],
  [
    'a link that becomes slow',
    whole,
    { ...whole, faults: { '2-3': { delayMs: 50 } } },
    ['link 2-3 now 50ms'],
  ],
  [
    'a slow link that is made whole',
    { ...whole, faults: { '2>3': { delayMs: 50 } } },
    whole,
    ['link 2>3 as it should be'],
  ],
  [
    'a cut instead of a slow link',
    { ...whole, faults: { '2>3': { delayMs: 50 } } },
    { ...whole, cut: ['2>3'] },
    ['link 2>3 cut'],
  ],
  ['a lost connection', whole, { ...whole, lost: ['2-3'] }, ['link 2-3 lost its connection']],
  ['a connection that is back', { ...whole, lost: ['2-3'] }, whole, ['link 2-3 connected again']],
  [
    'a relay',
    { ...whole, cut: ['1-3'] },
    { ...whole, cut: ['1-3'], relays: { 3: 2 } },
    ['node 3 serves its clients through node 2'],
  ],
  [
    'the end of a relay',
    { ...whole, cut: ['1-3'], relays: { 3: 2 } },
    whole,
    ['link 1-3 healed', 'node 3 relays no more'],
  ],
  [
    'a leader that crashes, and its successor',
    whole,
    { nodes: 3, leader: 2, n: 5, down: [1] },
    ['node 1 is down', 'node 2 leads in ballot 5 after node 1: node 1 is down'],
  ],
  [
    'a leader that is paused, and nobody leads yet',
    whole,
    { nodes: 3, paused: [1] },
    ['node 1 is paused', 'node 1 leads no more: node 1 is paused'],
  ],
  [
    'a successor after a time without a leader',
    { nodes: 3, leader: 1, isServing: false, paused: [1] },
    { nodes: 3, leader: 2, n: 5, paused: [1] },
    ['node 2 leads in ballot 5 after node 1: node 1 is paused'],
  ],
  [
    'quorum-loss',
    five,
    { nodes: 5, leader: 4, n: 5, cut: star },
    [
      'links 1-2, 1-3, 1-5, 2-3, 2-5, 3-5 cut',
      'node 4 leads in ballot 5 after node 1: node 1 reaches only 2 of 5, a quorum is 3',
    ],
  ],
  [
    'a leader that does not answer',
    whole,
    { nodes: 3, leader: 2, n: 5, silent: [1] },
    ['node 2 leads in ballot 5 after node 1: node 1 does not answer'],
  ],
  [
    'a hand-over',
    whole,
    { nodes: 3, leader: 2, n: 5 },
    [
      'node 2 leads in ballot 5 after node 1: ' +
        'node 1 still reaches a quorum: it handed over, restarted or had a slow disk',
    ],
  ],
  ['a new ballot of the same leader', whole, { ...whole, n: 6 }, ['node 1 leads anew in ballot 6']],
  [
    'the nodes of a cluster that starts',
    { nodes: 3, down: [1, 2, 3] },
    whole,
    ['node 1 is back', 'node 2 is back', 'node 3 is back', 'node 1 leads in ballot 4'],
  ],
  [
    'a crash of a node with cut links',
    { ...whole, cut: ['2-3'] },
    { ...whole, down: [3], cut: ['2-3'] },
    ['node 3 is down'],
  ],
];

describe('events', () => {
  it.each(CASES)('tell of %s', (_, before, after, lines) => {
    expect(events(before, after)).toEqual(lines);
  });

  it('are lines with the time since the start', () => {
    const event = { kind: 'nodeState', pid: 3, from: 'running', to: 'down' } as const;
    expect(eventLine({ atMs: 2_512, event })).toBe('+  2.5 s  node 3 is down');
    expect(eventLine({ atMs: 480, event })).toBe('+ 480 ms  node 3 is down');
  });
});

describe('throughput', () => {
  it('is what was decided over the time between the samples', () => {
    expect(decidedPerSecond([])).toBeUndefined();
    expect(decidedPerSecond([{ atMs: 0, decidedIdx: 5 }])).toBeUndefined();
    const samples = [
      { atMs: 0, decidedIdx: 100 },
      { atMs: 500, decidedIdx: 300 },
      { atMs: 1_000, decidedIdx: 1_100 },
    ];
    expect(decidedPerSecond(samples)).toBe(1_000);
    expect(sparkline(samples)).toBe('▃█');
    expect(sparkline(samples.slice(0, 1))).toBe('');
  });

  it('is not negative where the node that knew most is down', () => {
    const samples = [
      { atMs: 0, decidedIdx: 100 },
      { atMs: 500, decidedIdx: 90 },
    ];
    expect(decidedPerSecond(samples)).toBe(0);
  });
});

describe('top', () => {
  it('draws throughput, the cluster and the latest events', () => {
    const event = { kind: 'nodeState', pid: 3, from: 'running', to: 'down' } as const;
    const lines = drawTop({
      elapsedMs: 12_000,
      samples: [
        { atMs: 11_500, decidedIdx: 1_000 },
        { atMs: 12_000, decidedIdx: 1_204 },
      ],
      picture: labPicture({ ...whole, down: [3] }),
      events: Array.from({ length: 12 }, (_, index) => ({ atMs: index * 1_000, event })),
    });
    expect(lines[0]).toBe('omnikv top  12 s  408 entries decided a second  █');
    expect(lines).toContain('node 1 leads in ballot 4; node 3 is down');
    expect(lines.at(-1)).toBe('+   11 s  node 3 is down');
    expect(lines.filter((line) => line.startsWith('+'))).toHaveLength(10);
  });
});
