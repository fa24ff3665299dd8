/**
 * Conformance with the reference's atomic-storage scenarios: T32 and T35.
 *
 * The disk fails, or the process dies, after each number of batches in turn.
 */

import { describe, expect, test } from 'vitest';
import { ZERO_BALLOT } from '../../../src/core/omnipaxos/ballot.js';
import { acceptDecide, acceptSync, ballot, prepare, StepNode } from '../../support/step-node.js';

const n = ballot(5, 1);

/** Runs the messages with nothing flushed, then lets the first `keepCount` batches survive. */
function diskAfter(messages: (node: StepNode) => void, keepCount: number) {
  const node = new StepNode({ flushes: 'whenTold' });
  messages(node);
  const batchCount = node.storage.batches.length;
  node.startFlush();
  node.storage.crash(Math.min(keepCount, batchCount));
  return { durable: node.disk.durable, batchCount };
}

/** Every state that a crash can leave. */
function crashStates(messages: (node: StepNode) => void) {
  const { batchCount } = diskAfter(messages, 0);
  return Array.from({ length: batchCount + 1 }, (_, k) => diskAfter(messages, k).durable);
}

describe('T32: Prepare, then AcceptSync with three entries of which one is decided', () => {
  const states = crashStates((node) => {
    node.receive(1, prepare(n)).receive(1, acceptSync(n, 0, ['a', 'b', 'c'], 1));
  });

  test('after every crash, log, accepted round and decidedIdx have changed together or not', () => {
    for (const { log, decidedIdx, acceptedRound } of states) {
      const isOld = log.length === 0 && decidedIdx === 0 && acceptedRound === ZERO_BALLOT;
      const isNew = log.length === 3 && decidedIdx === 1 && acceptedRound.n === 5;
      expect(isOld || isNew).toBe(true);
    }
    expect(states.at(-1)?.log).toEqual(['a', 'b', 'c']);
  });

  test('when the disk fails, nothing leaves and the disk holds the old state', () => {
    const node = new StepNode({ flushes: 'whenTold' });
    node.receive(1, prepare(n)).flush();
    expect(node.sentOf('promise')).toHaveLength(1);
    node.receive(1, acceptSync(n, 0, ['a', 'b', 'c'], 1));
    node.storage.failFlush();
    node.startFlush().storage.completeFlush();
    expect(() => node.sent()).toThrow('this instance has stopped');
    expect(node.disk.durable).toMatchObject({ log: [], decidedIdx: 0, acceptedRound: ZERO_BALLOT });
  });
});

describe('T35: AcceptDecide with six entries of which five are decided', () => {
  test('after every crash, decidedIdx has risen only where the log has grown', () => {
    const states = crashStates((node) => {
      node.receive(1, prepare(n)).receive(1, acceptSync(n, 0, []));
      node.receive(1, acceptDecide(n, 0, ['a', 'b', 'c', 'd', 'e', 'f'], 5));
    });
    for (const { log, decidedIdx } of states) expect(decidedIdx > 0).toBe(log.length === 6);
    expect(states.at(-1)).toMatchObject({ decidedIdx: 5 });
  });
});
