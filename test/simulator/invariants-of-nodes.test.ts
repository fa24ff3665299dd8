/**
 * The invariants of nodes and clients (7 to 13): each fires on a violation made by hand.
 */

import { describe, expect, it } from 'vitest';

import { AssertionError } from '../../src/core/assert.js';
import { OmnikvError } from '../../src/core/errors.js';
import { KvStateMachine, type CommandReply } from '../../src/core/kv/index.js';
import { MAX_CHUNK_BYTES, MAX_UNDECIDED_BYTES } from '../../src/core/limits.js';
import type { MessageBody } from '../../src/core/omnipaxos/messages.js';
import { INVARIANTS } from '../../src/core/simulator/invariants/index.js';
import {
  ballot,
  brokenBy,
  CONFIGURE,
  HandCluster,
  increment,
  number,
  REGISTER,
  send,
} from './hand-node.js';

const N1 = ballot(1, 1);
const N2 = ballot(2, 2);
const LOG = [CONFIGURE, REGISTER, increment(1), increment(2)];

describe(`7: ${INVARIANTS[7]}`, () => {
  const replyOf = (index: number): CommandReply => {
    const machine = new KvStateMachine();
    return LOG.slice(0, index + 1).map((command, idx) => machine.apply(idx, command))[index]!;
  };

  it('an entry that is not decided, not the next, or another one', () => {
    const cluster = new HandCluster().agree(N1, LOG).look();
    const { invariants } = cluster;
    const node = cluster.node(1);
    cluster.apply(node, LOG.slice(0, 2));
    const next = replyOf(2);
    expect(brokenBy(() => invariants.onApplied(node, 3, LOG[3]!, next))).toBe(7);
    expect(brokenBy(() => invariants.onApplied(node, 2, LOG[3]!, next))).toBe(7);
    const other = new HandCluster();
    expect(brokenBy(() => other.apply(other.node(1), LOG.slice(0, 1)))).toBe(7);
  });

  it('an answer that the fold does not give', () => {
    const cluster = new HandCluster().agree(N1, LOG).look();
    const node = cluster.node(1);
    cluster.apply(node, LOG.slice(0, 2));
    expect(brokenBy(() => cluster.invariants.onApplied(node, 2, LOG[2]!, number(7n, 2)))).toBe(7);
  });

  it('data that differ at the end', () => {
    const cluster = new HandCluster().agree(N1, LOG).look();
    for (const node of cluster.nodes) cluster.apply(node, LOG);
    const odd = new KvStateMachine();
    [...LOG.slice(0, 3), increment(1)].forEach((command, idx) => odd.apply(idx, command));
    cluster.node(2).stateMachine = odd;
    expect(brokenBy(() => cluster.invariants.atEnd())).toBe(7);
  });
});

