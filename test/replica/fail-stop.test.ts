/**
 * When something is wrong, a replica stops: once, at once, and for good (D17, H13).
 */

import { describe, expect, it, vi } from 'vitest';

import { Applier } from '../../src/core/replica/applier.js';
import type { Consensus } from '../../src/core/replica/consensus.js';
import { PendingProposals } from '../../src/core/replica/pending-proposals.js';
import type { Proposal } from '../../src/core/replica/request.js';
import { KvStateMachine } from '../../src/core/kv/index.js';
import { encodeCommand } from '../../src/core/wire/index.js';
import { increment, put, ReplicaWorld } from '../support/replica-world.js';

function logOf(entries: readonly Uint8Array[]): Consensus {
  const log: Pick<Consensus, 'getDecidedIdx' | 'readDecided'> = {
    getDecidedIdx: () => entries.length,
    readDecided: (fromIdx) => entries.slice(fromIdx, fromIdx + 10),
  };
  return log as Consensus;
}

const nobody = { takeOldestIf: () => undefined, take: () => undefined, answer: () => undefined };
const limits = encodeCommand({ kind: 'configure', sessionLimit: 8, oneShotLimit: 8 });

describe('a replica whose disk fails', () => {
  it('reports it once, sends nothing more and answers nothing (D17)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    leader.disk.isFast = false;
    const id = leader.oneShot(1, put('key', 5n));
    world.scheduler.runDeferred();
    leader.disk.failFlush(new Error('EIO: i/o error, fdatasync'));
    world.posted.length = 0;
    world.ticks(20);
    expect(leader.fatal).toMatchObject([{ code: 'OMNIKV_IO', exit: 74 }]);
    expect(world.posted.filter((message) => message.from === leader.pid)).toEqual([]);
    expect(leader.replies.get(id)).toBeUndefined();
    const late = leader.oneShot(2, put('key', 6n));
    world.ticks(5);
    expect(leader.replies.get(late)).toBeUndefined();
  });
});

describe('a replica whose disk fails at once', () => {
  it('ends its turn there: it applies, confirms and answers nothing more (D17)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    leader.disk.isImmediate = true;
    vi.spyOn(leader.disk, 'completeFlush').mockImplementation(() => {
      leader.disk.failFlush(new Error('EIO: i/o error, fdatasync'));
    });
    const applying = vi.spyOn(leader.stateMachine, 'apply');
    const confirming = vi.spyOn(leader.omniPaxos, 'takeReadyReads');
    const id = leader.oneShot(1, put('key', 5n));
    world.ticks(20);
    expect(leader.fatal).toMatchObject([{ code: 'OMNIKV_IO', exit: 74 }]);
    expect(applying).not.toHaveBeenCalled();
    expect(confirming).not.toHaveBeenCalled();
    expect(leader.replies.get(id)).toBeUndefined();
  });
});

describe('a replica that stops', () => {
  it('ends a turn for each refusal, so that it leaves at once (S1)', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.settle();
    leader.replica.refuseNew();
    world.settle();
    const id = leader.oneShot(1, put('key', 5n));
    expect(leader.replies.get(id)).toMatchObject({ kind: 'refused' });
    expect(world.scheduler.hasDeferred).toBe(true);
    world.settle();
    leader.replica.handOver({ to: 0, timeoutMs: 100 }, () => undefined);
    expect(world.scheduler.hasDeferred).toBe(true);
  });
});

describe('the applier', () => {
  it('stops at a decided entry that is no command (D4)', () => {
    const applier = new Applier({
      consensus: logOf([limits, new Uint8Array([250, 1, 2])]),
      stateMachine: new KvStateMachine(),
      clock: { nowMs: () => 0 },
      listener: nobody,
    });
    expect(() => applier.applySlice()).toThrow(/decided entry 1 is no command/);
  });

  it('gives the event loop its turn while it catches up (R8)', () => {
    const entry = encodeCommand({
      kind: 'oneShot',
      nonce: new Uint8Array(16),
      floorIdx: 0,
      operation: increment('n'),
    });
    const entries = [limits, ...Array.from({ length: 99 }, () => entry)];
    const stateMachine = new KvStateMachine();
    let nowMs = 0;
    const clock = { nowMs: () => (nowMs += 4) };
    const applier = new Applier({
      consensus: logOf(entries),
      stateMachine,
      clock,
      listener: nobody,
    });
    expect(applier.applySlice()).toBe(true);
    expect(stateMachine.appliedIdx).toBeLessThan(100);
    while (applier.applySlice());
    expect(stateMachine.appliedIdx).toBe(100);
  });
});

describe('the pending table', () => {
  it('finds, orders and forgets ten thousand proposals', () => {
    const pending = new PendingProposals();
    const proposals = Array.from({ length: 10_000 }, (_, at): Proposal => {
      const operation = increment('n');
      const sessionId = at % 100;
      const sequence = Math.floor(at / 100);
      return {
        sink: { reply: () => undefined },
        requestId: at,
        arrivedAtMs: 0,
        deadlineAtMs: at,
        command: { kind: 'request', sessionId, sequence, operation },
        entry: new Uint8Array(0),
        sizeBytes: 0,
        duplicates: undefined,
        nextOfSession: undefined,
        isSettled: false,
      };
    });
    for (const proposal of proposals) pending.add(proposal);
    expect(pending.all()).toEqual(proposals);
    for (const proposal of proposals.slice(0, 5_000)) {
      expect(pending.takeOldestIf(proposal.entry)).toBe(proposal);
    }
    expect(pending.take(proposals[7_000]!.command)).toBe(proposals[7_000]);
    expect(pending.take(proposals[7_000]!.command)).toBeUndefined();
    expect(pending.takeOldestIf(new Uint8Array(1))).toBeUndefined();
    expect(pending.takeExpired(8_999)).toHaveLength(3_999);
    expect(pending.count).toBe(1_000);
    expect(pending.all()).toEqual(proposals.slice(9_000));
    for (const { command } of proposals.slice(9_000)) expect(pending.take(command)).toBeDefined();
    expect(pending.count).toBe(0);
  });
});
