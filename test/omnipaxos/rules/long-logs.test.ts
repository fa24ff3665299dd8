/**
 * How a long log travels: P4, L2, L3, L4. Entries of a mebibyte make small logs long.
 */

import { describe, expect, test } from 'vitest';
import {
  ballot,
  decidedEntries,
  ELECTION_TICKS,
  prepare,
  promise,
  RESEND_TICKS,
  StepNode,
} from '../../support/step-node.js';

const MiB = 1024 * 1024;
const sizeOf = () => MiB;
const n1 = ballot(1, 1);
const decidedLog = Array.from({ length: 20 }, (_, i) => `decided-${i}`);
const undecided = ['undecided-1', 'undecided-2'];

/** A node whose log has 20 MiB decided and 2 MiB undecided. */
function nodeWithLongLog() {
  const node = new StepNode({ sizeOf });
  node.receive(3, decidedEntries(n1, 0, decidedLog));
  node.follow(n1, [...decidedLog, ...undecided], 20);
  return node;
}

/** Promises of a server whose decided log the candidate lacks. */
const longPromise = {
  acceptedRound: n1,
  decidedIdx: 20,
  acceptedIdx: 22,
  suffix: { firstIdx: 20, entries: undecided },
};

function chunkOf(fromIdx: number, count: number, round = n1) {
  const entries = decidedLog.slice(fromIdx, fromIdx + count);
  return { ...decidedEntries(round, fromIdx, entries), decidedIdx: 20 };
}

describe('L2: a Promise', () => {
  test('carries what lies behind its sender’s decidedIdx where the whole is too long', () => {
    const node = nodeWithLongLog();
    node.receive(3, prepare(ballot(5, 3)));
    expect(node.sentOf('promise', 3)).toMatchObject([longPromise]);
  });

  test('a candidate fetches what lies below, from the sender of that Promise, before it adopts', () => {
    const node = new StepNode({ sizeOf });
    const n = node.takeOver();
    node.receive(1, promise(n, longPromise));
    expect(node.omniPaxos.status().phase).toBe('prepare');
    expect(node.sentOf('decidedRequest', 1)).toMatchObject([{ fromIdx: 0 }]);
    node.receive(1, chunkOf(0, 12));
    expect(node.sentOf('decidedRequest', 1)).toMatchObject([{ fromIdx: 12 }]);
    expect(node.omniPaxos.status().phase).toBe('prepare');
    node.receive(1, chunkOf(12, 8));
    expect(node.omniPaxos.status()).toMatchObject({ phase: 'accept', decidedIdx: 20 });
    expect(node.log).toEqual([...decidedLog, ...undecided]);
  });

  test('a lost chunk is asked for again', () => {
    const node = new StepNode({ sizeOf });
    const n = node.takeOver();
    node.receive(1, promise(n, longPromise)).sent();
    node.tick(RESEND_TICKS);
    expect(node.sentOf('decidedRequest', 1)).toMatchObject([{ fromIdx: 0 }]);
  });

  test.each([
    {
      how: 'gives no chunk for an election timeout',
      end: (node: StepNode) => node.tick(ELECTION_TICKS),
    },
    {
      how: 'closes its link',
      end: (node: StepNode) => node.input(() => node.omniPaxos.disconnected(1)),
    },
  ])('if the source $how, its Promise is forgotten and the rest judged anew', ({ end }) => {
    const node = new StepNode({ sizeOf });
    const n = node.takeOver();
    node.receive(1, promise(n, longPromise));
    end(node);
    node.sent();
    node.receive(3, promise(n));
    expect(node.omniPaxos.status()).toMatchObject({ phase: 'accept', decidedIdx: 0 });
    // decidedIdx is the maximum over the promises that were used.
    expect(node.log).toEqual([]);
  });

  test('with too few promises left, the candidate goes on preparing', () => {
    const node = new StepNode({ sizeOf });
    const n = node.takeOver();
    node.receive(1, promise(n, longPromise));
    node.input(() => node.omniPaxos.disconnected(1));
    expect(node.omniPaxos.status().phase).toBe('prepare');
    node.sent();
    node.tick(RESEND_TICKS);
    const prepared = node.sentMessages().filter(({ body }) => body.kind === 'prepare');
    expect(prepared.map(({ to }) => to)).toEqual([1, 3]);
  });
});

describe('L3: a candidate that has fetched for an election timeout', () => {
  test('reports itself unhappy and does not take over from itself', () => {
    const node = new StepNode({ sizeOf });
    const n = node.takeOver();
    node.receive(1, promise(n, longPromise));
    // A chunk now and then: slow, but never silent for an election timeout.
    for (let i = 0; i < 8; i++) {
      for (let k = 0; k < ELECTION_TICKS / 2; k++) {
        node.tick().answerHeartbeats([1, 3], () => ({ leader: n }));
      }
      node.receive(1, chunkOf(i, 1));
    }
    expect(node.omniPaxos.status().phase).toBe('prepare');
    node.receive(3, { kind: 'heartbeatRequest', round: 1, decidedIdx: 0, progress: undefined });
    expect(node.sentOf('heartbeatReply', 3).at(-1)).toMatchObject({ isHappy: false });
    expect(node.events.filter(({ kind }) => kind === 'becameLeader')).toHaveLength(1);
  });
});

