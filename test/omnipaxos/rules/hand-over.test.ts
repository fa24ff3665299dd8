/**
 * E8: a leader hands over, one message at a time: whom it tells, and who takes over.
 */

import { beforeEach, describe, expect, test } from 'vitest';
import { compareBallots, type Ballot } from '../../../src/core/omnipaxos/ballot.js';
import {
  acceptDecide,
  ballot,
  ELECTION_TICKS,
  prepare,
  StepNode,
  type BodyOf,
} from '../../support/step-node.js';

const n1 = ballot(1, 1);

function handOver(more: Partial<BodyOf<'handOver'>> = {}): BodyOf<'handOver'> {
  return { kind: 'handOver', n: n1, acceptedIdx: 1, ...more };
}

describe('E8: a follower that is told to lead', () => {
  let node: StepNode;

  /** In step with node 1, and a round behind it that reached everybody. */
  beforeEach(() => {
    node = new StepNode().follow(n1, ['a']);
    node.tickFollowed(2 * ELECTION_TICKS + 1, n1);
    node.sent();
  });

  test('takes over at once, in a higher ballot', () => {
    node.receive(1, handOver());
    const [prepared] = node.sentOf('prepare', 1);
    expect(prepared).toMatchObject({ n: { pid: 2 }, acceptedRound: n1, acceptedIdx: 1 });
    expect(compareBallots(prepared!.n, n1)).toBeGreaterThan(0);
    expect(node.events.map(({ kind }) => kind)).toContain('tookOver');
  });

  test('P2: says so to nobody before its own promise is durable', () => {
    node.flushes = 'whenTold';
    node.receive(1, handOver());
    expect(node.hasTakenOver).toBe(true);
    expect(node.allSent()).toEqual([]);
    node.flush();
    expect(node.sentOf('prepare')).toHaveLength(2);
  });

  test('goes beyond a promise that its election has not heard of yet', () => {
    const n5 = ballot(5, 3);
    node.follow(n5, ['a']).receive(3, handOver({ n: n5 }));
    expect(node.omniPaxos.getPromise()).toEqual(ballot(6, 2));
  });

  test('goes beyond a ballot that another server follows', () => {
    const reply = { leader: ballot(9, 3), isHappy: true };
    for (let i = 0; i <= ELECTION_TICKS; i++) node.tick().answerHeartbeats([1, 3], () => reply);
    node.receive(1, handOver());
    expect(node.omniPaxos.getPromise()).toEqual(ballot(10, 2));
  });

  test.each<[string, () => void]>([
    ['of another ballot', () => node.receive(1, handOver({ n: ballot(2, 1) }))],
    ['by another server', () => node.receive(3, handOver())],
    ['with a log that is shorter', () => node.receive(1, handOver({ acceptedIdx: 2 }))],
    ['after a higher promise', () => node.receive(3, prepare(ballot(2, 3))).receive(1, handOver())],
    [
      'while its own flush has been outstanding for an election timeout (P5)',
      () => {
        node.flushes = 'whenTold';
        node.receive(1, acceptDecide(n1, 1, ['b'])).startFlush();
        node.tickFollowed(ELECTION_TICKS + 1, n1);
        node.receive(1, handOver());
      },
    ],
    [
      'where its last round did not reach a quorum (H15)',
      () => node.tickFollowed(2 * ELECTION_TICKS, n1, []).receive(1, handOver()),
    ],
  ])('does nothing: %s', (_, tell) => {
    tell();
    expect(node.hasTakenOver).toBe(false);
    expect(node.sentOf('prepare')).toEqual([]);
  });

  test('does nothing before its first round has ended (H15)', () => {
    const fresh = new StepNode().follow(n1, ['a']).receive(1, handOver());
    expect(fresh.hasTakenOver).toBe(false);
  });

  test('does nothing while it recovers', () => {
    const restarted = node.restart();
    restarted.tickFollowed(2 * ELECTION_TICKS + 1, n1).receive(1, handOver());
    expect(restarted.hasTakenOver).toBe(false);
  });

  test('counts both quorums where they are flexible (E3)', () => {
    for (const [readQuorumSize, writeQuorumSize] of [
      [2, 4],
      [4, 2],
    ] as const) {
      const flexibleQuorum = { readQuorumSize, writeQuorumSize };
      const five = new StepNode({ peers: [1, 3, 4, 5], protocol: { flexibleQuorum } });
      five.follow(n1, ['a']).tickFollowed(2 * ELECTION_TICKS, n1, [1, 3]);
      expect(five.receive(1, handOver()).hasTakenOver).toBe(false);
      five.tickFollowed(2 * ELECTION_TICKS, n1, [1, 3, 5]);
      expect(five.receive(1, handOver()).hasTakenOver).toBe(true);
    }
  });

  test('does nothing when told again: the ballot is an old one by then', () => {
    node.receive(1, handOver()).receive(1, handOver());
    expect(node.sentOf('prepare', 1)).toHaveLength(1);
  });

  test('is a leader like any other: entries of a quorum that it lacks come with the promises', () => {
    node.receive(1, handOver());
    const [prepared] = node.sentOf('prepare', 1);
    node.receive(1, {
      kind: 'promise',
      n: prepared!.n,
      acceptedRound: n1,
      decidedIdx: 1,
      acceptedIdx: 3,
      suffix: { firstIdx: 1, entries: ['b', 'c'] },
    });
    expect(node.log).toEqual(['a', 'b', 'c']);
  });
});

