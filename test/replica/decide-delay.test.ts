/**
 * A bare Decide waits for the next AcceptDecide, at most a tick.
 */

import { describe, expect, it } from 'vitest';

import { ZERO_BALLOT as n } from '../../src/core/omnipaxos/ballot.js';
import type { Message, MessageBody } from '../../src/core/omnipaxos/messages.js';
import { DecideDelay } from '../../src/core/replica/decide-delay.js';
import { put, ReplicaWorld } from '../support/replica-world.js';

function to(pid: number, body: MessageBody<Uint8Array>): Message<Uint8Array> {
  return { configurationId: 1, from: 1, to: pid, body };
}

function decide(pid: number, decidedIdx: number): Message<Uint8Array> {
  return to(pid, { kind: 'decide', n, decidedIdx });
}

function acceptDecide(pid: number, decidedIdx: number): Message<Uint8Array> {
  return to(pid, { kind: 'acceptDecide', n, decidedIdx, firstIdx: decidedIdx, entries: [] });
}

describe('the delay of Decide', () => {
  it('holds nothing but Decide, and of those the latest for each peer', () => {
    const delay = new DecideDelay();
    const accepted = to(2, { kind: 'accepted', n, acceptedIdx: 1 });
    expect(delay.pass([decide(2, 1), accepted, decide(3, 1), decide(2, 2)])).toEqual([accepted]);
    expect(delay.takeHeld()).toEqual([decide(2, 2), decide(3, 1)]);
    expect(delay.takeHeld()).toEqual([]);
  });

  it('drops what an AcceptDecide to the same peer says too', () => {
    const delay = new DecideDelay();
    delay.pass([decide(2, 1), decide(3, 1)]);
    expect(delay.pass([acceptDecide(2, 2)])).toEqual([acceptDecide(2, 2)]);
    expect(delay.takeHeld()).toEqual([decide(3, 1)]);
  });

  it('lets a follower apply a lone write within a tick', () => {
    const world = new ReplicaWorld(3);
    const leader = world.elect();
    world.ticks(70);
    const id = leader.oneShot(1, put('key', 5n));
    world.settle();
    expect(leader.replies.get(id)?.kind).toBe('executed');
    world.tick();
    for (const node of world.nodes) expect(node.stateMachine.get('key')).toBeDefined();
  });
});
