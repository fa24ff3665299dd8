/**
 * What a candidate does with Promises, and a leader with what it hears: L2, L4, P4, H10, X8, Q2.
 */

import { describe, expect, test } from 'vitest';
import {
  ballot,
  decidedEntries,
  ELECTION_TICKS,
  prepare,
  promise,
  StepNode,
} from '../../support/step-node.js';

const MiB = 1024 * 1024;
const n1 = ballot(1, 1);

describe('a candidate', () => {
  test('asks again for a Promise whose suffix does not reach its end, and does not count it', () => {
    const node = new StepNode();
    const n = node.takeOver();
    node.sent();
    const log = { acceptedRound: n1, acceptedIdx: 3 };
    node.receive(1, promise(n, { ...log, suffix: { firstIdx: 0, entries: ['a'] } }));
    expect(node.sentMessages()).toMatchObject([{ to: 1, body: { kind: 'prepare', n } }]);
    expect(node.omniPaxos.status().phase).toBe('prepare');
    const entries = ['a', 'b', 'c'];
    node.receive(1, promise(n, { ...log, suffix: { firstIdx: 0, entries } }));
    expect(node.omniPaxos.status().phase).toBe('accept');
    expect(node.log).toEqual(entries);
  });

  test('takes no entry twice where the suffix begins below what it has decided', () => {
    const node = new StepNode().follow(n1, ['a', 'b'], 2);
    const n = node.takeOver();
    const suffix = { firstIdx: 0, entries: ['a', 'b', 'c'] };
    node.receive(1, promise(n, { acceptedRound: ballot(2, 3), acceptedIdx: 3, suffix }));
    expect([node.log, node.decidedIdx]).toEqual([['a', 'b', 'c'], 2]);
  });

  test('decides nothing yet, whatever is said to be accepted', () => {
    const node = new StepNode().follow(n1, ['a']);
    const n = node.takeOver();
    for (const pid of [1, 3]) node.receive(pid, { kind: 'accepted', n, acceptedIdx: 1 });
    expect(node.decidedIdx).toBe(0);
  });

  test('goes on fetching when the link of a server that is not the source closes', () => {
    const node = new StepNode({ peers: [1, 3, 4], sizeOf: () => MiB });
    const n = node.takeOver();
    const log = { acceptedRound: n1, decidedIdx: 2, acceptedIdx: 2 };
    const suffix = { firstIdx: 2, entries: [] };
    node.receive(1, promise(n, { ...log, suffix })).receive(3, promise(n));
    node.input(() => node.omniPaxos.disconnected(3));
    node.receive(1, { ...decidedEntries(n1, 0, ['a']), decidedIdx: 2 });
    expect(node.omniPaxos.status().phase).toBe('prepare');
    node.receive(1, decidedEntries(n1, 1, ['b']));
    expect(node.omniPaxos.status()).toMatchObject({ phase: 'accept', decidedIdx: 2 });
  });

  test('asks once for what it fetches, however many Promises come in between', () => {
    const node = new StepNode({ peers: [1, 3, 4, 5] });
    const n = node.takeOver();
    const log = { acceptedRound: n1, decidedIdx: 2, acceptedIdx: 2 };
    const suffix = { firstIdx: 2, entries: [] };
    node.receive(1, promise(n, { ...log, suffix }));
    for (const pid of [3, 4, 5]) node.receive(pid, promise(n));
    expect(node.sentOf('decidedRequest', 1)).toMatchObject([{ fromIdx: 0 }]);
  });

  test('tells its owner that it leads when it has taken over and when it has adopted', () => {
    const node = new StepNode();
    const n = node.lead();
    expect(node.events).toEqual([
      { kind: 'becameLeader', ballot: n },
      { kind: 'leaderKnown', ballot: n },
    ]);
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 0 });
    expect(node.events.at(-1)).toEqual({ kind: 'ready', ballot: n });
  });
});

