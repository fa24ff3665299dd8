/**
 * Who may lead, and when: A5, E1 to E6, H6, H11, H15, H16, H20, H21.
 */

import { describe, expect, test } from 'vitest';
import { compareBallots, ZERO_BALLOT, type Ballot } from '../../../src/core/omnipaxos/ballot.js';
import {
  acceptSync,
  ballot,
  ELECTION_TICKS,
  prepare,
  promise,
  StepNode,
  type BodyOf,
} from '../../support/step-node.js';

const n1 = ballot(1, 1);

function hasTakenOver(node: StepNode): boolean {
  return node.events.some(({ kind }) => kind === 'becameLeader');
}

/** Ticks while the given peers answer each heartbeat as told. */
function tickAnswered(
  node: StepNode,
  ticks: number,
  from: readonly number[],
  reply: (pid: number) => Partial<BodyOf<'heartbeatReply'>> = () => ({}),
) {
  for (let i = 0; i < ticks; i++) node.tick().answerHeartbeats(from, reply);
}

describe('E1: ballots', () => {
  test('are ordered by configuration, n, priority, pid', () => {
    const ascending = [
      ZERO_BALLOT,
      ballot(1, 9, 1, 0),
      ballot(1, 1, 1, 5),
      ballot(9, 1, 1, 0),
      ballot(9, 2, 1, 0),
      ballot(1, 1, 2, 0),
    ];
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries()) {
        expect(Math.sign(compareBallots(a, b))).toBe(Math.sign(i - j));
      }
    }
  });

  test('a server with a promise of an older configuration promises a newer, though n is lower', () => {
    const old = new StepNode().follow(ballot(9, 1), ['a']);
    const node = new StepNode({ disk: old.disk, protocol: { configurationId: 2 } });
    node.sent();
    node.receive(1, prepare(ballot(1, 1, 2)), 2);
    expect(node.sentOf('promise', 1)).toMatchObject([{ n: ballot(1, 1, 2) }]);
  });

  test('a takeover goes beyond the stored promise', () => {
    const node = new StepNode().follow(ballot(7, 3), ['a']).restart();
    expect(compareBallots(node.takeOver(), ballot(7, 3))).toBeGreaterThan(0);
  });

  test('its priority is in the ballot', () => {
    const node = new StepNode({ protocol: { leaderPriority: 4 } });
    expect(node.takeOver()).toMatchObject({ priority: 4, pid: 2 });
  });
});

describe('E3, H15: nobody takes over', () => {
  test('without replies, however long', () => {
    const node = new StepNode();
    node.tick(20 * ELECTION_TICKS);
    expect(hasTakenOver(node)).toBe(false);
    expect(node.sentOf('prepare')).toEqual([]);
  });

  test('before one full round, even where all have replied', () => {
    const node = new StepNode();
    node.answerHeartbeats([1, 3]);
    tickAnswered(node, ELECTION_TICKS - 1, [1, 3]);
    expect(hasTakenOver(node)).toBe(false);
    tickAnswered(node, 2, [1, 3]);
    expect(hasTakenOver(node)).toBe(true);
  });

  test('with fewer replies than a prepare quorum', () => {
    const node = new StepNode({ peers: [1, 3, 4, 5] });
    tickAnswered(node, 10 * ELECTION_TICKS, [1]);
    expect(hasTakenOver(node)).toBe(false);
    tickAnswered(node, 2 * ELECTION_TICKS, [1, 5]);
    expect(hasTakenOver(node)).toBe(true);
  });

  test('with fewer replies than a flexible prepare quorum', () => {
    const flexibleQuorum = { readQuorumSize: 4, writeQuorumSize: 2 };
    const node = new StepNode({ peers: [1, 3, 4, 5], protocol: { flexibleQuorum } });
    tickAnswered(node, 10 * ELECTION_TICKS, [1, 3]);
    expect(hasTakenOver(node)).toBe(false);
    tickAnswered(node, 2 * ELECTION_TICKS, [1, 3, 4]);
    expect(hasTakenOver(node)).toBe(true);
  });

  test('while one that replies is happy (the chained cut)', () => {
    const node = new StepNode().follow(n1, ['a']);
    tickAnswered(node, 20 * ELECTION_TICKS, [3], () => ({ leader: n1, isHappy: true }));
    expect(hasTakenOver(node)).toBe(false);
  });

  test('while its leader replies and is happy', () => {
    const node = new StepNode().follow(n1, ['a']);
    tickAnswered(node, 20 * ELECTION_TICKS, [1, 3], (pid) =>
      pid === 1 ? { ballot: n1, leader: n1, isHappy: true } : {},
    );
    expect(hasTakenOver(node)).toBe(false);
  });

  test('right after it has promised another', () => {
    const node = new StepNode().follow(n1, ['a']);
    tickAnswered(node, ELECTION_TICKS - 2, [3]);
    node.receive(3, prepare(ballot(5, 3)));
    tickAnswered(node, 3, [3]);
    expect(hasTakenOver(node)).toBe(false);
  });
});

