/**
 * A replica that hands the lead over (E8), and one that stops (S1): what its owner is told, and that
 * every request goes on.
 */

import { describe, expect, it } from 'vitest';

import { HAND_OVER_ATTEMPT_MS, SHUTDOWN_HAND_OVER_MS } from '../../src/core/limits.js';
import type { HandOverOutcome } from '../../src/core/replica/hand-over.js';
import { increment, put, ReplicaWorld, type ReplicaNode } from '../support/replica-world.js';

const TIMEOUT_MS = 1_000;

function settledWorld(count = 3) {
  const world = new ReplicaWorld(count);
  const leader = world.elect();
  // Every follower needs a round of its own behind it.
  world.ticks(70);
  return { world, leader };
}

function handOver(node: ReplicaNode, to = 0, timeoutMs = TIMEOUT_MS): HandOverOutcome[] {
  const outcomes: HandOverOutcome[] = [];
  node.replica.handOver({ to, timeoutMs }, (outcome) => outcomes.push(outcome));
  return outcomes;
}

function refusal(code: string, leader: number) {
  return [{ kind: 'refused', refusal: { code, leader } }];
}

describe('a replica that hands over (E8)', () => {
  it('tells when the other leads, without waiting for a tick', () => {
    const { world, leader } = settledWorld();
    const target = world.followers(leader)[1]!;
    const outcomes = handOver(leader, target.pid);
    world.settle();
    expect(outcomes).toEqual([{ kind: 'handedOver', leader: target.pid }]);
    expect(world.serving()).toBe(target);
  });

  it('H12: answers every write that it had taken, once', () => {
    const { world, leader } = settledWorld();
    const before = leader.oneShot(1, increment('n'));
    const outcomes = handOver(leader);
    const after = leader.oneShot(2, increment('n'));
    world.until(() => leader.replies.size === 2);
    expect(outcomes).toHaveLength(1);
    for (const id of [before, after]) {
      const reply = leader.replies.get(id)!;
      expect(['executed', 'refused']).toContain(reply.kind);
    }
    expect(leader.replies.get(before)?.kind).toBe('executed');
    world.ticks(40);
    const answered = [before, after].filter((id) => leader.replies.get(id)?.kind === 'executed');
    for (const node of world.nodes) {
      expect(node.stateMachine.get('n')?.value).toEqual({
        kind: 'u64',
        value: BigInt(answered.length),
      });
    }
  });

  it('proposes what the new leader is asked as soon as it has adopted the log, reads when it is ready', () => {
    const { world, leader } = settledWorld();
    const [target, other] = world.followers(leader);
    const disks = [target!.disk, other!.disk, leader.disk];
    for (const disk of disks) disk.isFast = false;
    leader.replica.handOver({ to: target!.pid, timeoutMs: TIMEOUT_MS }, () => undefined);
    world.settle();
    const write = target!.oneShot(1, put('key', 5n));
    const read = target!.get('key');
    // The promises: its own, then the others'.
    for (const disk of disks) {
      world.settle();
      if (disk.isFlushing) disk.completeFlush();
    }
    world.posted.length = 0;
    world.settle();
    expect(target!.omniPaxos.status()).toMatchObject({ phase: 'accept', isServing: false });
    const kinds = world.posted
      .filter(({ from }) => from === target!.pid)
      .map(({ body }) => body.kind);
    expect(kinds).toContain('acceptDecide');
    expect(kinds).not.toContain('readRequest');
    for (const disk of disks) disk.isFast = true;
    world.settle();
    expect(target!.replies.get(write)?.kind).toBe('executed');
    expect(target!.replies.get(read)?.kind).toBe('value');
  });

  it('is no leader that could hand over: it names the one that can', () => {
    const { world, leader } = settledWorld();
    const [follower] = world.followers(leader);
    expect(handOver(follower!)).toMatchObject(refusal('OMNIKV_NOT_LEADER', leader.pid));
  });

  it('has nothing to do where the node leads already', () => {
    const { leader } = settledWorld();
    expect(handOver(leader, leader.pid)).toEqual([{ kind: 'handedOver', leader: leader.pid }]);
  });

  it('knows its peers', () => {
    const { leader } = settledWorld();
    expect(handOver(leader, 9)).toMatchObject(refusal('OMNIKV_UNKNOWN_NODE', leader.pid));
  });

  it('says at once that it has no link to the node', () => {
    const { world, leader } = settledWorld();
    const [target] = world.followers(leader);
    world.crash(target!.pid);
    expect(handOver(leader, target!.pid)).toMatchObject(
      refusal('OMNIKV_NOT_HANDED_OVER', leader.pid),
    );
    expect(handOver(settledWorld(1).leader)).toMatchObject(refusal('OMNIKV_NOT_HANDED_OVER', 1));
  });

  it('asks the next where one does not take over, and leads on meanwhile', () => {
    const { world, leader } = settledWorld();
    const [deaf, other] = world.followers(leader);
    // Below its reserve a node does not want to lead.
    deaf!.hasDiskReserve = false;
    const outcomes = handOver(leader);
    const read = leader.get('key');
    world.settle();
    expect(leader.replies.get(read)?.kind).toBe('value');
    world.until(() => outcomes.length > 0);
    expect(outcomes).toEqual([{ kind: 'handedOver', leader: other!.pid }]);
  });

  it('asks again where nobody could at first', () => {
    const { world, leader } = settledWorld();
    const [target] = world.followers(leader);
    target!.hasDiskReserve = false;
    const outcomes = handOver(leader, target!.pid);
    world.settle();
    target!.hasDiskReserve = true;
    world.ticks(HAND_OVER_ATTEMPT_MS / 10 - 1);
    expect(outcomes).toEqual([]);
    world.ticks(2);
    expect(outcomes).toEqual([{ kind: 'handedOver', leader: target!.pid }]);
  });

  it('gives up in time where nobody does', () => {
    const { world, leader } = settledWorld();
    for (const node of world.followers(leader)) node.hasDiskReserve = false;
    const outcomes = handOver(leader, 0, 500);
    world.ticks(49);
    expect(outcomes).toEqual([]);
    expect(handOver(leader)).toMatchObject(refusal('OMNIKV_OVERLOADED', leader.pid));
    world.ticks(2);
    expect(outcomes).toMatchObject(refusal('OMNIKV_NOT_HANDED_OVER', leader.pid));
    expect(world.serving()).toBe(leader);
  });

  it('says so where another than the named one leads in the end', () => {
    const { world, leader } = settledWorld();
    const [deaf, other] = world.followers(leader);
    deaf!.hasDiskReserve = false;
    const outcomes = handOver(leader, deaf!.pid);
    leader.omniPaxos.handOver(other!.pid);
    world.until(() => outcomes.length > 0);
    expect(outcomes).toMatchObject(refusal('OMNIKV_NOT_HANDED_OVER', other!.pid));
  });
});

