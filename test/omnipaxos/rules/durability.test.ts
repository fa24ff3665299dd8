/**
 * What must be on the disk before what: P0 to P6, A2, A3, H13.
 *
 * Flushes begin and end when the test says so. Each test is red where its rule is taken out.
 */

import { describe, expect, test } from 'vitest';
import { ZERO_BALLOT } from '../../../src/core/omnipaxos/ballot.js';
import { Disk } from '../../support/controlled-storage.js';
import {
  acceptDecide,
  acceptSync,
  ballot,
  ELECTION_TICKS,
  heartbeatReply,
  prepare,
  promise,
  StepNode,
} from '../../support/step-node.js';

const n1 = ballot(1, 1);
const n2 = ballot(2, 3);

function followerOf(n = n1, log: string[] = []) {
  const node = new StepNode().follow(n, log);
  node.flushes = 'whenTold';
  return node;
}

function leader() {
  const node = new StepNode();
  const n = node.leadAndBeReady();
  node.flushes = 'whenTold';
  return { node, n };
}

/** Ticks, with unhappy peers and no flush, until the node has taken over. */
function takeOverUnflushed(node: StepNode) {
  for (let i = 0; i < 3 * ELECTION_TICKS; i++) {
    node.tick().answerHeartbeats([1, 3]);
    const event = node.events.find(({ kind }) => kind === 'becameLeader');
    if (event?.kind === 'becameLeader') return event.ballot;
  }
  throw new Error('no takeover');
}

describe('P1: Promise', () => {
  test('leaves only after the promise is durable', () => {
    const node = new StepNode({ flushes: 'whenTold' });
    node.receive(1, prepare(n1)).startFlush();
    expect(node.sent()).toEqual([]);
    node.completeFlush();
    expect(node.sentOf('promise')).toMatchObject([{ n: n1 }]);
    expect(node.disk.durable.promise).toEqual(n1);
  });
});

describe('P0: positions', () => {
  test('a duplicate Prepare, whose answer writes nothing, waits for the first write', () => {
    const node = new StepNode({ flushes: 'whenTold' });
    node.receive(1, prepare(n1)).startFlush();
    node.receive(1, prepare(n1));
    expect(node.sent()).toEqual([]);
    node.completeFlush();
    expect(node.sentOf('promise').length).toBeGreaterThan(0);
  });

  test('an Accepted for a duplicate AcceptDecide waits for the first write', () => {
    const node = followerOf();
    node.receive(1, acceptDecide(n1, 0, ['a'])).startFlush();
    node.receive(1, acceptDecide(n1, 0, ['a']));
    expect(node.sent()).toEqual([]);
    node.completeFlush();
    expect(node.sentOf('accepted').at(-1)).toMatchObject({ acceptedIdx: 1 });
  });

  test('what is written during an fdatasync is not made durable by it', () => {
    const node = followerOf();
    node.receive(1, acceptDecide(n1, 0, ['a'])).startFlush();
    node.receive(1, acceptDecide(n1, 1, ['b'])).completeFlush();
    expect(node.sentOf('accepted').map(({ acceptedIdx }) => acceptedIdx)).toEqual([1]);
    node.flush();
    expect(node.sentOf('accepted').at(-1)).toMatchObject({ acceptedIdx: 2 });
  });

  test('the content of a waiting Promise is not computed again when it leaves', () => {
    const node = followerOf(n1, ['a']);
    node.receive(3, prepare(n2)).startFlush();
    node.receive(3, acceptSync(n2, 0, ['x', 'y'])).completeFlush();
    expect(node.sentOf('promise', 3)).toMatchObject([{ n: n2, acceptedRound: n1, acceptedIdx: 1 }]);
  });

  test('the leader counts what a position held when it was written, not what came later', () => {
    const { node, n } = leader();
    node.append('a').startFlush().append('b').completeFlush();
    node.receive(1, { kind: 'accepted', n, acceptedIdx: 2 });
    expect(node.decidedIdx).toBe(1);
  });
});

