/**
 * What a follower asks, whom, and when it keeps quiet: L5, L6, H5, H19. Hand-made messages.
 */

import { describe, expect, test } from 'vitest';
import type { Ballot } from '../../../src/core/omnipaxos/ballot.js';
import {
  acceptDecide,
  acceptSync,
  ballot,
  decidedEntries,
  ELECTION_TICKS,
  prepare,
  RESEND_TICKS,
  StepNode,
} from '../../support/step-node.js';

const n1 = ballot(1, 1);
const n2 = ballot(2, 3);

function showProgress(node: StepNode, from: number, n: Ballot, acceptedIdx: number, decided = 0) {
  const progress = { n, acceptedIdx, decidedIdx: decided };
  node.receive(from, { kind: 'heartbeatRequest', round: 1, decidedIdx: 0, progress });
}

function showDecided(node: StepNode, from: number, decidedIdx: number) {
  const progress = undefined;
  node.receive(from, { kind: 'heartbeatRequest', round: 1, decidedIdx, progress });
}

function reconnect(node: StepNode, pid: number) {
  node.sent();
  node.input(() => node.omniPaxos.reconnected(pid));
  return node.sentMessages().map(({ to, body }) => ({ to, kind: body.kind }));
}

/** A server that learned a promise by a decided transfer: it saw no Prepare of it. */
function promisedByTransfer() {
  const node = new StepNode();
  node.receive(1, decidedEntries(n2, 0, ['a'])).sent();
  return node;
}

describe('a server that lacks nothing asks nothing', () => {
  test('a fresh one, however long nobody leads', () => {
    const node = new StepNode().tick(5 * RESEND_TICKS);
    expect(node.sent()).toEqual([]);
  });

  test('one in step, after a transfer that brought the rest', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    node.receive(3, decidedEntries(n1, 1, ['b'])).tick(3 * RESEND_TICKS);
    expect(node.sent()).toEqual([]);
  });

  test('one whose gap the leader’s own length shows to be closed', () => {
    const node = new StepNode().follow(n1, ['a']);
    node.receive(1, acceptDecide(n1, 3, ['d'])).sent();
    showProgress(node, 1, n1, 1);
    node.tick(3 * RESEND_TICKS);
    expect(node.sent()).toEqual([]);
  });

  test('one that has decided as much as the others show', () => {
    const node = new StepNode().follow(n1, ['a', 'b'], 2);
    for (let i = 0; i < 4; i++) {
      showDecided(node, 3, 2);
      node.tick(ELECTION_TICKS);
    }
    expect(node.sentOf('decidedRequest')).toEqual([]);
  });

  test('one that was shown a longer decided log a moment ago: the leader may be about to tell', () => {
    const node = new StepNode().follow(n1, ['a'], 1).tick(2 * ELECTION_TICKS);
    showDecided(node, 3, 2);
    node.tick(ELECTION_TICKS - 1);
    showDecided(node, 3, 2);
    expect(node.sentOf('decidedRequest')).toEqual([]);
    node.tick();
    showDecided(node, 3, 2);
    expect(node.sentOf('decidedRequest')).toHaveLength(1);
  });

  test('one that refuses a lower ballot which has decided no more', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    node.receive(3, prepare(n2)).sent();
    node.receive(1, acceptDecide(n1, 1, ['b'], 1));
    expect(node.sent()).toEqual([{ kind: 'notAccepted', promise: n2 }]);
  });

  test('a duplicate AcceptDecide is acknowledged again, and writes nothing', () => {
    const node = new StepNode().follow(n1).receive(1, acceptDecide(n1, 0, ['a']));
    const before = node.storage.batches.length;
    node.sent();
    node.receive(1, acceptDecide(n1, 0, ['a']));
    expect(node.sent()).toEqual([{ kind: 'accepted', n: n1, acceptedIdx: 1 }]);
    expect(node.storage.batches).toHaveLength(before);
  });

  test('a chunk that brings nothing, or does not join, is not answered and not told', () => {
    const node = new StepNode().follow(n1, ['a', 'b'], 2);
    node.events.length = 0;
    node.sent();
    node.receive(3, { ...decidedEntries(n2, 0, ['a', 'b']), decidedIdx: 9 });
    node.receive(3, { ...decidedEntries(n2, 3, ['d']), decidedIdx: 9 });
    expect([node.sent(), node.events]).toEqual([[], []]);
    expect(node.omniPaxos.getPromise()).toEqual(n1);
  });
});