describe('L4, P4: AcceptSync', () => {
  function leaderWithLongLog() {
    const node = nodeWithLongLog();
    const n = node.lead(new Map([[1, { acceptedRound: n1, acceptedIdx: 22, decidedIdx: 20 }]]));
    node.sent();
    return { node, n };
  }

  test('is not sent to a follower that lacks more than fits: decided entries go first', () => {
    const { node, n } = leaderWithLongLog();
    node.receive(3, promise(n));
    const bodies = node.sent();
    expect(bodies.map(({ kind }) => kind)).toEqual(['decidedEntries']);
    expect(bodies).toMatchObject([{ firstIdx: 0, decidedIdx: 20 }]);
  });

  test('answers the fresh Promise that follows the transfer', () => {
    const { node, n } = leaderWithLongLog();
    node.receive(3, promise(n)).sent();
    node.receive(3, promise(n, { decidedIdx: 20, acceptedIdx: 20 }));
    expect(node.sentOf('acceptSync', 3)).toMatchObject([{ firstIdx: 20, entries: undecided }]);
  });

  test('a follower that caught up by transfer promises afresh', () => {
    const node = new StepNode({ sizeOf });
    const n = ballot(5, 3);
    node.receive(3, prepare(n)).sent();
    node.receive(3, chunkOf(0, 20));
    expect(node.sentOf('promise', 3)).toMatchObject([{ n, decidedIdx: 20, acceptedIdx: 20 }]);
  });

  test('reaches the length of the log at the end of Prepare, in one piece', () => {
    const { node, n } = leaderWithLongLog();
    node.append('later-1', 'later-2', 'later-3').sent();
    node.receive(3, promise(n, { decidedIdx: 20, acceptedIdx: 20 }));
    const bodies = node.sent();
    const [sync] = bodies;
    expect(sync).toMatchObject({ kind: 'acceptSync', firstIdx: 20 });
    const end = sync?.kind === 'acceptSync' ? sync.firstIdx + sync.entries.length : 0;
    expect(end).toBeGreaterThanOrEqual(22);
    const rest = bodies.slice(1).flatMap((b) => (b.kind === 'acceptDecide' ? b.entries : []));
    expect(rest).toEqual(['later-1', 'later-2', 'later-3'].slice(end - 22));
  });

  test('is empty for a follower whose decided log is longer than what was adopted', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.append('a', 'b').receive(1, { kind: 'accepted', n, acceptedIdx: 2 }).sent();
    node.receive(3, promise(n, { acceptedRound: n1, decidedIdx: 2, acceptedIdx: 3 }));
    expect(node.sentOf('acceptSync', 3)).toMatchObject([{ firstIdx: 2, entries: [] }]);
  });
});

describe('R3: chunks and windows', () => {
  test('AcceptDecide goes out in chunks of at most 1 MiB, up to a window of 8', () => {
    const node = new StepNode({ sizeOf: () => MiB / 2 });
    node.leadAndBeReady();
    node.append(...Array.from({ length: 16 }, (_, i) => `entry-${i}`));
    const chunks = node.sentOf('acceptDecide', 1);
    expect(chunks).toHaveLength(8);
    for (const { entries } of chunks) expect(entries.length).toBeLessThanOrEqual(2);
    expect(chunks.map(({ firstIdx }) => firstIdx)).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  });

  test('a follower that does not answer gets no more than its window, and holds up nobody', () => {
    const node = new StepNode({ sizeOf });
    const n = node.leadAndBeReady();
    let sentBytes = 0;
    for (let round = 1; round <= 3; round++) {
      node.append(...Array.from({ length: 8 }, (_, i) => `entry-${round}-${i}`));
      node.receive(1, { kind: 'accepted', n, acceptedIdx: 8 * round });
      const entries = node.sentOf('acceptDecide', 3).flatMap((body) => body.entries);
      sentBytes += entries.length * MiB;
    }
    expect(node.decidedIdx).toBe(24);
    expect(sentBytes).toBe(8 * MiB);
    node.receive(3, { kind: 'accepted', n, acceptedIdx: 4 });
    expect(node.sentOf('acceptDecide', 3)).toHaveLength(4);
  });

  test('after a question: one chunk, and with each answer as much again', () => {
    const node = new StepNode({ sizeOf });
    const n = node.leadAndBeReady();
    node.append(...decidedLog.slice(0, 8)).sent();
    node.receive(3, promise(n, { acceptedRound: n }));
    const answers = [0, 1, 3].map((acceptedIdx) => {
      node.receive(3, { kind: 'accepted', n, acceptedIdx });
      return node.sentOf('acceptDecide', 3).map(({ firstIdx }) => firstIdx);
    });
    expect(answers).toEqual([[0], [1, 2], [3, 4, 5, 6]]);
  });

  test('what was sent once more is answered by an Accepted that says nothing new', () => {
    const node = new StepNode({ sizeOf });
    const n = node.leadAndBeReady();
    node.append(...decidedLog.slice(0, 8));
    node.receive(3, { kind: 'accepted', n, acceptedIdx: 8 }).sent();
    // A Promise that was overtaken by the Accepted.
    node.receive(3, promise(n, { acceptedRound: n, acceptedIdx: 6 }));
    expect(node.sentOf('acceptDecide', 3)).toMatchObject([{ firstIdx: 6 }]);
    node.receive(3, { kind: 'accepted', n, acceptedIdx: 8 });
    expect(node.sentOf('acceptDecide', 3)).toMatchObject([{ firstIdx: 7 }]);
  });
});