describe('a replica that stops (S1)', () => {
  function leave(node: ReplicaNode): { readonly isDone: boolean } {
    const state = { isDone: false };
    node.replica.leave(() => {
      state.isDone = true;
    });
    return state;
  }

  it('hands over first: writes go on without an election', () => {
    const { world, leader } = settledWorld();
    const id = leader.oneShot(1, put('key', 5n));
    const left = leave(leader);
    world.settle();
    expect(left.isDone).toBe(true);
    expect(leader.replies.get(id)?.kind).toBe('executed');
    const successor = world.serving();
    expect(successor).toBeDefined();
    expect(successor).not.toBe(leader);
    world.crash(leader.pid);
    const next = successor!.oneShot(2, put('key', 6n));
    world.settle();
    expect(successor!.replies.get(next)?.kind).toBe('executed');
  });

  it('does not wait where it does not lead, is alone, or is cut off', () => {
    const { world, leader } = settledWorld();
    expect(leave(world.followers(leader)[0]!).isDone).toBe(true);
    world.isolate(leader.pid);
    expect(leave(leader).isDone).toBe(true);
    expect(leave(settledWorld(1).leader).isDone).toBe(true);
  });

  it("becomes nobody else's successor, and waits no longer than it may", () => {
    const { world, leader } = settledWorld();
    for (const node of world.followers(leader)) leave(node);
    const left = leave(leader);
    world.ticks(SHUTDOWN_HAND_OVER_MS / 10 - 1);
    expect(left.isDone).toBe(false);
    world.ticks(2);
    expect(left.isDone).toBe(true);
    expect(world.nodes.filter((node) => node.omniPaxos.status().role === 'leader')).toEqual([
      leader,
    ]);
  });

  it('goes on as soon as the last link is down', () => {
    const { world, leader } = settledWorld();
    for (const node of world.followers(leader)) leave(node);
    const left = leave(leader);
    world.ticks(HAND_OVER_ATTEMPT_MS / 20);
    for (const node of world.followers(leader)) world.crash(node.pid);
    world.settle();
    expect(left.isDone).toBe(true);
  });

  it('refuses further hand-overs, and ends one that is under way', () => {
    const { world, leader } = settledWorld();
    for (const node of world.followers(leader)) node.hasDiskReserve = false;
    const outcomes = handOver(leader);
    leave(leader);
    expect(outcomes).toMatchObject(refusal('OMNIKV_SHUTTING_DOWN', leader.pid));
    expect(handOver(leader)).toMatchObject(refusal('OMNIKV_SHUTTING_DOWN', leader.pid));
    world.settle();
    leader.replica.stop();
    expect(leave(leader).isDone).toBe(true);
  });
});
