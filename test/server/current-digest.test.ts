/**
 * When a status answer has a digest of the state.
 */

import { expect, it } from 'vitest';

import { CurrentDigest } from '../../src/core/server/current-digest.js';

/** A state of so many keys, which counts how often it is gone over. */
class State {
  appliedIdx = 1;
  count = 0;

  constructor(public keyCount: number) {}

  digest(): string {
    this.count += 1;
    return `digest at ${this.appliedIdx}`;
  }
}

it.each([
  ['at work', false, 1_000],
  ['idle', true, 20_000],
])('a node that is %s goes over no more keys than it may', (_, isIdle, most) => {
  expect(new CurrentDigest(new State(most)).read(isIdle)).toBe('digest at 1');
  const larger = new State(most + 1);
  expect(new CurrentDigest(larger).read(isIdle)).toBeUndefined();
  expect(larger.count).toBe(0);
});

it('goes over a state once, and again when more was applied', () => {
  const state = new State(5_000);
  const digest = new CurrentDigest(state);
  // What was made while the node was idle is known when it is at work, at the same index.
  expect([true, true, false].map((isIdle) => digest.read(isIdle))).toEqual(
    new Array(3).fill('digest at 1'),
  );
  expect(state.count).toBe(1);
  state.appliedIdx = 2;
  expect(digest.read(false)).toBeUndefined();
  expect(digest.read(true)).toBe('digest at 2');
  expect(state.count).toBe(2);
});
