/**
 * Who may lead, and when: A5, E1 to E6, H6, H15, H16, H20, H21.
 */

import { describe, expect, test } from 'vitest';
import { compareBallots, ZERO_BALLOT } from '../../../src/core/omnipaxos/ballot.js';
import {
  ballot,
  ELECTION_TICKS,
  heartbeatReply,
  prepare,
  StepNode,
  type BodyOf,
} from '../../support/step-node.js';

const n1 = ballot(1, 1);

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
    expect(node.hasTakenOver).toBe(false);
    expect(node.sentOf('prepare')).toEqual([]);
  });

  test('before one full round, even where all have replied', () => {
    const node = new StepNode();
    node.answerHeartbeats([1, 3]);
    tickAnswered(node, ELECTION_TICKS - 1, [1, 3]);
    expect(node.hasTakenOver).toBe(false);
    tickAnswered(node, 2, [1, 3]);
    expect(node.hasTakenOver).toBe(true);
  });

  test('with fewer replies than the larger of two flexible quorums (seed 0x50d1)', () => {
    for (const [readQuorumSize, writeQuorumSize] of [
      [2, 4],
      [4, 2],
    ] as const) {
      const flexibleQuorum = { readQuorumSize, writeQuorumSize };
      const node = new StepNode({ peers: [1, 3, 4, 5], protocol: { flexibleQuorum } });
      tickAnswered(node, 10 * ELECTION_TICKS, [1, 3]);
      expect(node.hasTakenOver).toBe(false);
      tickAnswered(node, 2 * ELECTION_TICKS, [1, 3, 5]);
      expect(node.hasTakenOver).toBe(true);
    }
  });

  test('with fewer replies than a prepare quorum', () => {
    const node = new StepNode({ peers: [1, 3, 4, 5] });
    tickAnswered(node, 10 * ELECTION_TICKS, [1]);
    expect(node.hasTakenOver).toBe(false);
    tickAnswered(node, 2 * ELECTION_TICKS, [1, 5]);
    expect(node.hasTakenOver).toBe(true);
  });

  test('with fewer replies than a flexible prepare quorum', () => {
    const flexibleQuorum = { readQuorumSize: 4, writeQuorumSize: 2 };
    const node = new StepNode({ peers: [1, 3, 4, 5], protocol: { flexibleQuorum } });
    tickAnswered(node, 10 * ELECTION_TICKS, [1, 3]);
    expect(node.hasTakenOver).toBe(false);
    tickAnswered(node, 2 * ELECTION_TICKS, [1, 3, 4]);
    expect(node.hasTakenOver).toBe(true);
  });

  test('while one that replies is happy (the chained cut)', () => {
    const node = new StepNode().follow(n1, ['a']);
    tickAnswered(node, 20 * ELECTION_TICKS, [3], () => ({ leader: n1, isHappy: true }));
    expect(node.hasTakenOver).toBe(false);
  });

  test('while its leader replies and is happy', () => {
    const node = new StepNode().follow(n1, ['a']);
    tickAnswered(node, 20 * ELECTION_TICKS, [1, 3], (pid) =>
      pid === 1 ? { ballot: n1, leader: n1, isHappy: true } : {},
    );
    expect(node.hasTakenOver).toBe(false);
  });

  test('right after it has promised another', () => {
    const node = new StepNode().follow(n1, ['a']);
    tickAnswered(node, ELECTION_TICKS - 2, [3]);
    node.receive(3, prepare(ballot(5, 3)));
    tickAnswered(node, 3, [3]);
    expect(node.hasTakenOver).toBe(false);
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
    expect(node.hasTakenOver).toBe(false);
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
    expect(node.hasTakenOver).toBe(false);
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
    expect(node.hasTakenOver).toBe(false);
    node.answerHeartbeats([3], () => ({ leader: n1 }));
    expect(node.hasTakenOver).toBe(true);
  });

  test('short rounds repeat, a tick apart, while others are still happy', () => {
    const node = followerOfOne();
    node.input(() => node.omniPaxos.disconnected(1));
    for (let i = 0; i < 5; i++) {
      node.answerHeartbeats([3], () => ({ leader: n1, isHappy: true }));
      expect(node.hasTakenOver).toBe(false);
      node.tick();
    }
    node.answerHeartbeats([3], () => ({ leader: n1 }));
    expect(node.hasTakenOver).toBe(true);
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
    expect(node.hasTakenOver).toBe(false);
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
      for (const { round } of opened) {
        node.receive(3, heartbeatReply(3, round, { leader: n1, isHappy: true }));
      }
    }
    expect(rounds).toBeLessThanOrEqual(2);
  });
});

describe('E5, E6: the first connections after a start', () => {
  function connect(node: StepNode, ...pids: readonly number[]) {
    for (const pid of pids) node.input(() => node.omniPaxos.reconnected(pid));
    return node;
  }

  test('open a round when the last peer has come; it ends when all have replied', () => {
    const node = new StepNode();
    node.sentOf('heartbeatRequest');
    expect(connect(node, 1).sentOf('heartbeatRequest')).toEqual([]);
    connect(node, 3);
    const [opened] = node.sentOf('heartbeatRequest', 1);
    node.receive(1, heartbeatReply(1, opened!.round));
    expect(node.hasTakenOver).toBe(false);
    node.receive(3, heartbeatReply(3, opened!.round));
    expect(node.hasTakenOver).toBe(true);
  });

  test('elect nobody where a peer hears a leader, and hurry no more once it is heard', () => {
    const node = connect(new StepNode(), 1, 3);
    node.answerHeartbeats([1, 3], (pid) => ({
      ballot: pid === 1 ? n1 : ballot(0, 3),
      leader: n1,
      isHappy: true,
    }));
    expect(node.tick().sentOf('heartbeatRequest', 1)).toHaveLength(1);
    expect(node.tick(ELECTION_TICKS - 2).sentOf('heartbeatRequest', 1)).toEqual([]);
    expect(node.hasTakenOver).toBe(false);
  });

  test('wait for the whole round where one peer is silent', () => {
    const node = connect(new StepNode(), 1, 3);
    node.answerHeartbeats([1]);
    tickAnswered(node, ELECTION_TICKS - 1, [1]);
    expect(node.hasTakenOver).toBe(false);
    tickAnswered(node, 1, [1]);
    expect(node.hasTakenOver).toBe(true);
  });

  test('hurry once: connections that flap later open no round', () => {
    const node = connect(new StepNode(), 1, 3);
    node.tick(ELECTION_TICKS + 1).sentOf('heartbeatRequest');
    for (const pid of [1, 3]) node.input(() => node.omniPaxos.disconnected(pid));
    expect(connect(node, 1, 3).sentOf('heartbeatRequest')).toEqual([]);
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