describe('E2, H16: replies are kept by pid, for the running round', () => {
  test('a reply three times is one reply', () => {
    const node = new StepNode({ peers: [1, 3, 4, 5] });
    for (let i = 0; i < 5 * ELECTION_TICKS; i++) {
      node.tick();
      const requests = node.sentOf('heartbeatRequest', 1);
      for (const { round } of requests) {
        const reply = { kind: 'heartbeatReply', round, isHappy: false } as const;
        const ballots = { ballot: ballot(0, 1), leader: ZERO_BALLOT, accepted: undefined };
        for (let k = 0; k < 3; k++) node.receive(1, { ...reply, ...ballots });
      }
    }
    expect(hasTakenOver(node)).toBe(false);
  });

  test('a reply to an earlier round does not count', () => {
    const node = new StepNode();
    for (let i = 0; i < 5 * ELECTION_TICKS; i++) {
      node.tick();
      const round = node.sentOf('heartbeatRequest', 1)[0]?.round;
      if (round === undefined) continue;
      const ballots = { ballot: ballot(0, 1), leader: ZERO_BALLOT, accepted: undefined };
      node.receive(1, { kind: 'heartbeatReply', round: round - 1, isHappy: false, ...ballots });
    }
    expect(hasTakenOver(node)).toBe(false);
  });
});

describe('E5, E6: a closed connection', () => {
  function followerOfOne(peers: readonly number[] = [1, 3]) {
    const node = new StepNode({ peers }).follow(n1, ['a']);
    tickAnswered(node, ELECTION_TICKS + 5, peers, (pid) =>
      pid === 1 ? { ballot: n1, leader: n1, isHappy: true } : { leader: n1, isHappy: true },
    );
    node.sentOf('heartbeatRequest');
    return node;
  }

  test('of the leader opens a round at once; it ends when all that are connected replied', () => {
    const node = followerOfOne();
    node.input(() => node.omniPaxos.disconnected(1));
    expect(hasTakenOver(node)).toBe(false);
    node.answerHeartbeats([3], () => ({ leader: n1 }));
    expect(hasTakenOver(node)).toBe(true);
  });

  test('short rounds repeat, a tick apart, while others are still happy', () => {
    const node = followerOfOne();
    node.input(() => node.omniPaxos.disconnected(1));
    for (let i = 0; i < 5; i++) {
      node.answerHeartbeats([3], () => ({ leader: n1, isHappy: true }));
      expect(hasTakenOver(node)).toBe(false);
      node.tick();
    }
    node.answerHeartbeats([3], () => ({ leader: n1 }));
    expect(hasTakenOver(node)).toBe(true);
  });

  test('of another server opens no round', () => {
    const node = followerOfOne();
    node.input(() => node.omniPaxos.disconnected(3));
    expect(node.sentOf('heartbeatRequest')).toEqual([]);
  });

  test('never replaces the quorum: too few replies elect nobody', () => {
    const node = followerOfOne([1, 3, 4, 5]);
    for (const pid of [1, 4, 5]) node.input(() => node.omniPaxos.disconnected(pid));
    for (let i = 0; i < 10 * ELECTION_TICKS; i++) {
      node.tick().answerHeartbeats([3], () => ({ leader: n1 }));
    }
    expect(hasTakenOver(node)).toBe(false);
  });

  test('ends the hurry after an election timeout', () => {
    const node = followerOfOne();
    node.input(() => node.omniPaxos.disconnected(1));
    tickAnswered(node, ELECTION_TICKS + 2, [3], () => ({ leader: n1, isHappy: true }));
    node.sentOf('heartbeatRequest');
    let rounds = 0;
    for (let i = 0; i < 2 * ELECTION_TICKS; i++) {
      const opened = node.tick().sentOf('heartbeatRequest', 3);
      rounds += opened.length;
    }
    expect(rounds).toBeLessThanOrEqual(2);
  });
});