describe('P2: a new leader', () => {
  test('sends no Prepare and shows its ballot nowhere before its own promise is durable', () => {
    const node = new StepNode({ flushes: 'whenTold' });
    const n = takeOverUnflushed(node);
    node.receive(1, { kind: 'heartbeatRequest', round: 1, decidedIdx: 0, progress: undefined });
    const shown = node.allSent().map(({ body }) => JSON.stringify(body));
    for (const body of shown) expect(body).not.toContain(JSON.stringify(n));
    node.flush();
    expect(node.sentOf('prepare').map((body) => body.n)).toEqual([n, n]);
  });

  test('does not count its own promise before it is durable', () => {
    const node = new StepNode({ flushes: 'whenTold' });
    const n = takeOverUnflushed(node);
    node.receive(1, promise(n));
    expect(node.omniPaxos.status().phase).toBe('prepare');
    node.flush();
    expect(node.omniPaxos.status().phase).toBe('accept');
  });

  test('a restarted one does not go on in its old ballot', () => {
    const { node, n } = leader();
    const restarted = node.flush().restart();
    expect(restarted.omniPaxos.status()).toMatchObject({ role: 'follower', promise: n });
    restarted.receive(1, {
      kind: 'heartbeatRequest',
      round: 1,
      decidedIdx: 0,
      progress: undefined,
    });
    expect(restarted.sentOf('heartbeatReply')).toMatchObject([{ ballot: { n: 0 } }]);
  });
});

describe('P3: Accepted', () => {
  test('leaves only after the entries of an AcceptDecide are durable', () => {
    const node = followerOf();
    node.receive(1, acceptDecide(n1, 0, ['a', 'b'])).startFlush();
    expect(node.sent()).toEqual([]);
    node.completeFlush();
    expect(node.sentOf('accepted')).toMatchObject([{ n: n1, acceptedIdx: 2 }]);
  });

  test('leaves only after the accepted round of an AcceptSync is durable, even an empty one', () => {
    const node = new StepNode({ flushes: 'whenTold' });
    node.receive(1, prepare(n1)).flush().sent();
    node.receive(1, acceptSync(n1, 0, [])).startFlush();
    expect(node.sent()).toEqual([]);
    node.completeFlush();
    expect(node.sentOf('accepted')).toMatchObject([{ n: n1, acceptedIdx: 0 }]);
    expect(node.disk.durable.acceptedRound).toEqual(n1);
  });
});

describe('P4: AcceptSync', () => {
  test('is one batch: cut, suffix, accepted round and decidedIdx', () => {
    const node = followerOf(n1, ['a', 'x', 'y']);
    node.receive(3, prepare(n2)).flush();
    const before = node.storage.batches.length;
    node.receive(3, acceptSync(n2, 1, ['b', 'c'], 2));
    expect(node.storage.batches).toHaveLength(before + 1);
    node.flush();
    expect(node.disk.durable).toMatchObject({ acceptedRound: n2, decidedIdx: 2 });
    expect(node.disk.durable.log).toEqual(['a', 'b', 'c']);
  });

  test('reaches all that the leader adopted, however long: accepted round n means the whole', () => {
    const node = new StepNode({ sizeOf: () => 3 * 1024 * 1024 });
    const suffix = { firstIdx: 0, entries: ['a', 'b'] };
    const n = node.lead(new Map([[1, { acceptedRound: n1, acceptedIdx: 2, suffix }]]));
    node.sent();
    node.receive(3, promise(n));
    expect(node.sentOf('acceptSync', 3)).toMatchObject([{ firstIdx: 0, entries: ['a', 'b'] }]);
  });
});

describe('P5: the leader and its own disk', () => {
  test('sends AcceptDecide before its own flush', () => {
    const { node } = leader();
    node.append('a');
    expect(node.storage.durablePosition).toBeLessThan(node.storage.batches.length);
    expect(node.sentOf('acceptDecide')).toHaveLength(2);
  });

  test('counts its own accept only after its own flush', () => {
    const { node, n } = leader();
    node.append('a').receive(1, { kind: 'accepted', n, acceptedIdx: 1 });
    expect(node.decidedIdx).toBe(0);
    node.flush();
    expect(node.decidedIdx).toBe(1);
  });

  test('lets the followers decide alone', () => {
    const { node, n } = leader();
    node.append('a');
    for (const pid of [1, 3]) node.receive(pid, { kind: 'accepted', n, acceptedIdx: 1 });
    expect(node.decidedIdx).toBe(1);
  });

  test('a cluster of one decides nothing before its own flush (M3)', () => {
    const node = new StepNode({ peers: [] });
    node.tick(2 * ELECTION_TICKS);
    node.flushes = 'whenTold';
    node.append('a').tick();
    expect([node.log, node.decidedIdx]).toEqual([['a'], 0]);
    node.flush();
    expect(node.decidedIdx).toBe(1);
  });

  test('a leader whose flush hangs for two election timeouts reports itself unhappy', () => {
    const { node, n } = leader();
    const isHappy = () => {
      node.receive(1, { kind: 'heartbeatRequest', round: 9, decidedIdx: 0, progress: undefined });
      return node.sentOf('heartbeatReply').at(-1)?.isHappy;
    };
    node.tickFollowed(ELECTION_TICKS, n).append('a').startFlush();
    node.tickFollowed(ELECTION_TICKS, n);
    expect(isHappy()).toBe(true);
    node.tickFollowed(2 * ELECTION_TICKS, n);
    expect(isHappy()).toBe(false);
    node.completeFlush().tickFollowed(ELECTION_TICKS + 1, n);
    expect(isHappy()).toBe(true);
  });

  test('nobody takes over while its own flush has hung for an election timeout', () => {
    const node = followerOf();
    node.receive(1, acceptDecide(n1, 0, ['a'])).startFlush();
    for (let i = 0; i < 6 * ELECTION_TICKS; i++) node.tick().answerHeartbeats([1, 3]);
    expect(node.events.map(({ kind }) => kind)).not.toContain('becameLeader');
    node.completeFlush();
    for (let i = 0; i < 2 * ELECTION_TICKS; i++) node.tick().answerHeartbeats([1, 3]);
    expect(node.events.map(({ kind }) => kind)).toContain('becameLeader');
  });
});