/** Heartbeats are kept: without them a leader would lose its quorum. */
function told(node: StepNode) {
  return node.sent().filter(({ kind }) => kind === 'handOver');
}

describe('E8: a leader', () => {
  let node: StepNode;
  let n: Ballot;

  beforeEach(() => {
    node = new StepNode();
    n = node.leadAndBeReady();
    node.sent();
  });

  test('tells the follower, and leads on', () => {
    expect(node.omniPaxos.handOver(3)).toBe(true);
    expect(node.sentMessages()).toMatchObject([
      { to: 3, body: { kind: 'handOver', n, acceptedIdx: 0 } },
    ]);
    node.append('a');
    expect(node.sentOf('acceptDecide')).toHaveLength(2);
    expect(node.omniPaxos.status().isServing).toBe(true);
  });

  test('tells it behind the entries, with their length', () => {
    node.omniPaxos.handOver(3);
    node.append('a', 'b');
    const kinds = node.sentMessages().filter(({ to }) => to === 3);
    expect(kinds.map(({ body }) => body.kind)).toEqual(['acceptDecide', 'handOver']);
    expect(kinds[1]!.body).toMatchObject({ acceptedIdx: 2 });
  });

  test('ends by the higher promise alone', () => {
    node.omniPaxos.handOver(3);
    node.append('a');
    node.receive(3, prepare(ballot(n.n + 1, 3), { acceptedRound: n, acceptedIdx: 1 }));
    expect(node.omniPaxos.status().role).toBe('follower');
    expect(node.sentOf('promise', 3)).toMatchObject([{ acceptedRound: n, acceptedIdx: 1 }]);
  });

  test.each<[string, number, () => unknown]>([
    [
      'that has promised higher',
      3,
      () => node.receive(3, { kind: 'notAccepted', promise: ballot(99, 1) }),
    ],
    ['that is cut off', 3, () => node.input(() => node.omniPaxos.disconnected(3))],
    ['that has not answered for a round', 3, () => node.tickFollowed(2 * ELECTION_TICKS, n, [1])],
    ['that is none', 7, () => undefined],
    ['that is itself', 2, () => undefined],
  ])('tells no follower %s', (_, pid, before) => {
    before();
    node.sent();
    expect(node.omniPaxos.handOver(pid)).toBe(false);
    expect(node.sentOf('handOver')).toEqual([]);
  });

  test('tells nobody before it is ready, or without its quorum', () => {
    const unready = new StepNode();
    unready.lead();
    expect(unready.omniPaxos.handOver(3)).toBe(false);
    node.tickFollowed(2 * ELECTION_TICKS, n, []);
    expect(node.omniPaxos.handOver(3)).toBe(false);
    expect(new StepNode().omniPaxos.handOver(3)).toBe(false);
  });

  test('tells, of five, only who has accepted its log, once that is a quorum', () => {
    const five = new StepNode({ peers: [1, 3, 4, 5] });
    const n = five.lead();
    five.receive(3, { kind: 'accepted', n, acceptedIdx: 0 });
    expect(five.omniPaxos.handOver(3)).toBe(false);
    five.receive(1, { kind: 'accepted', n, acceptedIdx: 0 });
    expect(five.omniPaxos.handOver(3)).toBe(true);
    expect(five.omniPaxos.handOver(4)).toBe(false);
    five.tickFollowed(2 * ELECTION_TICKS, n, [3]);
    expect(five.omniPaxos.handOver(3)).toBe(false);
  });

  test('R3: waits until the whole log has been sent, for an election timeout at most', () => {
    const slow = new StepNode({ sizeOf: () => 1024 * 1024 });
    const ballotOfSlow = slow.leadAndBeReady();
    // Two rounds that node 1 alone decides: the window to node 3 is full.
    for (const round of [0, 1]) {
      slow.append(...Array.from({ length: 8 }, (_, i) => `${round}-${i}`));
      slow.receive(1, { kind: 'accepted', n: ballotOfSlow, acceptedIdx: 8 * (round + 1) });
    }
    slow.sent();
    expect(slow.omniPaxos.handOver(3)).toBe(true);
    expect(told(slow)).toEqual([]);
    slow.tickFollowed(ELECTION_TICKS, ballotOfSlow);
    slow.receive(3, { kind: 'accepted', n: ballotOfSlow, acceptedIdx: 8 });
    expect(told(slow)).toEqual([]);
    expect(slow.omniPaxos.handOver(3)).toBe(true);
    slow.receive(3, { kind: 'accepted', n: ballotOfSlow, acceptedIdx: 16 });
    expect(told(slow)).toMatchObject([{ acceptedIdx: 16 }]);
  });
});