describe('H11: a leader without its accept quorum', () => {
  function isolated() {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.append('a').sent();
    node.tickFollowed(ELECTION_TICKS, n);
    const before = { ...node.omniPaxos.status() };
    node.input(() => node.omniPaxos.requestRead(1));
    node.tick(3 * ELECTION_TICKS);
    return { node, n, before };
  }

  test('refuses proposals and reads, and ends waiting reads', () => {
    const { node } = isolated();
    expect(() => node.append('b')).toThrow(
      expect.objectContaining({ code: 'OMNIKV_NO_QUORUM' }) as Error,
    );
    expect(node.omniPaxos.refusal(1)).toBe('OMNIKV_NO_QUORUM');
    node.input(() => node.omniPaxos.requestRead(2));
    expect(node.omniPaxos.takeReadyReads()).toEqual([
      { id: 1, kind: 'failed', code: 'OMNIKV_NO_QUORUM' },
      { id: 2, kind: 'failed', code: 'OMNIKV_NO_QUORUM' },
    ]);
    expect(node.omniPaxos.status().isServing).toBe(false);
    expect(node.events.map(({ kind }) => kind)).toContain('quorumLost');
  });

  test('drops proposals that others forward to it', () => {
    const { node } = isolated();
    node.receive(1, { kind: 'proposalForward', entries: ['b'] });
    expect(node.log).toEqual(['a']);
  });

  test('keeps ballot, role and log', () => {
    const { node, n, before } = isolated();
    const { role, phase, promise: promised, acceptedRound } = node.omniPaxos.status();
    expect({ role, phase, promised, acceptedRound }).toEqual({
      role: before.role,
      phase: before.phase,
      promised: n,
      acceptedRound: n,
    });
    expect(node.log).toEqual(['a']);
  });

  test('still decides what its followers have accepted', () => {
    const { node, n } = isolated();
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 1 });
    expect(node.decidedIdx).toBe(1);
  });

  test('serves again in the same ballot, without a new Prepare, when its quorum is back', () => {
    const { node, n } = isolated();
    node.sent();
    node.tickFollowed(2 * ELECTION_TICKS, n);
    expect(node.sentOf('prepare')).toEqual([]);
    node.append('b').receive(1, { kind: 'accepted', n, acceptedIdx: 2 });
    expect(node.decidedIdx).toBe(2);
    expect(node.events.map(({ kind }) => kind)).toContain('quorumBack');
    expect(node.omniPaxos.status().isServing).toBe(true);
  });

  test('one follower of four is no accept quorum; two are, and with write quorum 2 one is', () => {
    const serving = (by: number[], writeQuorumSize?: number) => {
      const flexibleQuorum =
        writeQuorumSize === undefined ? undefined : { readQuorumSize: 4, writeQuorumSize };
      const node = new StepNode({ peers: [1, 3, 4, 5], protocol: { flexibleQuorum } });
      const n = node.lead();
      for (const pid of node.peers) node.receive(pid, { kind: 'accepted', n, acceptedIdx: 0 });
      node.tickFollowed(3 * ELECTION_TICKS, n, by);
      return node.omniPaxos.status().isServing;
    };
    expect([serving([1]), serving([1, 3]), serving([1], 2)]).toEqual([false, true, true]);
  });
});

describe('a leader that sees a peer stranded with a dead candidate', () => {
  /** Two rounds in which peer 3 follows a higher ballot; the others follow the leader. */
  function leaderWithStranded(options: {
    readonly replyFrom: readonly number[];
    readonly isHappy?: boolean;
  }) {
    const flexibleQuorum = { readQuorumSize: 4, writeQuorumSize: 2 };
    const node = new StepNode({ peers: [1, 3, 4, 5], protocol: { flexibleQuorum } });
    const n = node.leadAndBeReady();
    const higher = ballot(n.n + 7, 5);
    node.events.length = 0;
    tickAnswered(node, 4 * ELECTION_TICKS, options.replyFrom, (pid) =>
      pid === 3
        ? { leader: higher, isHappy: options.isHappy ?? false }
        : { leader: n, isHappy: true },
    );
    return { node, n, higher };
  }

  test('leads anew, above that ballot', () => {
    const { node, higher } = leaderWithStranded({ replyFrom: [1, 3, 4, 5] });
    expect(hasTakenOver(node)).toBe(true);
    expect(compareBallots(node.omniPaxos.getPromise(), higher)).toBeGreaterThan(0);
  });

  test('not where that peer is happy: its leader lives', () => {
    const { node, n } = leaderWithStranded({ replyFrom: [1, 3, 4, 5], isHappy: true });
    expect(hasTakenOver(node)).toBe(false);
    expect(node.omniPaxos.getPromise()).toEqual(n);
  });

  test('not where no prepare quorum replies: it could not finish', () => {
    const { node } = leaderWithStranded({ replyFrom: [1, 3] });
    expect(hasTakenOver(node)).toBe(false);
    expect(node.omniPaxos.status().isServing).toBe(true);
  });
});

