/**
 * One request, one effect: sessions, repeats, elections while a request is under way.
 */

import { describe, expect, it } from 'vitest';

import { increment, put, ReplicaWorld, type ReplicaNode } from '../support/replica-world.js';

function counter(node: ReplicaNode): bigint | undefined {
  const found = node.stateMachine.get('n');
  return found?.value.kind === 'u64' ? found.value.value : undefined;
}

function sessionOf(node: ReplicaNode, id: number): number {
  const reply = node.replies.get(id);
  const outcome = reply?.kind === 'executed' ? reply.reply : undefined;
  return outcome?.kind === 'registered' ? outcome.sessionId : -1;
}

function openSession(world: ReplicaWorld, node: ReplicaNode): number {
  const id = node.register(77);
  world.settle();
  return sessionOf(node, id);
}

describe('a request', () => {
  it('asked for again while it is under way attaches to the same entry (H12)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    const session = openSession(world, leader);
    for (const node of world.nodes) node.disk.isFast = false;
    const first = leader.request(session, 1, increment('n'));
    world.settle();
    const acceptedIdx = leader.omniPaxos.getAcceptedIdx();
    const second = leader.request(session, 1, increment('n'));
    world.settle();
    expect(leader.omniPaxos.getAcceptedIdx()).toBe(acceptedIdx);
    for (const node of world.nodes) node.disk.isFast = true;
    world.settle();
    expect(leader.replies.get(first)).toEqual(leader.replies.get(second));
    expect(counter(leader)).toBe(1n);
  });

  it('that was executed is answered from the stored reply, without a new entry (C2)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    const session = openSession(world, leader);
    const first = leader.request(session, 1, increment('n'));
    const oneShot = leader.oneShot(5, increment('n'));
    world.settle();
    const acceptedIdx = leader.omniPaxos.getAcceptedIdx();
    const again = leader.request(session, 1, increment('n'));
    const oneShotAgain = leader.oneShot(5, increment('n'));
    world.settle();
    expect(leader.replies.get(again)).toEqual(leader.replies.get(first));
    expect(leader.replies.get(oneShotAgain)).toEqual(leader.replies.get(oneShot));
    expect(leader.omniPaxos.getAcceptedIdx()).toBe(acceptedIdx);
  });

  it('is judged stale, gap or expired by the state machine alone, through the log (C2)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    const session = openSession(world, leader);
    leader.request(session, 1, increment('n'));
    leader.request(session, 2, increment('n'));
    world.settle();
    const acceptedIdx = leader.omniPaxos.getAcceptedIdx();
    const stale = leader.request(session, 1, increment('n'));
    const gap = leader.request(session, 9, increment('n'));
    const expired = leader.request(999, 1, increment('n'));
    world.settle();
    expect(leader.omniPaxos.getAcceptedIdx()).toBe(acceptedIdx + 3);
    const kinds = [stale, gap, expired].map((id) => {
      const reply = leader.replies.get(id);
      return reply?.kind === 'executed' ? reply.reply.kind : undefined;
    });
    expect(kinds).toEqual(['stale', 'gap', 'sessionExpired']);
    expect(counter(leader)).toBe(2n);
  });

  it('keeps several requests of one session apart (H12)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    const session = openSession(world, leader);
    const ids = [1, 2, 3].map((sequence) => leader.request(session, sequence, increment('n')));
    world.settle();
    for (const id of ids) expect(leader.replies.get(id)?.kind).toBe('executed');
    expect(counter(leader)).toBe(3n);
    expect(leader.replica.pendingCount).toBe(0);
  });

  it('that a deposed leader had taken is forwarded to the new one, and takes effect once (H12)', () => {
    const world = new ReplicaWorld(3);
    const old = world.elect();
    const session = openSession(world, old);
    world.ticks(70);
    world.isolate(old.pid);
    // Nobody else sees this one, and the new leader's log will replace it.
    const id = old.request(session, 1, increment('n'));
    let leader: ReplicaNode | undefined;
    world.until(() => {
      leader = world.nodes.find((node) => node !== old && node.omniPaxos.status().isServing);
      return leader !== undefined;
    });
    const other = leader!.oneShot(3, put('other', 1n));
    world.settle();
    expect(leader!.replies.get(other)?.kind).toBe('executed');
    expect(counter(leader!)).toBeUndefined();
    for (const node of world.nodes) if (node !== old) world.heal(old.pid, node.pid);
    world.until(() => counter(leader!) === 1n, 300);
    world.ticks(100);
    for (const node of world.nodes) expect(counter(node)).toBe(1n);
    // H11: its own client was told the truth long before, or is told the result now.
    expect(['executed', 'unknown']).toContain(old.replies.get(id)?.kind);
  });

  it('ends as unknown when the leader loses its quorum; later ones are refused (H11)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.ticks(70);
    world.isolate(leader.pid);
    const id = leader.oneShot(1, increment('n'));
    const read = leader.get('n');
    world.ticks(150);
    expect(leader.replies.get(id)?.kind).toBe('unknown');
    expect(leader.replies.get(read)).toMatchObject({ kind: 'refused', code: 'OMNIKV_NO_QUORUM' });
    const late = leader.oneShot(2, increment('n'));
    world.settle();
    expect(leader.replies.get(late)).toMatchObject({ kind: 'refused', code: 'OMNIKV_NO_QUORUM' });
    expect(leader.fatal).toEqual([]);
  });

  it('never enters a log before the limits, whoever forwards it (C3)', () => {
    const world = new ReplicaWorld(3);
    for (const node of world.nodes) {
      node.replica.handleIncoming({
        configurationId: 1,
        from: node.pid === 1 ? 2 : 1,
        to: node.pid,
        body: { kind: 'proposalForward', entries: [new Uint8Array([1, 2, 3])] },
      });
    }
    world.elect();
    world.ticks(50);
    for (const node of world.nodes) {
      expect(node.fatal).toEqual([]);
      expect(node.omniPaxos.getDecidedIdx()).toBe(1);
    }
  });
});

