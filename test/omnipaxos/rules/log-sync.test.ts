/**
 * How logs become equal: H2, H3, H4, H10, H17, H19, H22, L5, L6.
 *
 * Hand-made messages to one instance. Each test is red where its rule is taken out.
 */

import { describe, expect, test } from 'vitest';
import {
  acceptDecide,
  acceptSync,
  ballot,
  decidedEntries,
  prepare,
  promise,
  RESEND_TICKS,
  StepNode,
} from '../../support/step-node.js';

const n1 = ballot(1, 1);
const n2 = ballot(2, 3);

describe('H2: in one ballot a log only grows', () => {
  test('a delayed AcceptSync of the accepted round cuts nothing', () => {
    const node = new StepNode().follow(n1);
    node.receive(1, acceptDecide(n1, 0, ['a', 'b', 'c'], 1));
    node.receive(1, acceptSync(n1, 0, ['a']));
    expect([node.log, node.decidedIdx]).toEqual([['a', 'b', 'c'], 1]);
  });

  test('it appends what is new, and skips what overlaps', () => {
    const node = new StepNode().follow(n1, ['a', 'b']);
    node.receive(1, acceptSync(n1, 1, ['b', 'c']));
    expect(node.log).toEqual(['a', 'b', 'c']);
    expect(node.sentOf('accepted').at(-1)).toMatchObject({ acceptedIdx: 3 });
  });

  test('a repeated AcceptDecide neither shortens nor doubles the log', () => {
    const node = new StepNode().follow(n1);
    node.receive(1, acceptDecide(n1, 0, ['a']));
    node.receive(1, acceptDecide(n1, 1, ['b']));
    node.receive(1, acceptDecide(n1, 0, ['a']));
    node.receive(1, acceptDecide(n1, 0, ['a', 'b', 'c']));
    expect(node.log).toEqual(['a', 'b', 'c']);
  });

  test('a leader answers a duplicate Promise without restarting its log', () => {
    const node = new StepNode();
    const n = node.lead();
    node.append('a', 'b').receive(1, promise(n)).append('c');
    expect(node.log).toEqual(['a', 'b', 'c']);
    const slices = node.sentOf('acceptDecide', 1);
    // Whatever was lost, each slice says where it begins.
    for (const { firstIdx, entries } of slices) {
      expect(entries).toEqual(['a', 'b', 'c'].slice(firstIdx, firstIdx + entries.length));
    }
    expect(slices.at(-1)).toMatchObject({ firstIdx: 2, entries: ['c'] });
  });
});

describe('H3: AcceptSync on an older accepted round', () => {
  function promised() {
    const node = new StepNode().follow(n1, ['a', 'b', 'x', 'y'], 2);
    node.receive(3, prepare(n2)).sent();
    return node;
  }

  test('cuts at decidedIdx where its own index is lower, and never shifts the suffix', () => {
    const node = promised();
    node.receive(3, acceptSync(n2, 0, ['a', 'b', 'C', 'D', 'E'], 2));
    expect(node.log).toEqual(['a', 'b', 'C', 'D', 'E']);
    const sync = node.storage.batches.at(-1)?.find(({ kind }) => kind === 'appendOnPrefix');
    expect(sync).toMatchObject({ fromIdx: 2, entries: ['C', 'D', 'E'] });
  });

  test('cuts at its own index where that is higher', () => {
    const node = promised();
    node.receive(3, acceptSync(n2, 3, ['Y']));
    expect(node.log).toEqual(['a', 'b', 'x', 'Y']);
  });

  test('removes what its leader did not adopt, also with an empty suffix', () => {
    const node = promised();
    node.receive(3, acceptSync(n2, 2, []));
    expect(node.log).toEqual(['a', 'b']);
    expect(node.sentOf('accepted')).toMatchObject([{ n: n2, acceptedIdx: 2 }]);
  });

  test('a suffix that ends below decidedIdx cuts at decidedIdx', () => {
    const node = promised();
    node.receive(3, acceptSync(n2, 0, ['a']));
    expect([node.log, node.decidedIdx]).toEqual([['a', 'b'], 2]);
  });

  test('never lowers decidedIdx', () => {
    const node = promised();
    node.receive(3, acceptSync(n2, 2, ['C'], 1));
    expect(node.decidedIdx).toBe(2);
  });

  test('a difference below decidedIdx stops the node', () => {
    const node = promised();
    expect(() => node.receive(3, acceptSync(n2, 0, ['a', 'B', 'C']))).toThrow('differs');
    expect(() => node.tick()).toThrow();
    expect(node.storage.visible.log).toEqual(['a', 'b', 'x', 'y']);
  });

  test('a first index beyond the log is a gap: nothing is taken, the leader is asked', () => {
    const node = promised();
    node.receive(3, acceptSync(n2, 6, ['z']));
    expect(node.log).toEqual(['a', 'b', 'x', 'y']);
    expect(node.omniPaxos.status().acceptedRound).toEqual(n1);
    expect(node.sentOf('promise', 3).length).toBeGreaterThan(0);
  });
});

