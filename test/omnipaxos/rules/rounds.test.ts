/**
 * Heartbeat rounds: when they begin and end, who is happy, and what follows from it. E2 to E7.
 */

import { describe, expect, test } from 'vitest';
import { ZERO_BALLOT } from '../../../src/core/omnipaxos/ballot.js';
import {
  acceptSync,
  ballot,
  ELECTION_TICKS,
  heartbeatReply,
  prepare,
  promise,
  StepNode,
  type BodyOf,
} from '../../support/step-node.js';

const n1 = ballot(1, 1);

type Reply = Partial<BodyOf<'heartbeatReply'>>;

/** What the node says of itself in a heartbeat. */
function shownBy(node: StepNode) {
  node.sentOf('heartbeatReply');
  node.receive(1, { kind: 'heartbeatRequest', round: 1, decidedIdx: 0, progress: undefined });
  const [shown] = node.sentOf('heartbeatReply', 1);
  if (shown === undefined) throw new Error('no reply');
  return { leader: shown.leader, isHappy: shown.isHappy };
}

/** Rounds in which each of these peers replies like this. */
function roundsWith(node: StepNode, count: number, replies: ReadonlyMap<number, Reply>) {
  for (let i = 0; i < count * ELECTION_TICKS; i++) {
    node.tick().answerHeartbeats([...replies.keys()], (pid) => replies.get(pid) ?? {});
  }
}

const takeovers = (node: StepNode) => node.events.filter(({ kind }) => kind === 'becameLeader');

describe('E2: a round', () => {
  test('begins every election timeout, alone too, and is numbered upwards', () => {
    const node = new StepNode();
    const first = node.sentOf('heartbeatRequest', 1).map(({ round }) => round);
    const begun: [number, number][] = [];
    for (let tick = 1; tick <= 3 * ELECTION_TICKS; tick++) {
      node.tick();
      for (const { round } of node.sentOf('heartbeatRequest', 1)) begun.push([tick, round]);
    }
    expect(first).toEqual([1]);
    expect(begun).toEqual([
      [ELECTION_TICKS, 2],
      [2 * ELECTION_TICKS, 3],
      [3 * ELECTION_TICKS, 4],
    ]);
  });
});

describe('E3: who is happy', () => {
  test('not a server that was just started', () => {
    expect(shownBy(new StepNode())).toEqual({ leader: ZERO_BALLOT, isHappy: false });
  });

  test('one that has just promised, from the end of the round on', () => {
    const node = new StepNode();
    node.receive(1, prepare(n1)).tick(ELECTION_TICKS);
    expect(shownBy(node)).toEqual({ leader: n1, isHappy: true });
  });

  test('one that hears a happy leader, though it has promised nothing', () => {
    const node = new StepNode();
    const led = { ballot: n1, leader: n1, isHappy: true };
    roundsWith(node, 2, new Map([[1, led]]));
    expect(shownBy(node)).toEqual({ leader: n1, isHappy: true });
    roundsWith(node, 2, new Map([[1, { ...led, isHappy: false }]]));
    expect(node.hasTakenOver).toBe(true);
  });

  test('a ballot that was never led is nobody’s leader, whatever its priority', () => {
    const node = new StepNode();
    roundsWith(node, 1, new Map([[1, { ballot: ballot(0, 1, 1, 9), isHappy: true }]]));
    expect(shownBy(node)).toEqual({ leader: ZERO_BALLOT, isHappy: false });
  });

  test('a candidate that a prepare quorum does not contradict, while it prepares', () => {
    const node = new StepNode();
    const n = node.takeOver();
    roundsWith(node, 3, new Map([[1, {}]]));
    expect(shownBy(node)).toEqual({ leader: n, isHappy: true });
    expect(takeovers(node)).toHaveLength(1);
  });

  test('a leader without a quorum only where another leader makes somebody happy', () => {
    const higher = ballot(9, 3);
    const happiness = (reply: Reply) => {
      const node = new StepNode({ peers: [1, 3, 4, 5] });
      const n = node.leadAndBeReady();
      roundsWith(node, 2, new Map([[3, { leader: n, ...reply }]]));
      return shownBy(node).isHappy;
    };
    expect(happiness({ leader: higher, isHappy: true })).toBe(true);
    expect(happiness({ leader: higher, isHappy: false })).toBe(false);
    expect(happiness({ isHappy: true })).toBe(false);
  });

  test('one follower of another leader is enough for that', () => {
    const node = new StepNode({ peers: [1, 3, 4, 5] });
    const n = node.leadAndBeReady();
    const replies: [number, Reply][] = [
      [1, { leader: n }],
      [3, { leader: ballot(9, 3), isHappy: true }],
    ];
    roundsWith(node, 2, new Map(replies));
    expect(shownBy(node).isHappy).toBe(true);
  });
});

describe('a leader that hears of a leader with a higher ballot', () => {
  test('refuses reads and proposals: the other may have decided already', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.tickFollowed(ELECTION_TICKS, n);
    expect(node.omniPaxos.status().isServing).toBe(true);
    const higher = ballot(n.n + 1, 3);
    const replies: [number, Reply][] = [
      [1, { leader: n, isHappy: true }],
      [3, { ballot: higher, leader: higher, isHappy: true }],
    ];
    roundsWith(node, 2, new Map(replies));
    expect(node.omniPaxos.status()).toMatchObject({ role: 'leader', isServing: false });
    expect(node.omniPaxos.refusal(1)).toBe('OMNIKV_NO_QUORUM');
  });
});