describe(`8: ${INVARIANTS[8]}`, () => {
  const suffix = { firstIdx: 0, entries: [] };
  const shown = { acceptedRound: N1, decidedIdx: 0, acceptedIdx: 4 };
  const heartbeat = { round: 1, ballot: ballot(0, 1), leader: N2, isHappy: true };
  const early: readonly MessageBody<Uint8Array>[] = [
    { kind: 'promise', n: N1, ...shown, acceptedIdx: 0, acceptedRound: ballot(0, 0), suffix },
    { kind: 'promise', n: ballot(0, 0), ...shown, suffix },
    { kind: 'accepted', n: N1, acceptedIdx: 4 },
    { kind: 'prepare', n: N1, ...shown },
    { kind: 'acceptSync', n: N1, decidedIdx: 0, ...suffix },
    { kind: 'acceptDecide', n: N1, decidedIdx: 0, ...suffix },
    { kind: 'decide', n: N1, decidedIdx: 0 },
    { kind: 'notAccepted', promise: N1 },
    { kind: 'readRequest', n: N1, round: 1 },
    { kind: 'heartbeatReply', ...heartbeat, ballot: N1, accepted: undefined },
    { kind: 'heartbeatReply', ...heartbeat, leader: N1, accepted: undefined },
    { kind: 'heartbeatReply', ...heartbeat, accepted: { n: N1, acceptedIdx: 1 } },
    {
      kind: 'heartbeatRequest',
      round: 1,
      decidedIdx: 0,
      progress: { n: N1, acceptedIdx: 0, decidedIdx: 0 },
    },
  ];

  it.each(early.map((body) => [body.kind, body] as const))(
    '%s before the flush, and not after it',
    (_kind, body) => {
      const cluster = new HandCluster();
      cluster.node(1).accept(N1, LOG);
      expect(send(cluster, 1, body)).toBe(8);
      const patient = new HandCluster();
      patient.node(1).accept(N1, LOG).flush();
      expect(send(patient, 1, body)).toBeUndefined();
    },
  );

  it('a Promise that shows an entry which is not on the disk', () => {
    const cluster = new HandCluster();
    const node = cluster.node(1).accept(N1, LOG).flush();
    const entry = node.shadow.visible.entries[2]!;
    const body = { kind: 'promise', n: N1, ...shown } as const;
    const spoilt = { firstIdx: 1, entries: [entry] };
    expect(send(cluster, 1, { ...body, suffix: spoilt })).toBe(8);
  });

  it('a position that was never submitted', () => {
    const node = new HandCluster().node(1).promise(N1);
    expect(brokenBy(() => node.shadow.toldDurable(2))).toBe(8);
  });

  it('a disk that lacks what was told durable, or cannot be opened', () => {
    let isLost = false;
    const cluster = new HandCluster({
      openCopy: ({ shadow }) => {
        if (isLost) throw new OmnikvError('OMNIKV_CORRUPT_DATA', 'a hole in the log');
        const { promise, acceptedRound, decidedRound } = shadow.durable;
        const state = { promise, acceptedRound, decidedRound };
        return { state: { ...state, decidedIdx: 0, acceptedIdx: 0, compactedIdx: 0 }, entries: [] };
      },
    });
    const node = cluster.node(1).promise(N1).flush();
    expect(brokenBy(() => cluster.invariants.afterEvent(node))).toBeUndefined();
    node.accept(N1, LOG);
    expect(brokenBy(() => cluster.invariants.afterEvent(node))).toBeUndefined();
    node.flush();
    expect(brokenBy(() => cluster.invariants.afterEvent(node))).toBe(8);
    const crashTwice = (): number | undefined =>
      brokenBy(() => {
        cluster.invariants.onCrash(node);
        cluster.invariants.onCrash(node);
      });
    expect(crashTwice()).toBe(8);
    isLost = true;
    expect(crashTwice()).toBe(8);
    node.isDamaged = true;
    expect(crashTwice()).toBeUndefined();
  });
});

describe(`9: ${INVARIANTS[9]}`, () => {
  it('a stored reply that is missing', () => {
    const cluster = new HandCluster().agree(N1, LOG).look();
    const node = cluster.node(1);
    cluster.apply(node, LOG.slice(0, 2));
    node.stateMachine.findReply = () => undefined;
    expect(brokenBy(() => cluster.apply(node, LOG.slice(2, 3)))).toBe(9);
  });

  it('equal data and other tables', () => {
    const cluster = new HandCluster().agree(N1, LOG).look();
    for (const node of cluster.nodes) cluster.apply(node, LOG);
    const odd = new KvStateMachine();
    const limits = { kind: 'configure', sessionLimit: 5, oneShotLimit: 4 } as const;
    [limits, ...LOG.slice(1)].forEach((command, idx) => odd.apply(idx, command));
    cluster.node(2).stateMachine = odd;
    expect(brokenBy(() => cluster.invariants.atEnd())).toBe(9);
  });
});