describe('what travels when a ballot begins', () => {
  const n9 = ballot(9, 3);

  test('a Promise starts at the candidate’s decidedIdx where the accepted rounds differ', () => {
    const node = new StepNode().follow(n2, ['a', 'b', 'c']);
    node.receive(3, prepare(n9, { acceptedRound: n1, decidedIdx: 1, acceptedIdx: 2 }));
    expect(node.sentOf('promise', 3)).toMatchObject([
      { acceptedRound: n2, acceptedIdx: 3, suffix: { firstIdx: 1, entries: ['b', 'c'] } },
    ]);
  });

  test('also where its own log is the shorter one', () => {
    const node = new StepNode().follow(n2, ['a', 'b']);
    node.receive(3, prepare(n9, { acceptedRound: n1, decidedIdx: 1, acceptedIdx: 5 }));
    expect(node.sentOf('promise', 3)).toMatchObject([{ suffix: { firstIdx: 1, entries: ['b'] } }]);
  });

  test('it holds only what the candidate lacks where the accepted rounds are equal', () => {
    const node = new StepNode().follow(n1, ['a', 'b', 'c']);
    node.receive(3, prepare(n9, { acceptedRound: n1, acceptedIdx: 2 }));
    expect(node.sentOf('promise', 3)).toMatchObject([{ suffix: { firstIdx: 2, entries: ['c'] } }]);
    node.receive(3, prepare(ballot(10, 3), { acceptedRound: n2, acceptedIdx: 1 }));
    expect(node.sentOf('promise', 3)).toMatchObject([{ suffix: { entries: [] } }]);
  });

  test('an AcceptSync starts at the follower’s end where the rounds are equal, else at its decidedIdx', () => {
    const node = new StepNode({ peers: [1, 3, 4, 5] });
    const n = node.takeOver();
    const suffix = { firstIdx: 0, entries: ['a', 'b', 'c'] };
    node.receive(1, promise(n, { acceptedRound: n1, acceptedIdx: 3, suffix }));
    node.receive(3, promise(n, { acceptedRound: n1, acceptedIdx: 1 }));
    node.receive(4, promise(n, { acceptedRound: ballot(1, 0), acceptedIdx: 2 }));
    node.receive(5, promise(n, { acceptedRound: n1, acceptedIdx: 5 }));
    const syncs = node.sentMessages().filter(({ body }) => body.kind === 'acceptSync');
    expect(syncs).toMatchObject([
      { to: 1, body: { firstIdx: 3, entries: [] } },
      { to: 3, body: { firstIdx: 1, entries: ['b', 'c'] } },
      { to: 4, body: { firstIdx: 0, entries: ['a', 'b', 'c'] } },
      { to: 5, body: { firstIdx: 3, entries: [] } },
    ]);
  });
});

describe('a gap in AcceptDecide', () => {
  test('is not appended, and is asked for at once and again every resend timeout', () => {
    const node = new StepNode().follow(n1, ['a']);
    node.tick(RESEND_TICKS).sent();
    node.receive(1, acceptDecide(n1, 3, ['d']));
    expect(node.log).toEqual(['a']);
    expect(node.sentOf('promise', 1)).toMatchObject([{ acceptedRound: n1, acceptedIdx: 1 }]);
    for (let i = 0; i < 3; i++) {
      node.tick(RESEND_TICKS);
      expect(node.sentOf('promise', 1).length).toBeGreaterThan(0);
    }
    node.receive(1, acceptDecide(n1, 1, ['b', 'c', 'd']));
    expect(node.log).toEqual(['a', 'b', 'c', 'd']);
  });

  test('behind a log that has grown since the last question is another one: asked at once', () => {
    const node = new StepNode().follow(n1, ['a']);
    node.tick(RESEND_TICKS).sent();
    node.receive(1, acceptDecide(n1, 3, ['d'])).sent();
    node.receive(1, acceptDecide(n1, 1, ['b'])).receive(1, acceptDecide(n1, 4, ['e']));
    expect(node.sentOf('promise', 1)).toMatchObject([{ acceptedRound: n1, acceptedIdx: 2 }]);
    node.receive(1, acceptDecide(n1, 5, ['f']));
    expect(node.sentOf('promise', 1)).toEqual([]);
  });

  test('a leader answers a Promise of its own round with AcceptDecide from there (L4)', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.append('a', 'b', 'c').sent();
    node.receive(1, promise(n, { acceptedRound: n, acceptedIdx: 1 }));
    const bodies = node.sentOf('acceptDecide', 1);
    expect(bodies).toMatchObject([{ firstIdx: 1, entries: ['b', 'c'] }]);
  });
});

