/**
 * H5: the tail of a burst is repaired by heartbeats, and by no more than they may say.
 */

import { describe, expect, test } from 'vitest';
import { ZERO_BALLOT, type Ballot } from '../../../src/core/omnipaxos/ballot.js';
import {
  acceptDecide,
  acceptSync,
  ballot,
  decidedEntries,
  ELECTION_TICKS,
  heartbeatReply,
  prepare,
  promise,
  StepNode,
} from '../../support/step-node.js';

const n1 = ballot(1, 1);
const n2 = ballot(2, 3);

function showProgress(node: StepNode, from: number, n: Ballot, accepted: number, decided: number) {
  const progress = { n, acceptedIdx: accepted, decidedIdx: decided };
  const round = 1;
  node.receive(from, { kind: 'heartbeatRequest', round, decidedIdx: decided, progress });
}

function showDecided(node: StepNode, from: number, decidedIdx: number) {
  const progress = undefined;
  node.receive(from, { kind: 'heartbeatRequest', round: 1, decidedIdx, progress });
}

/** What the node's next heartbeat requests show. */
function nextProgress(node: StepNode) {
  node.sentOf('heartbeatRequest');
  for (let i = 0; i <= ELECTION_TICKS; i++) {
    const [request] = node.tick().sentOf('heartbeatRequest');
    if (request !== undefined) return request.progress;
  }
  throw new Error('no heartbeat');
}

describe('H5: who shows (n, accepted, decided)', () => {
  test('a leader in Accept', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.append('a', 'b').receive(1, { kind: 'accepted', n, acceptedIdx: 1 });
    expect(nextProgress(node)).toEqual({ n, acceptedIdx: 2, decidedIdx: 1 });
  });

  test('not a leader in Prepare', () => {
    const node = new StepNode();
    node.takeOver();
    expect(nextProgress(node)).toBeUndefined();
  });

  test('not a follower, not even of its own log', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    expect(nextProgress(node)).toBeUndefined();
  });

  test('not a leader that was deposed, before the election has noticed', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.append('a').receive(3, prepare({ ...n2, n: n.n + 5 }));
    expect(nextProgress(node)).toBeUndefined();
  });
});

describe('H5: who uses it', () => {
  test('a follower with promise = accepted round = n: a lost Decide is repaired', () => {
    const node = new StepNode().follow(n1, ['a', 'b']);
    showProgress(node, 1, n1, 2, 2);
    expect(node.decidedIdx).toBe(2);
  });

  test('never beyond the own accepted length', () => {
    const node = new StepNode().follow(n1, ['a']);
    showProgress(node, 1, n1, 3, 3);
    expect(node.decidedIdx).toBe(1);
  });

  test('not a follower that promised n and accepted in another round', () => {
    const node = new StepNode().follow(n1, ['a', 'x']);
    node.receive(3, prepare(n2));
    showProgress(node, 3, n2, 2, 2);
    expect(node.decidedIdx).toBe(0);
  });

  test('not a follower that accepted in n and promised another ballot', () => {
    const node = new StepNode().follow(n1, ['a', 'b']);
    node.receive(3, prepare(n2));
    showProgress(node, 1, n1, 2, 2);
    expect(node.decidedIdx).toBe(0);
  });

  test('a follower whose log stays shorter asks: a lost AcceptDecide is repaired', () => {
    const node = new StepNode().follow(n1, ['a']);
    node.tick(ELECTION_TICKS).sent();
    showProgress(node, 1, n1, 2, 1);
    node.tick(ELECTION_TICKS);
    showProgress(node, 1, n1, 2, 1);
    expect(node.sentOf('promise', 1)).toMatchObject([{ acceptedRound: n1, acceptedIdx: 1 }]);
  });
});

describe('a gap that is closed', () => {
  test('by a transfer is asked about no more', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    node.receive(1, acceptDecide(n1, 3, ['d']));
    node.receive(3, decidedEntries(n1, 1, ['b', 'c', 'd'])).sent();
    showProgress(node, 1, n1, 4, 4);
    node.tick(5 * ELECTION_TICKS);
    expect(node.sent()).toEqual([]);
  });

  test('by the leader is asked about no more', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    node.receive(1, acceptDecide(n1, 3, ['d']));
    node.receive(1, acceptDecide(n1, 1, ['b', 'c', 'd'])).sent();
    node.tick(5 * ELECTION_TICKS);
    expect(node.sent()).toEqual([]);
  });
});

describe('H5: a bare decidedIdx', () => {
  test('moves no index, even where the log is long enough', () => {
    const node = new StepNode().follow(n1, ['a', 'b']);
    for (const from of [1, 3]) showDecided(node, from, 2);
    expect(node.decidedIdx).toBe(0);
  });

  test('starts a transfer after an idle election timeout', () => {
    const node = new StepNode().follow(n1, ['a'], 1);
    showDecided(node, 3, 4);
    expect(node.sentOf('decidedRequest')).toEqual([]);
    node.tick(ELECTION_TICKS);
    showDecided(node, 3, 4);
    expect(node.sentOf('decidedRequest', 3)).toMatchObject([{ fromIdx: 1 }]);
  });
});

describe('H5: a reply repeats the last Accepted that was released', () => {
  function shownBy(node: StepNode) {
    showDecided(node, 1, 0);
    return node.sentOf('heartbeatReply', 1).at(-1)?.accepted;
  }

  test('not what is still being written', () => {
    const node = new StepNode().follow(n1, ['a']);
    node.flushes = 'whenTold';
    node.receive(1, acceptDecide(n1, 1, ['b'])).startFlush();
    expect(shownBy(node)).toEqual({ n: n1, acceptedIdx: 1 });
    node.completeFlush();
    expect(shownBy(node)).toEqual({ n: n1, acceptedIdx: 2 });
  });

  test('nothing before an AcceptSync is durable, and nothing of a round that is over', () => {
    const node = new StepNode();
    expect(shownBy(node)).toBeUndefined();
    node.receive(1, prepare(n1));
    node.flushes = 'whenTold';
    node.receive(1, acceptSync(n1, 0, ['a'])).startFlush();
    expect(shownBy(node)).toBeUndefined();
    node.completeFlush();
    expect(shownBy(node)).toEqual({ n: n1, acceptedIdx: 1 });
    node.receive(3, prepare(n2));
    expect(shownBy(node)?.n ?? n1).toEqual(n1);
  });

  test('the leader handles it as an Accepted: a lost one is repaired', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.append('a');
    node.receive(1, heartbeatReply(1, 0, { leader: n, accepted: { n, acceptedIdx: 1 } }));
    expect(node.decidedIdx).toBe(1);
  });

  test('only for its own ballot', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.append('a');
    const other = { n: { ...n, n: n.n + 1, pid: 1 }, acceptedIdx: 1 };
    node.receive(1, heartbeatReply(1, 0, { leader: n, accepted: other }));
    expect(node.decidedIdx).toBe(0);
  });
});

describe('H5: lost Prepare and Promise', () => {
  test('a leader prepares again every resend timeout, until a Promise comes', () => {
    const node = new StepNode();
    const n = node.takeOver();
    node.sent();
    node.tick(20);
    expect(node.sentOf('prepare').map((body) => body.n)).toEqual([n, n]);
    node.receive(1, promise(n)).tick(20);
    const again = node.sentMessages().filter(({ body }) => body.kind === 'prepare');
    expect(again.map(({ to }) => to)).toEqual([3]);
    expect(node.omniPaxos.status().acceptedRound).not.toEqual(ZERO_BALLOT);
  });
});
