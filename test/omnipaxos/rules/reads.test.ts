/**
 * Linearizable reads by read rounds: Q1 to Q4, P11.
 */

import { describe, expect, test } from 'vitest';
import type { Ballot } from '../../../src/core/omnipaxos/ballot.js';
import { ballot, ELECTION_TICKS, prepare, promise, StepNode } from '../../support/step-node.js';

const n1 = ballot(1, 1);

function ask(node: StepNode, ...ids: number[]) {
  node.input(() => {
    for (const id of ids) node.omniPaxos.requestRead(id);
  });
}

/** The read round that went out last. */
function askedRound(node: StepNode): number {
  const round = node.sentOf('readRequest', 1).at(-1)?.round;
  if (round === undefined) throw new Error('no read round');
  return round;
}

function confirm(node: StepNode, from: number, n: Ballot, round: number) {
  node.receive(from, { kind: 'readConfirmation', n, round });
}

function leader(options: { peers?: number[] } = {}) {
  const node = new StepNode(options);
  const n = node.leadAndBeReady();
  node.append('a').receive(1, { kind: 'accepted', n, acceptedIdx: 1 });
  if (node.peers.length > 2) node.receive(3, { kind: 'accepted', n, acceptedIdx: 1 });
  node.sent();
  return { node, n };
}