describe('L5: which ballots are taken', () => {
  test('AcceptDecide and Decide of the accepted round are refused once a higher is promised', () => {
    const node = new StepNode().follow(n1, ['a']);
    node.receive(3, prepare(n2)).sent();
    node.receive(1, acceptDecide(n1, 1, ['b'], 1));
    node.receive(1, { kind: 'decide', n: n1, decidedIdx: 1 });
    expect([node.log, node.decidedIdx]).toEqual([['a'], 0]);
    const refused = node.sentOf('notAccepted', 1);
    expect(refused).toEqual([
      { kind: 'notAccepted', promise: n2 },
      { kind: 'notAccepted', promise: n2 },
    ]);
  });

  test('AcceptSync of a lower ballot is refused', () => {
    const node = new StepNode();
    node.receive(1, prepare(n1)).receive(3, prepare(n2)).sent();
    node.receive(1, acceptSync(n1, 0, ['a']));
    expect(node.log).toEqual([]);
    expect(node.sentOf('notAccepted', 1)).toHaveLength(1);
  });

  test('AcceptDecide and Decide of the promised ballot are not taken before its AcceptSync', () => {
    const node = new StepNode().follow(n1, ['x']);
    node.receive(3, prepare(n2));
    node.receive(3, acceptDecide(n2, 1, ['b'], 1));
    node.receive(3, { kind: 'decide', n: n2, decidedIdx: 1 });
    expect([node.log, node.decidedIdx]).toEqual([['x'], 0]);
  });

  test('nothing of a ballot above the promise is taken; its leader is asked to prepare', () => {
    const node = new StepNode().follow(n1, ['x']);
    node.tick(RESEND_TICKS).sent();
    for (const body of [acceptSync(n2, 0, ['a']), acceptDecide(n2, 1, ['b'], 2)]) {
      node.receive(3, body);
    }
    expect([node.log, node.decidedIdx]).toEqual([['x'], 0]);
    expect(node.omniPaxos.getPromise()).toEqual(n1);
    expect(node.sentOf('prepareRequest', 3)).toHaveLength(1);
  });
});

describe('L6, H4: Prepare of the promised ballot again', () => {
  test('is answered with a Promise and changes no state', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    const before = node.storage.batches.length;
    node.receive(1, prepare(n1)).receive(1, prepare(n1));
    expect(node.sentOf('promise', 1)).toMatchObject([
      { n: n1, acceptedRound: n1, acceptedIdx: 1, decidedIdx: 1 },
      { n: n1, acceptedRound: n1, acceptedIdx: 1, decidedIdx: 1 },
    ]);
    expect(node.storage.batches).toHaveLength(before);
    node.receive(1, acceptDecide(n1, 1, ['b'], 2));
    expect([node.log, node.decidedIdx]).toEqual([['a', 'b'], 2]);
  });

  test('a duplicate question to prepare starves nobody: the leader goes on sending', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.receive(1, { kind: 'prepareRequest', n }).receive(1, { kind: 'prepareRequest', n });
    expect(node.sentOf('prepare', 1)).toHaveLength(2);
    node.append('a');
    expect(node.sentOf('acceptDecide', 1)).toMatchObject([{ firstIdx: 0, entries: ['a'] }]);
  });
});

describe('L6: a follower that is out of step asks every resend timeout', () => {
  test('between Promise and AcceptSync', () => {
    const node = new StepNode();
    node.receive(1, prepare(n1)).sent();
    for (let i = 0; i < 3; i++) {
      node.tick(RESEND_TICKS);
      expect(node.sentOf('promise', 1)).toHaveLength(1);
    }
  });

  test('after a restart', () => {
    const node = new StepNode().follow(n1, ['a']).restart();
    node.sent();
    for (let i = 0; i < 3; i++) {
      node.tick(RESEND_TICKS);
      const asked = node.sentMessages().filter(({ body }) => body.kind === 'prepareRequest');
      expect(asked.map(({ to }) => to)).toEqual([1, 3]);
    }
  });

  test('a lower ballot that has decided more is asked for decided entries', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    node.receive(3, prepare(n2)).sent();
    node.receive(1, acceptDecide(n1, 1, ['b'], 2));
    expect(node.sentOf('decidedRequest', 1)).toMatchObject([{ fromIdx: 1 }]);
  });

  test('also while it goes on asking the candidate that it promised', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    node.receive(3, prepare(n2)).tick(RESEND_TICKS).sent();
    let asked = 0;
    for (let i = 0; i < 4 * RESEND_TICKS; i++) {
      node.tick().receive(1, acceptDecide(n1, 1 + i, ['b'], 2 + i));
      asked += node.sentOf('decidedRequest', 1).length;
    }
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(asked).toBeLessThanOrEqual(5);
  });
});

