/**
 * What waits, for how long, and what becomes of it: H11, H12, H14, H22, Q3, R1, R2.
 */

import { describe, expect, test } from 'vitest';
import { MAX_WAITING_READS } from '../../../src/core/limits.js';
import {
  acceptSync,
  ballot,
  ELECTION_TICKS,
  prepare,
  promise,
  StepNode,
} from '../../support/step-node.js';

const n1 = ballot(1, 1);
const MiB = 1024 * 1024;

function ask(node: StepNode, count: number, firstId = 0) {
  node.input(() => {
    for (let i = 0; i < count; i++) node.omniPaxos.requestRead(firstId + i);
  });
}

describe('R1: reads that wait', () => {
  test('are bounded, in rounds and before them together', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    ask(node, MAX_WAITING_READS - 10);
    const [first] = node.sentOf('readRequest', 1);
    ask(node, 12, MAX_WAITING_READS - 10);
    expect(node.omniPaxos.takeReadyReads()).toEqual([
      { kind: 'failed', id: MAX_WAITING_READS, code: 'OMNIKV_OVERLOADED' },
      { kind: 'failed', id: MAX_WAITING_READS + 1, code: 'OMNIKV_OVERLOADED' },
    ]);
    node.receive(1, { kind: 'readConfirmation', n, round: first!.round });
    expect(node.omniPaxos.takeReadyReads()).toHaveLength(MAX_WAITING_READS - 10);
    ask(node, 1, 7);
    expect(node.omniPaxos.takeReadyReads()).toEqual([]);
  });

  test('H11: end with the quorum; later ones are answered when it is back', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    ask(node, 1, 1);
    node.tick(3 * ELECTION_TICKS);
    expect(node.omniPaxos.takeReadyReads()).toMatchObject([{ id: 1, kind: 'failed' }]);
    node.tickFollowed(2 * ELECTION_TICKS, n).sent();
    ask(node, 1, 2);
    const [request] = node.sentOf('readRequest', 1);
    node.receive(1, { kind: 'readConfirmation', n, round: request!.round });
    expect(node.omniPaxos.takeReadyReads()).toEqual([{ kind: 'ready', id: 2, readIdx: 0 }]);
  });

  test('are taken by a candidate that is alone for now: it may still lead', () => {
    const node = new StepNode();
    node.takeOver();
    node.tick(3 * ELECTION_TICKS);
    ask(node, 1);
    expect(node.omniPaxos.takeReadyReads()).toEqual([]);
  });
});

describe('H11: the owner is told of the quorum', () => {
  test('only when it goes and when it comes back', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.events.length = 0;
    node.tickFollowed(3 * ELECTION_TICKS, n);
    expect(node.events).toEqual([]);
    node.tick(4 * ELECTION_TICKS);
    expect(node.events).toEqual([{ kind: 'quorumLost', ballot: n }]);
    node.tickFollowed(4 * ELECTION_TICKS, n);
    expect(node.events.slice(1)).toEqual([{ kind: 'quorumBack', ballot: n }]);
  });

  test('not by a candidate, which serves nobody yet', () => {
    const node = new StepNode();
    const n = node.takeOver();
    node.tick(4 * ELECTION_TICKS);
    expect(node.events).toEqual([{ kind: 'becameLeader', ballot: n }]);
  });
});

describe('H14: proposals that wait', () => {
  test('for a leader go to it as soon as it is known, in the same turn', () => {
    const node = new StepNode().append('a');
    node.receive(1, prepare(n1)).receive(1, acceptSync(n1, 0, []));
    expect(node.sentOf('proposalForward', 1)).toMatchObject([{ entries: ['a'] }]);
  });

  test('for a batch wait for its last entry or its time, not for the next message', () => {
    const node = new StepNode({ protocol: { batchSize: 5, flushBatchTickTimeout: 10 } });
    const n = node.leadAndBeReady();
    node.tickFollowed(10, n).append('a').tickFollowed(9, n);
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 0 });
    expect(node.log).toEqual([]);
    node.tickFollowed(1, n);
    expect(node.log).toEqual(['a']);
  });

  test('go nowhere while the leader has no quorum, and in the end when it has', () => {
    const node = new StepNode({ protocol: { batchSize: 5, flushBatchTickTimeout: 300 } });
    const n = node.leadAndBeReady();
    node.append('a').tick(5 * ELECTION_TICKS);
    expect(node.log).toEqual([]);
    node.tickFollowed(6 * ELECTION_TICKS, n);
    expect(node.log).toEqual(['a']);
  });

  test('R2, H12: a forwarded one for which there is no room is dropped for good', () => {
    const node = new StepNode({ sizeOf: () => 3 * MiB });
    const n = node.leadAndBeReady();
    node.receive(1, { kind: 'proposalForward', entries: ['a', 'b', 'c'] });
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 2 }).tick(2);
    expect(node.log).toEqual(['a', 'b']);
  });
});

describe('H22: a follower that has promised higher', () => {
  test('is sent nothing more, and is not prepared, until it promises this ballot after all', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.receive(3, { kind: 'notAccepted', promise: ballot(n.n + 1, 9) }).append('a');
    expect(node.sentMessages().map(({ to }) => to)).toEqual([1]);
    node.tickFollowed(ELECTION_TICKS, n);
    expect(node.sentOf('prepare', 3)).toEqual([]);
    node.receive(3, promise(n, { acceptedRound: n }));
    expect(node.sentOf('acceptDecide', 3)).toMatchObject([{ firstIdx: 0, entries: ['a'] }]);
  });

  test('is not sent an AcceptSync by the candidate that it refused meanwhile', () => {
    const node = new StepNode({ peers: [1, 3, 4, 5] });
    const n = node.takeOver();
    node.receive(3, promise(n)).receive(3, { kind: 'notAccepted', promise: ballot(n.n + 1, 9) });
    node.receive(1, promise(n));
    expect(node.omniPaxos.status().phase).toBe('prepare');
    node.receive(4, promise(n));
    expect(node.sentMessages().filter(({ body }) => body.kind === 'acceptSync')).toMatchObject([
      { to: 1 },
      { to: 4 },
    ]);
  });
});