describe('Q1: a read round', () => {
  test('answers when an accept quorum has confirmed, at the decidedIdx that was noted', () => {
    const { node, n } = leader();
    ask(node, 7);
    expect(node.omniPaxos.takeReadyReads()).toEqual([]);
    confirm(node, 3, n, askedRound(node));
    expect(node.omniPaxos.takeReadyReads()).toEqual([{ kind: 'ready', id: 7, readIdx: 1 }]);
  });

  test('reads that arrive together share one round', () => {
    const { node, n } = leader();
    ask(node, 1, 2, 3);
    const requests = node.sentOf('readRequest');
    expect(requests).toHaveLength(2);
    confirm(node, 1, n, requests[0]!.round);
    expect(node.omniPaxos.takeReadyReads().map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  test('a round that began before the read arrived does not confirm it', () => {
    const { node, n } = leader();
    ask(node, 1);
    const first = askedRound(node);
    node.append('b').receive(1, { kind: 'accepted', n, acceptedIdx: 2 });
    ask(node, 2);
    const second = askedRound(node);
    confirm(node, 1, n, first);
    expect(node.omniPaxos.takeReadyReads()).toEqual([{ kind: 'ready', id: 1, readIdx: 1 }]);
    confirm(node, 1, n, second);
    expect(node.omniPaxos.takeReadyReads()).toEqual([{ kind: 'ready', id: 2, readIdx: 2 }]);
  });

  test('a round that nobody was asked for confirms nothing', () => {
    const { node, n } = leader();
    confirm(node, 1, n, 99);
    ask(node, 1);
    expect(node.omniPaxos.takeReadyReads()).toEqual([]);
  });

  test('a lost question is asked again', () => {
    const { node, n } = leader();
    ask(node, 1);
    const round = askedRound(node);
    node.tickFollowed(20, n);
    expect(askedRound(node)).toBeGreaterThanOrEqual(round);
  });

  test('a cluster of one answers by itself', () => {
    const node = new StepNode({ peers: [] });
    node.tick(2 * ELECTION_TICKS).append('a');
    ask(node, 1);
    expect(node.omniPaxos.takeReadyReads()).toEqual([{ kind: 'ready', id: 1, readIdx: 1 }]);
  });
});

describe('Q2: what a confirmation is', () => {
  test('a server says yes where its promise is n', () => {
    const node = new StepNode().follow(n1);
    node.receive(1, { kind: 'readRequest', n: n1, round: 4 });
    expect(node.sent()).toEqual([{ kind: 'readConfirmation', n: n1, round: 4 }]);
  });

  test('and not where it has promised another, though the election may not know it yet', () => {
    const node = new StepNode().follow(n1);
    node.receive(3, prepare(ballot(2, 3))).sent();
    node.receive(1, { kind: 'readRequest', n: n1, round: 4 });
    expect(node.sentOf('readConfirmation')).toEqual([]);
    const other = new StepNode();
    other.receive(1, { kind: 'readRequest', n: n1, round: 4 });
    expect(other.sentOf('readConfirmation')).toEqual([]);
  });

  test('heartbeats never count', () => {
    const { node, n } = leader();
    ask(node, 1);
    node.tickFollowed(3 * ELECTION_TICKS, n);
    expect(node.omniPaxos.takeReadyReads()).toEqual([]);
  });

  test('nor do Accepted and Promise', () => {
    const { node, n } = leader();
    ask(node, 1);
    for (const pid of [1, 3]) {
      node.receive(pid, { kind: 'accepted', n, acceptedIdx: 1 });
      node.receive(pid, promise(n, { acceptedRound: n, acceptedIdx: 1 }));
    }
    expect(node.omniPaxos.takeReadyReads()).toEqual([]);
  });

  test('one of another ballot does not count', () => {
    const { node, n } = leader();
    ask(node, 1);
    const round = askedRound(node);
    confirm(node, 1, { ...n, n: n.n - 1 }, round);
    confirm(node, 3, { ...n, n: n.n + 1 }, round);
    expect(node.omniPaxos.takeReadyReads()).toEqual([]);
  });
});

describe('Q3: how they are counted', () => {
  test('once per pid', () => {
    const { node, n } = leader({ peers: [1, 3, 4, 5] });
    ask(node, 1);
    const round = askedRound(node);
    for (let i = 0; i < 3; i++) confirm(node, 4, n, round);
    expect(node.omniPaxos.takeReadyReads()).toEqual([]);
    confirm(node, 5, n, round);
    expect(node.omniPaxos.takeReadyReads()).toHaveLength(1);
  });

  test('an accept quorum, not a prepare quorum, with flexible quorums', () => {
    const flexibleQuorum = { readQuorumSize: 4, writeQuorumSize: 3 };
    const node = new StepNode({ peers: [1, 3, 4, 5, 6], protocol: { flexibleQuorum } });
    const n = node.leadAndBeReady();
    ask(node, 1);
    const round = askedRound(node);
    confirm(node, 1, n, round);
    expect(node.omniPaxos.takeReadyReads()).toEqual([]);
    confirm(node, 3, n, round);
    expect(node.omniPaxos.takeReadyReads()).toHaveLength(1);
  });

  test('losing the ballot fails all waiting reads', () => {
    const { node, n } = leader();
    ask(node, 1);
    const round = askedRound(node);
    ask(node, 2);
    node.receive(3, prepare(ballot(n.n + 1, 3)));
    for (const pid of [1, 3]) confirm(node, pid, n, round);
    expect(node.omniPaxos.takeReadyReads()).toEqual([
      { kind: 'failed', id: 1, code: 'OMNIKV_NOT_LEADER' },
      { kind: 'failed', id: 2, code: 'OMNIKV_NOT_LEADER' },
    ]);
  });

  test('a server that does not lead fails a read at once', () => {
    const node = new StepNode().follow(n1);
    ask(node, 1);
    expect(node.omniPaxos.takeReadyReads()).toEqual([
      { kind: 'failed', id: 1, code: 'OMNIKV_NOT_LEADER' },
    ]);
  });
});

describe('Q4: a new leader', () => {
  const adopted = {
    acceptedRound: n1,
    acceptedIdx: 2,
    suffix: { firstIdx: 0, entries: ['a', 'b'] },
  };

  test('notes decidedIdx only once an accept quorum holds what it adopted', () => {
    const node = new StepNode();
    const n = node.lead(new Map([[1, adopted]]));
    expect(node.decidedIdx).toBe(0);
    ask(node, 1);
    expect(node.sentOf('readRequest')).toEqual([]);
    for (const round of [1, 2]) for (const pid of [1, 3]) confirm(node, pid, n, round);
    expect(node.omniPaxos.takeReadyReads()).toEqual([]);
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 2 });
    confirm(node, 1, n, askedRound(node));
    expect(node.omniPaxos.takeReadyReads()).toEqual([{ kind: 'ready', id: 1, readIdx: 2 }]);
  });

  test('is not ready, and does not serve, before that', () => {
    const node = new StepNode();
    const n = node.lead(new Map([[1, adopted]]));
    expect(node.omniPaxos.getCurrentLeader()).toMatchObject({ pid: 2, isReady: false });
    expect(node.omniPaxos.status().isServing).toBe(false);
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 1 });
    expect(node.omniPaxos.getCurrentLeader()?.isReady).toBe(false);
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 2 });
    expect(node.omniPaxos.getCurrentLeader()?.isReady).toBe(true);
    expect(node.events.map(({ kind }) => kind)).toContain('ready');
  });

  test('an empty log must be accepted by a quorum too', () => {
    const node = new StepNode();
    const n = node.lead();
    expect(node.omniPaxos.getCurrentLeader()?.isReady).toBe(false);
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 0 });
    expect(node.omniPaxos.getCurrentLeader()?.isReady).toBe(true);
  });

  test('the readiness of an earlier ballot does not count for a later one', () => {
    const { node, n } = leader();
    node.receive(3, prepare(ballot(n.n + 1, 3))).sent();
    node.events.length = 0;
    const later = node.takeOver();
    expect(node.omniPaxos.getCurrentLeader()?.isReady).toBe(false);
    node.receive(1, promise(later));
    expect(node.omniPaxos.getCurrentLeader()?.isReady).toBe(false);
  });
});
