/**
 * Decided transfer: X1, X2, X3, X5, and the first half of H18.
 *
 * Decided entries may come from any node; what they must not do is as important as what they do.
 */

import { describe, expect, test } from 'vitest';
import { ZERO_BALLOT } from '../../../src/core/omnipaxos/ballot.js';
import {
  acceptDecide,
  ballot,
  decidedEntries,
  ELECTION_TICKS,
  prepare,
  promise,
  StepNode,
} from '../../support/step-node.js';

const n1 = ballot(1, 1);
const n5 = ballot(5, 3);
const n9 = ballot(9, 3);

function transferFrom(node: StepNode, fromIdx = 0) {
  node.receive(1, { kind: 'decidedRequest', fromIdx });
  return node.sentOf('decidedEntries', 1);
}

describe('X1: what travels is the decided round', () => {
  test('the accepted round of the source, never its bare promise', () => {
    const node = new StepNode().follow(n1, ['a', 'b'], 1);
    node.receive(3, prepare(n9)).sent();
    expect(transferFrom(node)).toEqual([
      { kind: 'decidedEntries', firstIdx: 0, entries: ['a'], decidedIdx: 1, decidedRound: n1 },
    ]);
  });

  test('or the round of an earlier transfer, where that is larger, also after a restart', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    node.receive(3, decidedEntries(n5, 1, ['b']));
    expect(transferFrom(node)).toMatchObject([{ entries: ['a', 'b'], decidedRound: n5 }]);
    expect(transferFrom(node.restart(), 1)).toMatchObject([{ decidedRound: n5 }]);
  });

  test('the receiver stores it and raises its promise in the batch of the entries', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    const before = node.storage.batches.length;
    node.receive(3, decidedEntries(n5, 1, ['b']));
    expect(node.storage.batches).toHaveLength(before + 1);
    const { promise: promised, decidedRound, decidedIdx, acceptedRound } = node.disk.durable;
    expect({ promised, decidedRound, decidedIdx, acceptedRound }).toEqual({
      promised: n5,
      decidedRound: n5,
      decidedIdx: 2,
      acceptedRound: n1,
    });
  });

  test('a receiver that has promised higher keeps its promise', () => {
    const node = new StepNode();
    node.receive(3, prepare(n9)).receive(1, decidedEntries(n1, 0, ['a']));
    expect(node.omniPaxos.getPromise()).toEqual(n9);
    expect(node.decidedIdx).toBe(1);
  });

  test('a receiver refuses afterwards what is older than the round it was shown', () => {
    const node = new StepNode();
    node.receive(3, decidedEntries(n5, 0, ['a'])).sent();
    node.receive(1, prepare(n1));
    expect(node.sentOf('notAccepted', 1)).toMatchObject([{ promise: n5 }]);
  });
});

describe('X2: a leader of a lower ballot that installs newer decided entries', () => {
  test('stops leading and asks: it would spread its stale suffix', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    const newer = ballot(n.n + 3, 3);
    node.append('stale-1', 'stale-2').sent();
    node.receive(3, decidedEntries(newer, 0, ['a'])).sent();
    expect(node.omniPaxos.status()).toMatchObject({ role: 'follower', phase: 'recover' });
    expect(node.events.map(({ kind }) => kind)).toContain('lostLeadership');
    expect([node.log, node.decidedIdx]).toEqual([['a'], 1]);
    node.receive(1, promise(n, { acceptedRound: n, acceptedIdx: 0 }));
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 2 }).tick(20);
    const kinds = node.sent().map(({ kind }) => kind);
    expect(kinds).not.toContain('acceptDecide');
    expect(kinds).toContain('prepareRequest');
  });

  test('in its Prepare phase too', () => {
    const node = new StepNode();
    const n = node.takeOver();
    node.receive(3, decidedEntries(ballot(n.n + 1, 3), 0, ['a'])).sent();
    node.receive(1, promise(n)).receive(3, promise(n));
    expect(node.omniPaxos.status()).toMatchObject({ role: 'follower', decidedIdx: 1 });
    expect(node.sentOf('acceptSync')).toEqual([]);
  });

  test('fails its waiting reads', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.input(() => node.omniPaxos.requestRead(4));
    node.receive(3, decidedEntries(ballot(n.n + 1, 3), 0, ['a']));
    expect(node.omniPaxos.takeReadyReads()).toEqual([
      { id: 4, kind: 'failed', code: 'OMNIKV_NOT_LEADER' },
    ]);
  });
});