describe(`10: ${INVARIANTS[10]}`, () => {
  it('a verdict that is not valid, a proof that was not found', () => {
    const invalid = { kind: 'invalid', key: 'k', window: [] } as const;
    const undecided = { kind: 'undecided', reason: 'out of steps' } as const;
    for (const verdict of [invalid, undecided]) {
      const { invariants } = new HandCluster();
      expect(brokenBy(() => invariants.atEnd({ verdict }))).toBe(10);
    }
  });

  it('a read behind what was decided before it was asked', () => {
    const { invariants, nodes } = new HandCluster();
    expect(brokenBy(() => invariants.onReadAnswered(nodes[0]!, 3, 3))).toBeUndefined();
    expect(brokenBy(() => invariants.onReadAnswered(nodes[0]!, 3, 2))).toBe(10);
  });
});

describe(`11: ${INVARIANTS[11]}`, () => {
  it('an answer to what was not applied, or another answer', () => {
    const cluster = new HandCluster().agree(N1, LOG).look();
    const node = cluster.node(1);
    cluster.apply(node, LOG.slice(0, 3));
    const { invariants } = cluster;
    const acknowledge = (sequence: number, value: bigint, version: number): number | undefined =>
      brokenBy(() => invariants.onAcknowledged(node, increment(sequence), number(value, version)));
    expect(acknowledge(1, 1n, 2)).toBeUndefined();
    expect(acknowledge(1, 2n, 2)).toBe(11);
    expect(acknowledge(2, 2n, 3)).toBe(11);
    const promisesNothing = () => invariants.onAcknowledged(node, increment(5), { kind: 'gap' });
    expect(brokenBy(promisesNothing)).toBeUndefined();
    cluster.apply(cluster.node(2), LOG);
    expect(acknowledge(2, 2n, 3)).toBe(11);
  });

  it('a session that was evicted and registered again has two registrations, and no third', () => {
    const others = [1, 2, 3, 4].map((nonce) => {
      return { kind: 'register', nonce: new Uint8Array(16).fill(nonce) } as const;
    });
    const log = [CONFIGURE, REGISTER, ...others, REGISTER];
    const cluster = new HandCluster().agree(N1, log).look();
    const node = cluster.node(1);
    cluster.apply(node, log);
    const registered = (sessionId: number): number | undefined =>
      brokenBy(() => {
        cluster.invariants.onAcknowledged(node, REGISTER, { kind: 'registered', sessionId });
      });
    expect(registered(1)).toBeUndefined();
    expect(registered(6)).toBeUndefined();
    expect(registered(2)).toBe(11);
  });

  it('a write that only one disk holds at the end', () => {
    const cluster = new HandCluster({ openCopy: undefined }).agree(N1, LOG).look();
    cluster.apply(cluster.node(1), LOG);
    cluster.invariants.onAcknowledged(cluster.node(1), increment(2), number(2n, 3));
    cluster.node(2).shadow.durable.entries.length = 3;
    expect(brokenBy(() => cluster.invariants.atEnd())).toBeUndefined();
    cluster.node(3).shadow.durable.entries.length = 2;
    expect(brokenBy(() => cluster.invariants.atEnd())).toBe(11);
  });

  it('a restart that finds half a batch, or what was never written', () => {
    const node = new HandCluster().node(1).accept(N1, LOG.slice(0, 2)).flush();
    const { state } = node;
    node.accept(N1, LOG.slice(2));
    const { entries } = node.shadow.visible;
    const half = { ...state, acceptedIdx: 3 };
    expect(brokenBy(() => node.restart(half, entries.slice(0, 3)))).toBe(11);
    const longer = { ...node.state, acceptedIdx: 5 };
    expect(brokenBy(() => node.restart(longer, [...entries, entries[0]!]))).toBe(11);
    expect(node.shadow.lossIn(node.state, entries)).toBeUndefined();
  });
});

