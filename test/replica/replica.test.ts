/**
 * A replica in a small world: writes, reads, refusals, elections.
 */

import { describe, expect, it, vi } from 'vitest';

import { increment, put, ReplicaWorld, type ReplicaNode } from '../support/replica-world.js';

function number(node: ReplicaNode, key: string): bigint | undefined {
  const found = node.stateMachine.get(key);
  return found?.value.kind === 'u64' ? found.value.value : undefined;
}

describe('a replica', () => {
  it('answers a write after it was decided and applied, and every node gets it (P7, P8)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    const id = leader.oneShot(1, put('key', 5n));
    expect(leader.replies.get(id)).toBeUndefined();
    world.settle();
    expect(leader.replies.get(id)).toMatchObject({ kind: 'executed', reply: { kind: 'executed' } });
    expect(number(leader, 'key')).toBe(5n);
    world.ticks(40);
    for (const node of world.nodes) expect(number(node, 'key')).toBe(5n);
    expect(new Set(world.nodes.map((node) => node.stateMachine.digest())).size).toBe(1);
  });

  it('works alone', () => {
    const world = new ReplicaWorld(1);
    const leader = world.elect();
    const id = leader.oneShot(1, put('key', 5n));
    const read = leader.get('key');
    world.settle();
    expect(leader.replies.get(id)?.kind).toBe('executed');
    expect(leader.replies.get(read)?.kind).toBe('value');
  });

  it('writes the limits as the first entry of the log, before any request (C3)', () => {
    const world = new ReplicaWorld(3);
    const early = world.nodes.map((node) => node.register(node.pid));
    const leader = world.elect();
    world.settle();
    expect(leader.replies.get(early[leader.pid - 1] ?? 0)).toEqual({
      kind: 'executed',
      reply: { kind: 'registered', sessionId: 1 },
    });
    expect(leader.omniPaxos.getDecidedIdx()).toBe(2);
  });

  it('makes one append and one flush of all requests of a turn', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    world.posted.length = 0;
    const flushCount = leader.disk.flushCount;
    for (let seed = 1; seed <= 50; seed++) leader.oneShot(seed, increment('n'));
    world.scheduler.runDeferred();
    const kinds = world.posted.map((message) => message.body.kind);
    expect(kinds.filter((kind) => kind === 'acceptDecide')).toHaveLength(2);
    expect(leader.disk.flushCount).toBe(flushCount + 1);
    world.settle();
    expect(number(leader, 'n')).toBe(50n);
  });

  it('hands entries to the followers before its own disk has them (P5)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    leader.disk.isFast = false;
    const id = leader.oneShot(1, put('key', 5n));
    world.settle();
    // Decided by the followers alone.
    expect(leader.disk.isFlushing).toBe(true);
    expect(leader.replies.get(id)?.kind).toBe('executed');
  });

  it('a follower on a quick disk says Accepted before it applies what was decided (P3, R8)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    const follower = world.nodes.find((node) => node !== leader)!;
    follower.disk.isImmediate = true;
    leader.oneShot(1, put('key', 1n));
    world.settle();
    const appliedIdx = follower.stateMachine.appliedIdx;
    // The next AcceptDecide brings an entry, and the news that the one before is decided.
    let appliedAtAccepted: number | undefined;
    world.onPosted = (message) => {
      if (message.from !== follower.pid || message.body.kind !== 'accepted') return;
      appliedAtAccepted ??= follower.stateMachine.appliedIdx;
    };
    leader.oneShot(2, put('key', 2n));
    world.settle();
    expect(appliedAtAccepted).toBe(appliedIdx);
    expect(follower.stateMachine.appliedIdx).toBeGreaterThan(appliedIdx);
  });

  it('takes one turn for what a quick disk has at once, and another only for what waits (R8)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    const follower = world.nodes.find((node) => node !== leader)!;
    for (const node of [leader, follower]) node.disk.isImmediate = true;
    leader.oneShot(1, put('key', 1n));
    const taking = vi.spyOn(follower.omniPaxos, 'takeEvents');
    world.settle();
    // Twice a turn: one turn for AcceptDecide, its flush and its Accepted.
    expect(taking).toHaveBeenCalledTimes(2);
    const early = leader.oneShot(2, put('key', 2n));
    world.settle();
    expect(leader.replies.get(early)?.kind).toBe('executed');
  });

  it('puts new keys in order in ticks before which nothing was applied: load goes first (R8)', () => {
    const world = new ReplicaWorld(1);
    const node = world.elect();
    world.ticks(2);
    const sorting = vi.spyOn(node.stateMachine, 'sortKeys');
    for (let i = 1; i <= 5; i++) {
      node.oneShot(i, put(`key-${i}`, 1n));
      world.settle();
      world.tick();
    }
    expect(sorting).not.toHaveBeenCalled();
    world.tick();
    expect(sorting).toHaveBeenCalledTimes(1);
  });

  it('does not answer before an accept quorum has the entry on disk (P3)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    for (const node of world.followers(leader)) node.disk.isFast = false;
    const id = leader.oneShot(1, put('key', 5n));
    world.ticks(3);
    expect(leader.replies.get(id)).toBeUndefined();
    world.followers(leader)[0]?.disk.completeFlush();
    world.settle();
    expect(leader.replies.get(id)?.kind).toBe('executed');
  });

  it('refuses on a follower and names the leader (C6)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.ticks(5);
    const follower = world.followers(leader)[0]!;
    const ids = [follower.oneShot(1, put('key', 5n)), follower.get('key')];
    world.settle();
    for (const id of ids) {
      expect(follower.replies.get(id)).toMatchObject({
        kind: 'refused',
        code: 'OMNIKV_NOT_LEADER',
        leader: leader.pid,
      });
    }
  });

  it('lets requests wait for an election, then serves them or says where to go', () => {
    const world = new ReplicaWorld(3);
    const old = world.elect();
    world.ticks(70);
    world.crash(old.pid);
    const asked = world
      .followers(old)
      .map((node) => ({ node, id: node.oneShot(9, increment('n')) }));
    world.settle();
    for (const { node, id } of asked) expect(node.replies.get(id)).toBeUndefined();
    const leader = world.elect();
    world.ticks(60);
    const answers = asked.map(({ node, id }) => ({ node, answer: node.replies.get(id) }));
    for (const { node, answer } of answers) {
      if (node === leader) expect(answer?.kind).toBe('executed');
      else expect(answer).toMatchObject({ code: 'OMNIKV_NOT_LEADER' });
    }
  });

  it('says OMNIKV_NO_QUORUM where too few nodes can be reached', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.ticks(5);
    const [a] = world.followers(leader);
    world.isolate(a!.pid);
    const id = a!.oneShot(1, put('key', 5n));
    world.ticks(150);
    expect(a!.replies.get(id)).toMatchObject({ kind: 'refused', code: 'OMNIKV_NO_QUORUM' });
  });

  it('refuses what could not be proposed before its deadline; nothing is proposed after (C6)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.ticks(5);
    const acceptedIdx = leader.omniPaxos.getAcceptedIdx();
    const id = leader.oneShot(1, put('key', 5n), 5);
    const read = leader.ask({ kind: 'get', key: 'key', consistency: 'linearizable' }, 5);
    // The process was stopped between the arrival and the end of the turn.
    world.scheduler.sleep(1_000);
    world.settle();
    for (const each of [id, read]) {
      expect(leader.replies.get(each)).toMatchObject({ kind: 'refused', code: 'OMNIKV_TIMEOUT' });
    }
    expect(leader.omniPaxos.getAcceptedIdx()).toBe(acceptedIdx);
  });

  it('ends what was proposed as unknown at its deadline (C4)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    for (const node of world.nodes) node.disk.isFast = false;
    const id = leader.oneShot(1, put('key', 5n), 100);
    world.ticks(5);
    expect(leader.replies.get(id)).toBeUndefined();
    world.ticks(10);
    expect(leader.replies.get(id)?.kind).toBe('unknown');
    expect(leader.replica.pendingCount).toBe(0);
  });

  it('answers what is under way as unknown when it stops, and refuses the rest (S1)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    for (const node of world.nodes) node.disk.isFast = false;
    const proposed = leader.oneShot(1, put('key', 5n));
    world.settle();
    const waiting = leader.oneShot(2, put('key', 6n));
    leader.replica.stop();
    expect(leader.replies.get(proposed)?.kind).toBe('unknown');
    expect(leader.replies.get(waiting)).toMatchObject({ code: 'OMNIKV_SHUTTING_DOWN' });
  });

  it('refuses writes and goes on reading while the disk is nearly full (D19)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    leader.hasDiskReserve = false;
    const write = leader.oneShot(1, put('key', 5n));
    const read = leader.get('key');
    world.settle();
    expect(leader.replies.get(write)).toMatchObject({ code: 'OMNIKV_DISK_FULL' });
    expect(leader.replies.get(read)?.kind).toBe('value');
  });

  it('is a slow peer while its disk is nearly full, and catches up afterwards (D19)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.ticks(5);
    const [full] = world.followers(leader);
    full!.hasDiskReserve = false;
    const id = leader.oneShot(1, put('key', 5n));
    world.ticks(5);
    expect(leader.replies.get(id)?.kind).toBe('executed');
    expect(full!.omniPaxos.getAcceptedIdx()).toBe(1);
    full!.hasDiskReserve = true;
    world.until(() => number(full!, 'key') === 5n, 200);
  });
});
