/**
 * What is drawn again and again: over the last picture on a terminal, below it elsewhere.
 */

import { describe, expect, it } from 'vitest';
import { Screen } from '../../src/cli/screen.js';
import { TopRun } from '../../src/cli/top-run.js';
import type { ClusterLook } from '../../src/core/cluster/index.js';
import { labPicture, labStatus, type Lab } from '../support/lab-status.js';
import { memoryOutput } from '../support/memory-output.js';

function look(atMs: number, lab: Lab): ClusterLook {
  return { status: labStatus(lab), picture: labPicture(lab), atMs };
}

describe('a screen', () => {
  it('is drawn over on a terminal, line by line', () => {
    const memory = memoryOutput({ isTerminal: true });
    const screen = new Screen(memory.output);
    screen.show(['one', 'two']);
    screen.show(['three']);
    expect(memory.stdout()).toBe(
      '\u001b[2J\u001b[Hone\u001b[K\ntwo\u001b[K\n\u001b[J\u001b[Hthree\u001b[K\n\u001b[J',
    );
  });

  it.each([
    ['where no terminal reads', { isTerminal: false }],
    ['on a terminal that cannot', { isTerminal: true, environment: { TERM: 'dumb' } }],
  ])('is one picture a change %s', (_, options) => {
    const memory = memoryOutput(options);
    const screen = new Screen(memory.output);
    screen.show(['at 1'], 'same');
    screen.show(['at 2'], 'same');
    screen.show(['at 3'], 'other');
    expect(memory.stdout()).toBe('at 1\n\nat 3\n');
  });
});

describe('top', () => {
  const whole: Lab = { nodes: 3, leader: 1 };

  it('is the sentence and one line an event where no terminal reads', () => {
    const memory = memoryOutput();
    const top = new TopRun(memory.output);
    top.look(look(0, whole));
    top.look(look(500, { ...whole, decided: { 1: 1_504 } }));
    top.look(look(1_000, { ...whole, down: [3], decided: { 1: 1_704 } }));
    expect(memory.stdout()).toBe('all well: node 1 leads in ballot 4\n+  1.0 s  node 3 is down\n');
    expect(top.answer()).toEqual({
      elapsedMs: 1_000,
      leader: 1,
      decidedIdx: 1_704,
      decidedPerSecond: 500,
      eventCount: 1,
    });
  });

  it('is one object an event under --json', () => {
    const memory = memoryOutput({ isJson: true });
    const top = new TopRun(memory.output);
    top.look(look(0, whole));
    top.look(look(500, { ...whole, cut: ['2-3'] }));
    const text = 'link 2-3 cut';
    expect(JSON.parse(memory.stdout())).toEqual({
      atMs: 500,
      kind: 'linksCut',
      links: ['2-3'],
      text,
    });
  });

  it('is drawn on a terminal, without colours where NO_COLOR says so', () => {
    const memory = memoryOutput({ isTerminal: true, environment: { NO_COLOR: '1' } });
    new TopRun(memory.output).look(look(0, { nodes: 3, leader: 1, down: [3] }));
    expect(memory.stdout()).toContain('node 1 leads in ballot 4; node 3 is down');
    expect(memory.stdout()).not.toContain('\u001b[3');
  });
});