describe('a Promise', () => {
  test('reaches below the own decidedIdx where the candidate has decided less and it fits', () => {
    const node = new StepNode().follow(ballot(2, 3), ['a', 'b', 'c'], 2);
    node.receive(3, prepare(ballot(9, 3), { acceptedRound: n1, decidedIdx: 1, acceptedIdx: 1 }));
    expect(node.sentOf('promise', 3)).toMatchObject([
      { decidedIdx: 2, suffix: { firstIdx: 1, entries: ['b', 'c'] } },
    ]);
  });
});

describe('a leader', () => {
  const adopted = {
    acceptedRound: n1,
    acceptedIdx: 3,
    decidedIdx: 1,
    suffix: { firstIdx: 0, entries: ['a', 'b', 'c'] },
  };

  test('sends decided entries in the AcceptSync itself where all of it fits', () => {
    const node = new StepNode();
    const n = node.lead(new Map([[1, { ...adopted, decidedIdx: 2 }]]));
    node.sent();
    node.receive(3, promise(n, { acceptedRound: ballot(1, 0), decidedIdx: 1, acceptedIdx: 1 }));
    expect(node.sent()).toEqual([
      { kind: 'acceptSync', n, firstIdx: 1, entries: ['b', 'c'], decidedIdx: 2 },
    ]);
  });

  test('announces what is decided after an AcceptSync, and nothing twice', () => {
    const node = new StepNode();
    const n = node.lead(new Map([[1, adopted]]));
    expect(node.sentOf('decide')).toEqual([]);
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 2 });
    expect(node.sentMessages()).toEqual([
      { configurationId: 1, from: 2, to: 1, body: { kind: 'decide', n, decidedIdx: 2 } },
    ]);
    node.tick(2);
    expect(node.sentOf('decide')).toEqual([]);
  });

  test('stops where a follower claims to have accepted what it was never sent', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    expect(() => node.receive(1, { kind: 'accepted', n, acceptedIdx: 1 })).toThrow();
    expect(() => node.tick()).toThrow('stopped');
  });

  test('is not bothered by a link that closes', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.input(() => node.omniPaxos.disconnected(1));
    node.append('a').receive(3, { kind: 'accepted', n, acceptedIdx: 1 });
    expect(node.decidedIdx).toBe(1);
  });

  test('decides for itself: decided entries of its own round tell it nothing', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.append('a').receive(3, decidedEntries(n, 0, ['a']));
    expect(node.omniPaxos.status()).toMatchObject({ role: 'leader', decidedIdx: 0 });
    node.receive(3, decidedEntries({ ...n, n: n.n - 1, pid: 1 }, 0, ['a']));
    expect(node.omniPaxos.status()).toMatchObject({ role: 'leader', decidedIdx: 0 });
  });

  test('fails no new read for the quorum that it has not counted yet', () => {
    const node = new StepNode();
    node.takeOver();
    node.input(() => node.omniPaxos.requestRead(1));
    node.tick(ELECTION_TICKS);
    expect(node.omniPaxos.takeReadyReads()).toEqual([]);
  });
});

describe('a follower', () => {
  test('asks once who leads after a transfer from a round that it has not seen', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    node.sent();
    node.receive(3, decidedEntries(ballot(5, 3), 1, ['b']));
    const asked = node.sentMessages().map(({ to, body }) => [to, body.kind]);
    expect(asked).toEqual([
      [1, 'prepareRequest'],
      [3, 'prepareRequest'],
    ]);
    expect(node.omniPaxos.status()).toMatchObject({ phase: 'prepare', leader: undefined });
  });

  test('hands decided entries to a server of another configuration (X8)', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    node.receive(3, { kind: 'decidedRequest', fromIdx: 0 }, 2);
    expect(node.sentOf('decidedEntries', 3)).toMatchObject([{ entries: ['a'] }]);
  });

  test('answers the read round of a lower ballot with its promise', () => {
    const node = new StepNode().follow(ballot(5, 3));
    node.receive(1, { kind: 'readRequest', n: n1, round: 1 });
    expect(node.sent()).toEqual([{ kind: 'notAccepted', promise: ballot(5, 3) }]);
  });
});