describe('L6: what is asked at once', () => {
  test('who leads, where a heartbeat shows a leader of a higher ballot', () => {
    const node = new StepNode().follow(n1, ['a', 'b']);
    showProgress(node, 3, n2, 2, 2);
    expect(node.sentMessages()).toMatchObject([{ to: 3, body: { kind: 'prepareRequest', n: n1 } }]);
    expect(node.decidedIdx).toBe(0);
  });

  test('nothing where the heartbeat is of a lower one, which moves no index either', () => {
    const node = new StepNode().follow(n2, ['a', 'b']);
    showProgress(node, 1, n1, 9, 2);
    node.tick(ELECTION_TICKS);
    showProgress(node, 1, n1, 9, 2);
    expect([node.sent(), node.decidedIdx]).toEqual([[], 0]);
  });

  test('where to start, by AcceptDecide of the promised ballot before its AcceptSync', () => {
    const node = new StepNode();
    node.receive(3, prepare(n2)).sent();
    node.receive(3, acceptDecide(n2, 0, ['a']));
    expect(node.sentOf('promise', 3)).toMatchObject([{ n: n2 }]);
  });

  test('the same again one resend timeout later, not sooner', () => {
    const node = new StepNode().follow(n1, ['a']);
    const ask = () => node.receive(3, acceptSync(n2, 0, ['x'])).sentOf('prepareRequest', 3).length;
    const asked = [ask(), ask()];
    node.tick(RESEND_TICKS - 1);
    asked.push(ask());
    node.tick();
    asked.push(ask());
    expect(asked).toEqual([1, 0, 0, 1]);
  });
});

describe('H19: reconnected', () => {
  test('a server that has promised nobody says nothing', () => {
    expect(reconnect(new StepNode(), 1)).toEqual([]);
  });

  test('a follower in step shows its leader where it stands, and says nothing to others', () => {
    const node = new StepNode().follow(n1, ['a'], 1).tick(1);
    expect(reconnect(node, 3)).toEqual([]);
    node.input(() => node.omniPaxos.reconnected(1));
    expect(node.sentMessages()).toMatchObject([{ to: 1 }]);
    node.input(() => node.omniPaxos.reconnected(1));
    expect(node.sent()).toEqual([
      {
        kind: 'promise',
        n: n1,
        acceptedRound: n1,
        decidedIdx: 1,
        acceptedIdx: 1,
        suffix: { firstIdx: 1, entries: [] },
      },
    ]);
  });

  test('one between Promise and AcceptSync promises its candidate again, and asks others', () => {
    const node = new StepNode();
    node.receive(3, prepare(n2));
    expect(reconnect(node, 3)).toEqual([{ to: 3, kind: 'promise' }]);
    expect(reconnect(node, 1)).toEqual([{ to: 1, kind: 'prepareRequest' }]);
  });

  test('one that knows its promise by a transfer only asks for a Prepare: it has seen none', () => {
    const node = promisedByTransfer();
    expect(reconnect(node, 3)).toEqual([{ to: 3, kind: 'prepareRequest' }]);
    expect(reconnect(node, 1)).toEqual([{ to: 1, kind: 'prepareRequest' }]);
  });

  test('a restarted one asks the peer that came back, and no other', () => {
    const node = new StepNode().follow(n1, ['a']).restart();
    expect(reconnect(node, 3)).toEqual([{ to: 3, kind: 'prepareRequest' }]);
  });
});

describe('what the owner is told', () => {
  test('a leader is told once, when its log is ours', () => {
    const node = new StepNode();
    node.receive(1, prepare(n1));
    expect(node.events).toEqual([]);
    node.receive(1, acceptSync(n1, 0, ['a'])).receive(1, acceptDecide(n1, 1, ['b'], 2));
    expect(node.events).toEqual([{ kind: 'leaderKnown', ballot: n1 }]);
    node.follow(n2, ['a', 'b'], 2);
    expect(node.events.at(-1)).toEqual({ kind: 'leaderKnown', ballot: n2 });
  });

  test('a transfer is told with its source and its end', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    node.events.length = 0;
    node.receive(3, decidedEntries(n1, 0, ['a', 'b', 'c']));
    expect(node.events).toEqual([{ kind: 'decidedTransfer', from: 3, toIdx: 3 }]);
  });

  test('a restarted server is in step again as soon as it hears its leader', () => {
    const node = new StepNode().follow(n1, ['a']).restart();
    expect(node.omniPaxos.status()).toMatchObject({ phase: 'recover', leader: undefined });
    node.receive(1, { kind: 'decide', n: n1, decidedIdx: 1 });
    expect(node.omniPaxos.status()).toMatchObject({ phase: 'accept', leader: 1, decidedIdx: 1 });
  });
});