describe('a prepare quorum of promises', () => {
  function phaseAfter(promisesFrom: number[], readQuorumSize?: number) {
    const flexibleQuorum =
      readQuorumSize === undefined ? undefined : { readQuorumSize, writeQuorumSize: 2 };
    const node = new StepNode({ peers: [1, 3, 4, 5], protocol: { flexibleQuorum } });
    const n = node.takeOver();
    for (const pid of promisesFrom) node.receive(pid, promise(n));
    return node.omniPaxos.status().phase;
  }

  test('ends the Prepare phase, counted by pid', () => {
    expect(phaseAfter([1, 1, 1])).toBe('prepare');
    expect(phaseAfter([1, 3])).toBe('accept');
    expect(phaseAfter([1, 3], 4)).toBe('prepare');
    expect(phaseAfter([1, 3, 5], 4)).toBe('accept');
  });

  test('promises of another ballot do not count', () => {
    const node = new StepNode();
    const n = node.takeOver();
    node.receive(1, promise({ ...n, n: n.n - 1 })).receive(3, promise({ ...n, pid: 1 }));
    expect(node.omniPaxos.status().phase).toBe('prepare');
  });

  test('the best log is adopted: by accepted round, then by length', () => {
    const logs: [number, Ballot, string[]][] = [
      [1, ballot(1, 1), ['x', 'y', 'z']],
      [3, ballot(2, 3), ['a']],
      [4, ballot(2, 3), ['a', 'b']],
    ];
    const node = new StepNode({
      peers: [1, 3, 4, 5],
      protocol: { flexibleQuorum: { readQuorumSize: 4, writeQuorumSize: 2 } },
    });
    const n = node.takeOver();
    for (const [pid, acceptedRound, entries] of logs) {
      const suffix = { firstIdx: 0, entries };
      node.receive(pid, promise(n, { acceptedRound, acceptedIdx: entries.length, suffix }));
    }
    expect(node.log).toEqual(['a', 'b']);
    expect(node.sentOf('acceptSync', 1)).toMatchObject([{ firstIdx: 0, entries: ['a', 'b'] }]);
  });

  test('decidedIdx is the largest of the promises', () => {
    const node = new StepNode();
    const suffix = { firstIdx: 0, entries: ['a', 'b', 'c'] };
    const acceptedRound = ballot(1, 1);
    node.lead(new Map([[1, { acceptedRound, acceptedIdx: 3, decidedIdx: 2, suffix }]]));
    expect([node.log, node.decidedIdx]).toEqual([['a', 'b', 'c'], 2]);
  });
});

describe('only a higher promise ends a leadership', () => {
  test('a higher Prepare is promised, and what comes later is no longer led', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    const higher = ballot(n.n + 1, 3);
    node.append('a').receive(3, prepare(higher)).sent();
    expect(node.omniPaxos.status()).toMatchObject({ role: 'follower', promise: higher });
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 1 });
    expect(node.decidedIdx).toBe(0);
    node.receive(3, acceptSync(higher, 0, ['b']));
    expect(node.log).toEqual(['b']);
  });
});

describe('H21: counters', () => {
  test('are exact far beyond 32 bits', () => {
    const large = ballot(2 ** 53 - 10, 1);
    const node = new StepNode().follow(large, ['a']);
    const n = node.takeOver();
    expect(n.n).toBe(2 ** 53 - 9);
    expect(compareBallots(n, large)).toBe(1);
  });
});

describe('A5, H6, H20: pids may be sparse and large', () => {
  test('a server leads and decides with pid 4294967295', () => {
    const node = new StepNode({ pid: 7, peers: [4_294_967_295, 1_000_000_000] });
    const n = node.lead();
    node.append('a');
    node.receive(4_294_967_295, { kind: 'accepted', n, acceptedIdx: 1 });
    expect(node.decidedIdx).toBe(1);
    const status = node.omniPaxos.status().peers.map(({ pid }) => pid);
    expect(status).toEqual([4_294_967_295, 1_000_000_000]);
  });
});
