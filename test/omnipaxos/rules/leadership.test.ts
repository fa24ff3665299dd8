/**
 * From the takeover to the end of a leadership: Prepare, H11, and what alone ends it.
 */

import { describe, expect, test } from 'vitest';
import { compareBallots, type Ballot } from '../../../src/core/omnipaxos/ballot.js';
import {
  acceptSync,
  ballot,
  ELECTION_TICKS,
  prepare,
  promise,
  StepNode,
} from '../../support/step-node.js';

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
    for (let i = 0; i < 4 * ELECTION_TICKS; i++) {
      node
        .tick()
        .answerHeartbeats(options.replyFrom, (pid) =>
          pid === 3
            ? { leader: higher, isHappy: options.isHappy ?? false }
            : { leader: n, isHappy: true },
        );
    }
    return { node, n, higher };
  }

  test('leads anew, above that ballot', () => {
    const { node, higher } = leaderWithStranded({ replyFrom: [1, 3, 4, 5] });
    expect(node.hasTakenOver).toBe(true);
    expect(compareBallots(node.omniPaxos.getPromise(), higher)).toBeGreaterThan(0);
  });

  test('not where that peer is happy: its leader lives', () => {
    const { node, n } = leaderWithStranded({ replyFrom: [1, 3, 4, 5], isHappy: true });
    expect(node.hasTakenOver).toBe(false);
    expect(node.omniPaxos.getPromise()).toEqual(n);
  });

  test('not where no prepare quorum replies: it could not finish', () => {
    const { node } = leaderWithStranded({ replyFrom: [1, 3] });
    expect(node.hasTakenOver).toBe(false);
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