describe('a read', () => {
  it('sees every write that was answered before it, wherever the leader is', () => {
    const world = new ReplicaWorld(3);
    const old = world.elect();
    old.oneShot(1, put('n', 41n));
    world.settle();
    world.ticks(70);
    world.crash(old.pid);
    const leader = world.elect();
    const read = leader.get('n');
    world.settle();
    expect(leader.replies.get(read)).toMatchObject({
      kind: 'value',
      found: { value: { kind: 'u64', value: 41n } },
    });
  });

  it('shares one round of the protocol with all reads of its turn', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    world.posted.length = 0;
    const ids = Array.from({ length: 100 }, () => leader.get('n'));
    world.settle();
    for (const id of ids) expect(leader.replies.get(id)?.kind).toBe('value');
    const rounds = world.posted.filter((message) => message.body.kind === 'readRequest');
    expect(rounds).toHaveLength(2);
  });

  it('is answered by nobody without a quorum: a paused leader serves nothing old (S3, P12)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.ticks(70);
    world.isolate(leader.pid);
    const read = leader.ask({ kind: 'get', key: 'n', consistency: 'linearizable' }, 500);
    world.ticks(100);
    expect(leader.replies.get(read)?.kind).toBe('refused');
  });

  it('marked local is answered at once by any node, with the index it was read at (C7, Q6)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    leader.oneShot(1, put('n', 7n));
    world.settle();
    world.ticks(70);
    for (const node of world.nodes) {
      const read = node.get('n', 'local');
      expect(node.replies.get(read)).toMatchObject({
        kind: 'value',
        found: { value: { kind: 'u64', value: 7n } },
        appliedIdx: 2,
      });
    }
  });

  it('of a range has the same rules', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    for (let seed = 1; seed <= 3; seed++) leader.oneShot(seed, put(`key${seed}`, BigInt(seed)));
    world.settle();
    const range = {
      prefix: 'key',
      from: undefined,
      to: undefined,
      limit: 2,
      isReverse: false,
      isKeysOnly: false,
    };
    const id = leader.ask({ kind: 'scan', range, consistency: 'linearizable' });
    world.settle();
    expect(leader.replies.get(id)).toMatchObject({
      kind: 'items',
      items: [{ key: 'key1' }, { key: 'key2' }],
      hasMore: true,
    });
  });
});