describe(`12: ${INVARIANTS[12]}`, () => {
  it('too many proposals, too many sessions, too much undecided', () => {
    const pending = new HandCluster();
    pending.node(1).promise(N1).replica.pendingCount = 1e6;
    expect(brokenBy(() => pending.look())).toBe(12);
    const sessions = new HandCluster().agree(N1, LOG).look();
    sessions.apply(sessions.node(1), LOG);
    Object.defineProperty(sessions.node(1).stateMachine, 'sessionCount', { value: 5 });
    sessions.node(1).promise(N2);
    expect(brokenBy(() => sessions.look())).toBe(12);
    const bytes = new HandCluster();
    const entries = [new Uint8Array(MAX_UNDECIDED_BYTES), new Uint8Array(1)];
    const node = bytes.node(1).promise(N1);
    node.write({ kind: 'appendOnPrefix', fromIdx: 0, entries });
    expect(brokenBy(() => bytes.look())).toBeUndefined();
    node.leads = N1;
    node.write({ kind: 'appendOnPrefix', fromIdx: 2, entries: [new Uint8Array(1)] });
    expect(brokenBy(() => bytes.look())).toBe(12);
  });

  it('a message that is too large, unless one entry makes it so', () => {
    const cluster = new HandCluster();
    cluster.node(1).promise(N1).flush();
    const large = new Uint8Array(MAX_CHUNK_BYTES + 1);
    const body = { kind: 'acceptDecide', n: N1, firstIdx: 0, decidedIdx: 0 } as const;
    expect(send(cluster, 1, { ...body, entries: [large] })).toBeUndefined();
    expect(send(cluster, 1, { ...body, entries: [large, large] })).toBe(12);
    const forward = { kind: 'proposalForward', entries: Array(9).fill(large) } as const;
    expect(send(cluster, 1, forward)).toBe(12);
  });
});

describe(`13: ${INVARIANTS[13]}`, () => {
  const exit = (error: unknown, isExpected: boolean): number | undefined => {
    const { invariants, nodes } = new HandCluster();
    return brokenBy(() => invariants.onExit(nodes[0]!, error, isExpected));
  };

  it('an exit without a fault', () => {
    expect(exit(new OmnikvError('OMNIKV_IO', 'EIO'), false)).toBe(13);
    expect(exit(new OmnikvError('OMNIKV_IO', 'EIO'), true)).toBeUndefined();
    const eio = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    expect(exit(new OmnikvError('OMNIKV_IO', 'EIO', { cause: eio }), true)).toBeUndefined();
  });

  it('a bug is never expected, however it is wrapped', () => {
    const failed = new AssertionError('a decided entry is never cut');
    expect(exit(failed, true)).toBe(13);
    expect(exit(new OmnikvError('OMNIKV_IO', 'stopped', { cause: failed }), true)).toBe(13);
    expect(exit(new TypeError('undefined is not a function'), true)).toBe(13);
    const range = Object.assign(new RangeError('offset'), { code: 'ERR_OUT_OF_RANGE' });
    expect(exit(new OmnikvError('OMNIKV_IO', 'stopped', { cause: range }), true)).toBe(13);
  });
});

describe('a violation that somebody swallowed', () => {
  it('is thrown again by the next look', () => {
    const cluster = new HandCluster();
    expect(send(cluster, 1, { kind: 'notAccepted', promise: N1 })).toBe(8);
    expect(brokenBy(() => cluster.look())).toBe(8);
    const shadowed = new HandCluster();
    shadowed.node(2).promise(N2);
    expect(brokenBy(() => shadowed.node(2).promise(N1))).toBe(3);
    const exit = new OmnikvError('OMNIKV_IO', 'stopped');
    expect(brokenBy(() => shadowed.invariants.onExit(shadowed.node(2), exit, true))).toBe(3);
    expect(brokenBy(() => shadowed.invariants.atEnd())).toBe(3);
    expect(shadowed.invariants.violation?.title).toBe(INVARIANTS[3]);
  });
});