describe('P6: decidedIdx', () => {
  test('travels with the next batch that holds entries', () => {
    const node = followerOf();
    node.receive(1, acceptDecide(n1, 0, ['a', 'b']));
    node.receive(1, { kind: 'decide', n: n1, decidedIdx: 2 }).flush();
    node.receive(1, acceptDecide(n1, 2, ['c'])).flush();
    expect(node.disk.durable.decidedIdx).toBe(2);
    expect(node.restart().decidedIdx).toBe(2);
  });

  test('is clamped to the log that is there after a restart', () => {
    const disk = new Disk<string>();
    Object.assign(disk.durable, { promise: n1, acceptedRound: n1, log: ['a'], decidedIdx: 5 });
    disk.durable.isUsed = true;
    expect(new StepNode({ disk }).decidedIdx).toBe(1);
  });

  test('never passes the own accepted length', () => {
    const node = followerOf();
    node.receive(1, acceptDecide(n1, 0, ['a'], 7));
    expect(node.decidedIdx).toBe(1);
    node.receive(1, { kind: 'decide', n: n1, decidedIdx: 9 });
    expect(node.decidedIdx).toBe(1);
  });
});

describe('A2: one input, one batch', () => {
  test.each([
    ['Prepare', (node: StepNode) => node.receive(3, prepare(n2))],
    ['AcceptDecide', (node: StepNode) => node.receive(1, acceptDecide(n1, 0, ['a', 'b'], 1))],
  ])('%s', (_name, input) => {
    const node = followerOf();
    const before = node.storage.batches.length;
    input(node);
    expect(node.storage.batches).toHaveLength(before + 1);
  });

  test('appendAll', () => {
    const { node } = leader();
    const before = node.storage.batches.length;
    node.append('a', 'b', 'c');
    expect(node.storage.batches).toHaveLength(before + 1);
  });
});

describe('A3: fail recovery', () => {
  test('used storage starts in Recover and asks every peer who leads', () => {
    const node = followerOf(n1, ['a']).restart();
    expect(node.omniPaxos.status()).toMatchObject({ phase: 'recover', promise: n1 });
    const asked = node.sentMessages().filter(({ body }) => body.kind === 'prepareRequest');
    expect(asked.map(({ to }) => to)).toEqual([1, 3]);
  });

  test('failRecovery is idempotent and does not touch a node in step with its leader', () => {
    const node = followerOf(n1, ['a']).restart();
    node.input(() => {
      node.omniPaxos.failRecovery();
      node.omniPaxos.failRecovery();
    });
    node
      .receive(1, prepare(n1))
      .receive(1, acceptDecide(n1, 1, ['b'], 2))
      .flush();
    expect(node.omniPaxos.status()).toMatchObject({ phase: 'accept', decidedIdx: 2 });
  });

  test('fresh storage starts without a promise', () => {
    const { phase, promise: promised } = new StepNode().omniPaxos.status();
    expect([phase, promised]).toEqual(['none', ZERO_BALLOT]);
  });
});

describe('H13: a storage error', () => {
  test('stops the instance: no input is taken and nothing leaves', () => {
    const node = followerOf();
    node.receive(1, acceptDecide(n1, 0, ['a']));
    node.storage.failFlush();
    node.startFlush().storage.completeFlush();
    const { omniPaxos } = node;
    const message = { configurationId: 1, from: 1, to: 2, body: heartbeatReply(1, 1) };
    expect(() => omniPaxos.takeOutgoingMessages()).toThrow('EIO');
    expect(() => omniPaxos.handleIncoming(message)).toThrow('EIO');
    expect(() => omniPaxos.append('b')).toThrow('EIO');
    expect(() => omniPaxos.tick()).toThrow('EIO');
  });
});