describe('E7: a stranded peer', () => {
  test('moves the leader to lead anew after two rounds', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    const replies: [number, Reply][] = [
      [1, { leader: n, isHappy: true }],
      [3, { leader: ballot(n.n + 7, 9) }],
    ];
    node.events.length = 0;
    roundsWith(node, 2, new Map(replies));
    expect(takeovers(node)).toHaveLength(1);
  });

  test('moves no candidate, which has not even begun to lead', () => {
    const node = new StepNode();
    const n = node.takeOver();
    const replies: [number, Reply][] = [
      [1, { leader: n }],
      [3, { leader: ballot(n.n + 7, 9) }],
    ];
    roundsWith(node, 4, new Map(replies));
    expect(takeovers(node)).toHaveLength(1);
  });

  test('is not one that follows this leader and is unhappy for now', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    roundsWith(node, 4, new Map([[1, { leader: n }] as const, [3, { leader: n }] as const]));
    expect(takeovers(node)).toHaveLength(1);
  });
});

describe('E5, E6: a hurried round', () => {
  function followerOfOne(peers: readonly number[]) {
    const node = new StepNode({ peers }).follow(n1, ['a']);
    const followed = peers.map((pid): [number, Reply] => [
      pid,
      { ballot: pid === 1 ? n1 : ballot(0, pid), leader: n1, isHappy: true },
    ]);
    roundsWith(node, 2, new Map(followed));
    node.sentOf('heartbeatRequest');
    return node;
  }

  test('waits for every server that is connected', () => {
    const node = followerOfOne([1, 3, 4, 5]);
    node.input(() => node.omniPaxos.disconnected(1));
    const answer = (pid: number) => {
      node.receive(pid, heartbeatReply(pid, round, { leader: n1 }));
      return node.hasTakenOver;
    };
    const round = node.sentOf('heartbeatRequest', 3)[0]!.round;
    expect([answer(3), answer(4), answer(5)]).toEqual([false, false, true]);
  });

  test('waits for one that came back, and not for one that is no peer', () => {
    const node = followerOfOne([1, 3, 4]);
    const { omniPaxos } = node;
    for (const pid of [3, 1]) node.input(() => omniPaxos.disconnected(pid));
    for (const pid of [3, 99]) node.input(() => omniPaxos.reconnected(pid));
    const isConnected = omniPaxos.status().peers.map((peer) => peer.isConnected);
    expect(isConnected).toEqual([false, true, true]);
    const round = node.sentOf('heartbeatRequest', 3).at(-1)!.round;
    node.receive(4, heartbeatReply(4, round, { leader: n1 }));
    expect(node.hasTakenOver).toBe(false);
    node.receive(3, heartbeatReply(3, round, { leader: n1 }));
    expect(node.hasTakenOver).toBe(true);
  });

  test('is the last hurried one once somebody has taken over', () => {
    const node = followerOfOne([1, 3]);
    node.input(() => node.omniPaxos.disconnected(1));
    node.answerHeartbeats([3], () => ({ leader: n1 }));
    expect(node.hasTakenOver).toBe(true);
    let begun = 0;
    for (let i = 0; i < ELECTION_TICKS; i++) {
      node.answerHeartbeats([3], () => ({ leader: n1 }));
      begun += node.tick().sentOf('heartbeatRequest', 3).length;
    }
    expect(begun).toBeLessThanOrEqual(1);
  });
});

describe('P5: a disk that is busy all the time, and finishes', () => {
  test('makes no leader unhappy', () => {
    const node = new StepNode({ sizeOf: () => 1 });
    const n = node.leadAndBeReady();
    node.flushes = 'whenTold';
    node.tickFollowed(ELECTION_TICKS, n).append('first').startFlush();
    for (let i = 0; i < 4 * ELECTION_TICKS; i++) {
      node.append('more').completeFlush().startFlush().tickFollowed(1, n);
    }
    expect(shownBy(node)).toEqual({ leader: n, isHappy: true });
  });
});

describe('H22: a takeover goes beyond every ballot that was shown', () => {
  test('by a question of a server that has promised higher, which is not prepared', () => {
    const node = new StepNode();
    const n = node.leadAndBeReady();
    node.receive(3, { kind: 'prepareRequest', n: ballot(40, 3) });
    expect(node.sentOf('prepare')).toEqual([]);
    node.receive(1, prepare(ballot(n.n + 1, 1))).receive(1, acceptSync(ballot(n.n + 1, 1), 0, []));
    expect(node.takeOver().n).toBeGreaterThan(40);
  });

  test('a Prepare that came from another server than its ballot’s is not promised', () => {
    const node = new StepNode().receive(3, prepare(n1));
    expect([node.sent(), node.storage.batches]).toEqual([[], []]);
  });

  test('P2: no promises of others make up for the own one, which is not durable yet', () => {
    const node = new StepNode({ flushes: 'whenTold' });
    for (let i = 0; !node.hasTakenOver && i < 4 * ELECTION_TICKS; i++) {
      node.tick().answerHeartbeats([1, 3]);
    }
    const n = node.omniPaxos.getPromise();
    node.receive(1, promise(n)).receive(3, promise(n));
    expect(node.omniPaxos.status().phase).toBe('prepare');
    expect(node.flush().omniPaxos.status().phase).toBe('accept');
  });
});