describe('X3: installing forgets nothing that was accepted', () => {
  test('where the entries agree, the accepted suffix behind them stays', () => {
    const node = new StepNode().follow(n1, ['a', 'b', 'c', 'd']);
    node.receive(3, decidedEntries(n1, 0, ['a', 'b']));
    expect([node.log, node.decidedIdx]).toEqual([['a', 'b', 'c', 'd'], 2]);
    expect(node.disk.durable.acceptedRound).toEqual(n1);
  });

  test('the same where the round is newer', () => {
    const node = new StepNode().follow(n1, ['a', 'b', 'c', 'd']);
    node.receive(3, decidedEntries(n5, 0, ['a', 'b']));
    expect([node.log, node.decidedIdx]).toEqual([['a', 'b', 'c', 'd'], 2]);
    expect(node.disk.durable.acceptedRound).toEqual(n1);
  });

  test('at the first disagreement the own log is cut: what follows was never chosen', () => {
    const node = new StepNode().follow(n1, ['a', 'x', 'y', 'z']);
    node.receive(3, decidedEntries(n5, 0, ['a', 'b']));
    expect([node.log, node.decidedIdx]).toEqual([['a', 'b'], 2]);
    expect(node.disk.durable.acceptedRound).toEqual(n1);
  });

  test('a longer transfer extends the log', () => {
    const node = new StepNode().follow(n1, ['a', 'b']);
    node.receive(3, decidedEntries(n1, 0, ['a', 'b', 'c']));
    expect([node.log, node.decidedIdx]).toEqual([['a', 'b', 'c'], 3]);
  });

  test('entries that are decided here already change nothing; a difference stops the node', () => {
    const node = new StepNode().follow(n1, ['a', 'b'], 2);
    const before = node.storage.batches.length;
    node.receive(3, decidedEntries(n1, 0, ['a']));
    expect(node.storage.batches).toHaveLength(before);
    expect(() => node.receive(3, decidedEntries(n1, 0, ['a', 'B', 'c']))).toThrow('differs');
  });

  test('a chunk that begins above decidedIdx is not installed', () => {
    const node = new StepNode().follow(n1, ['a', 'b', 'c'], 1);
    node.receive(3, decidedEntries(n5, 2, ['c', 'd']));
    expect([node.log, node.decidedIdx]).toEqual([['a', 'b', 'c'], 1]);
    expect(node.omniPaxos.getPromise()).toEqual(n1);
  });

  test('the accepted entries it kept are shown to the next candidate', () => {
    const node = new StepNode().follow(n1, ['a', 'b', 'c', 'd']);
    node.receive(3, decidedEntries(n5, 0, ['a', 'b'])).sent();
    node.receive(3, prepare(n9, { decidedIdx: 2, acceptedIdx: 2 }));
    expect(node.sentOf('promise', 3)).toMatchObject([
      { acceptedRound: n1, acceptedIdx: 4, suffix: { firstIdx: 2, entries: ['c', 'd'] } },
    ]);
  });
});

describe('X5: only AcceptSync and a disagreement cut a log', () => {
  test('Prepare, AcceptDecide, Decide, heartbeats and agreeing transfers leave it whole', () => {
    const node = new StepNode().follow(n1, ['a', 'b', 'c']);
    const progress = { n: n1, acceptedIdx: 1, decidedIdx: 1 };
    node
      .receive(1, acceptDecide(n1, 0, ['a'], 1))
      .receive(1, { kind: 'decide', n: n1, decidedIdx: 1 })
      .receive(1, { kind: 'heartbeatRequest', round: 3, decidedIdx: 1, progress })
      .receive(3, decidedEntries(n1, 1, ['b']))
      .receive(3, prepare(n9));
    expect(node.log).toEqual(['a', 'b', 'c']);
  });
});

describe('a lagging node', () => {
  test('asks the source on, from where it stands, until it has all', () => {
    const node = new StepNode();
    node.receive(3, { ...decidedEntries(n1, 0, ['a', 'b']), decidedIdx: 5 });
    expect(node.sentOf('decidedRequest', 3)).toMatchObject([{ fromIdx: 2 }]);
    node.receive(3, { ...decidedEntries(n1, 2, ['c', 'd', 'e']), decidedIdx: 5 });
    expect(node.sentOf('decidedRequest', 3)).toEqual([]);
  });

  test('gets a long log in chunks of at most 1 MiB', () => {
    const entries = Array.from({ length: 10 }, (_, i) => `entry-${i}`);
    const node = new StepNode({ sizeOf: () => 400 * 1024 }).follow(n1, entries, 10);
    const [chunk] = transferFrom(node);
    expect(chunk).toMatchObject({ firstIdx: 0, decidedIdx: 10 });
    expect(chunk!.entries).toEqual(entries.slice(0, 2));
  });

  test('a node that cannot reach its leader stays current through a neighbour', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    for (let i = 0; i < 3; i++) {
      node.receive(3, { kind: 'heartbeatRequest', round: i, decidedIdx: 2, progress: undefined });
      node.tick(ELECTION_TICKS);
    }
    expect(node.sentOf('decidedRequest', 3).length).toBeGreaterThan(0);
    node.receive(3, decidedEntries(n1, 1, ['b']));
    expect(node.decidedIdx).toBe(2);
    expect(node.omniPaxos.status()).toMatchObject({ phase: 'accept', acceptedRound: n1 });
  });

  test('a source that has nothing newer answers nothing', () => {
    expect(transferFrom(new StepNode().follow(n1, ['a'], 1), 1)).toEqual([]);
    expect(transferFrom(new StepNode(), 0)).toEqual([]);
    expect(ZERO_BALLOT.n).toBe(0);
  });
});