describe('A4: indices are lengths of one zero-based log', () => {
  test('decidedIdx 2 means that entries 0 and 1 are decided', () => {
    const { omniPaxos } = new StepNode().follow(n1, ['a', 'b', 'c'], 2);
    const { decidedIdx, acceptedIdx, compactedIdx } = omniPaxos.status();
    expect({ decidedIdx, acceptedIdx, compactedIdx }).toEqual({
      decidedIdx: 2,
      acceptedIdx: 3,
      compactedIdx: 0,
    });
    expect(omniPaxos.read(0)).toEqual({ kind: 'decided', idx: 0, entry: 'a' });
    expect(omniPaxos.read(2)).toEqual({ kind: 'undecided', idx: 2, entry: 'c' });
    expect(omniPaxos.read(3)).toBeUndefined();
    expect(omniPaxos.readEntries(1, 4)).toBeUndefined();
    expect(omniPaxos.readEntries(3, 3)).toEqual([]);
    expect(omniPaxos.readDecidedSuffix(1)).toEqual([{ kind: 'decided', idx: 1, entry: 'b' }]);
  });
});

describe('H10: an accepted index never goes down within a ballot', () => {
  test('a late Accepted takes nothing back', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.flushes = 'whenTold';
    node.append('a', 'b', 'c');
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 3 });
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 1 });
    node.receive(3, { kind: 'accepted', n, acceptedIdx: 3 });
    expect(node.decidedIdx).toBe(3);
  });

  test('an Accepted of another ballot does not count', () => {
    const node = new StepNode();
    node.leadAndBeReady();
    node.append('a').receive(1, { kind: 'accepted', n: n1, acceptedIdx: 1 });
    expect(node.decidedIdx).toBe(0);
  });
});

describe('H17: receiver, sender and configuration are checked', () => {
  test.each([
    { name: 'another configuration', message: { configurationId: 2, from: 1, to: 2 } },
    { name: 'another receiver', message: { configurationId: 1, from: 1, to: 3 } },
    { name: 'an unknown sender', message: { configurationId: 1, from: 9, to: 2 } },
    { name: 'itself', message: { configurationId: 1, from: 2, to: 2 } },
  ])('a Prepare with $name changes nothing and gets no answer', ({ message }) => {
    const node = new StepNode();
    const n = ballot(5, message.from);
    node.input(() => node.omniPaxos.handleIncoming({ ...message, body: prepare(n) }));
    expect(node.storage.batches).toEqual([]);
    expect(node.sent()).toEqual([]);
  });

  test('only decided transfer crosses configurations (X8)', () => {
    const node = new StepNode();
    node.receive(1, decidedEntries(n1, 0, ['a']), 2);
    expect(node.decidedIdx).toBe(1);
  });
});

describe('H19: reconnected', () => {
  test('a leader prepares that peer, and that peer only, again', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.input(() => node.omniPaxos.reconnected(3));
    expect(node.sentMessages()).toMatchObject([{ to: 3, body: { kind: 'prepare', n } }]);
  });

  test('a follower shows its leader where its log stands', () => {
    const node = new StepNode().follow(n1, ['a']);
    node.input(() => node.omniPaxos.reconnected(1));
    expect(node.sentMessages()).toMatchObject([{ to: 1 }]);
  });
});

describe('H22: NotAccepted', () => {
  test('answers the Prepare of a stale candidate', () => {
    const node = new StepNode().follow(n2, ['a']);
    node.receive(1, prepare(n1));
    expect(node.sentMessages()).toMatchObject([
      { to: 1, body: { kind: 'notAccepted', promise: n2 } },
    ]);
    expect(node.omniPaxos.getPromise()).toEqual(n2);
  });

  test('makes the next takeover go beyond the promise that it shows', () => {
    const node = new StepNode();
    const first = node.takeOver();
    node.receive(1, { kind: 'notAccepted', promise: ballot(41, 1) });
    node.receive(3, { kind: 'notAccepted', promise: ballot(41, 1) });
    node.sent();
    for (let i = 0; i < 200 && !node.events.some((e) => e.kind === 'lostLeadership'); i++) {
      // The peers follow something above this ballot; only NotAccepted says how far above.
      node.tick().answerHeartbeats([1, 3], () => ({ leader: ballot(first.n + 1, 1) }));
    }
    expect(node.omniPaxos.getPromise().n).toBeGreaterThan(41);
    expect(first.n).toBeLessThan(41);
  });

  test('a stale one, below the ballot, changes nothing', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.receive(1, { kind: 'notAccepted', promise: { ...n, n: n.n - 1 } }).append('a');
    expect(node.sentOf('acceptDecide', 1)).toHaveLength(1);
  });
});
