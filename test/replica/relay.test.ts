/**
 * X7: a node that cannot hear the leader serves its clients through a neighbour; a follower through
 * the leader itself. Sessions and linearizable reads keep what they promise.
 */

import { describe, expect, it } from 'vitest';

import { RELAY_PATIENCE_MS } from '../../src/core/limits.js';
import type { ClientRequestBody } from '../../src/core/wire/client-messages.js';
import { put, ReplicaWorld, type ReplicaNode } from '../support/replica-world.js';

interface Setting {
  readonly world: ReplicaWorld;
  readonly leader: ReplicaNode;
  /** Hears the leader and the one that is cut off. */
  readonly neighbour: ReplicaNode;
  readonly cutOff: ReplicaNode;
}

function setUp(): Setting {
  const world = new ReplicaWorld(3);
  const leader = world.elect();
  world.ticks(70);
  const [neighbour, cutOff] = world.nodes.filter((node) => node !== leader);
  return { world, leader, neighbour: neighbour!, cutOff: cutOff! };
}

function isServing({ omniPaxos }: ReplicaNode): boolean {
  const { isServing: serves, role } = omniPaxos.status();
  return serves && role === 'leader';
}

/** The chained cut: in silence, nobody is told. */
function chain({ world, leader, cutOff }: Setting): void {
  world.silence(leader.pid, cutOff.pid);
  world.silence(cutOff.pid, leader.pid);
}

function relayed(node: ReplicaNode, body: ClientRequestBody, deadlineMs = 5_000): number {
  return node.ask(body, deadlineMs, { isRelayable: true });
}

function execute(nonce: number, key: string, value: bigint): ClientRequestBody {
  const command = {
    kind: 'oneShot',
    nonce: new Uint8Array(16).fill(nonce),
    floorIdx: 0,
    operation: put(key, value),
  } as const;
  return { kind: 'execute', command };
}

const get = (key: string): ClientRequestBody => ({ kind: 'get', key, consistency: 'linearizable' });

describe('a follower that hears the leader', () => {
  it('passes on what only the leader can answer, over one hop', () => {
    const { world, leader, cutOff } = setUp();
    const write = relayed(cutOff, execute(1, 'key', 5n));
    world.settle();
    expect(cutOff.replies.get(write)).toMatchObject({ kind: 'executed' });
    const read = relayed(cutOff, get('key'));
    world.settle();
    expect(cutOff.replies.get(read)).toMatchObject({
      kind: 'value',
      found: { value: { value: 5n } },
    });
    const requests = world.relayed.filter(({ message }) => message.kind === 'request');
    expect(requests.map(({ to }) => to)).toEqual([leader.pid, leader.pid]);
    expect(requests.every(({ message }) => 'hopsLeft' in message && message.hopsLeft === 0)).toBe(
      true,
    );
  });

  it('that stops waits for what it has passed on (S1)', () => {
    const { world, cutOff } = setUp();
    const write = relayed(cutOff, execute(1, 'key', 5n));
    cutOff.replica.refuseNew();
    expect(cutOff.replica.underWayCount).toBe(1);
    world.settle();
    expect(cutOff.replies.get(write)).toMatchObject({ kind: 'executed' });
    expect(cutOff.replica.underWayCount).toBe(0);
  });

  it('names the leader to a client that can ask it', () => {
    const { world, leader, cutOff } = setUp();
    const id = cutOff.ask(execute(1, 'key', 5n));
    world.settle();
    expect(cutOff.replies.get(id)).toMatchObject({ kind: 'refused', leader: leader.pid });
    expect(world.relayed).toEqual([]);
  });
});

describe('the chained cut (H18)', () => {
  it('a node without a link to the leader serves writes and reads through its neighbour', () => {
    const setting = setUp();
    const { world, leader, neighbour, cutOff } = setting;
    chain(setting);
    world.ticks(100);
    expect(world.nodes.filter((node) => node.omniPaxos.status().role === 'leader')).toEqual([
      leader,
    ]);
    world.relayed.length = 0;
    const write = relayed(cutOff, execute(2, 'key', 7n));
    world.settle();
    expect(cutOff.replies.get(write)).toMatchObject({ kind: 'executed' });
    const ways = world.relayed.map(({ from, to, message }) => {
      return `${message.kind} ${from}>${to}${message.kind === 'request' ? ` ${message.hopsLeft}` : ''}`;
    });
    const [l, n, c] = [leader.pid, neighbour.pid, cutOff.pid];
    expect(ways).toEqual([
      `request ${c}>${n} 1`,
      `request ${n}>${l} 0`,
      `reply ${l}>${n}`,
      `reply ${n}>${c}`,
    ]);
    const read = relayed(cutOff, get('key'));
    world.settle();
    expect(cutOff.replies.get(read)).toMatchObject({ found: { value: { value: 7n } } });
    expect(cutOff.replica.relaysThrough).toBe(n);
    expect(neighbour.replica.relaysThrough).toBeUndefined();
  });

  it('what was on its way when the link fell silent goes another way, and is executed once', () => {
    const setting = setUp();
    const { world, leader, cutOff } = setting;
    // Only the answers are lost: the leader executes what it is asked.
    world.silence(leader.pid, cutOff.pid);
    const increment = {
      kind: 'oneShot',
      nonce: new Uint8Array(16).fill(3),
      floorIdx: 0,
      operation: { kind: 'increment', key: 'n', by: 1n },
    } as const;
    const id = relayed(cutOff, { kind: 'execute', command: increment });
    world.settle();
    expect(cutOff.replies.get(id)).toBeUndefined();
    world.ticks(Math.ceil(RELAY_PATIENCE_MS / 10) + 10);
    expect(cutOff.replies.get(id)).toMatchObject({
      kind: 'executed',
      reply: { reply: { value: 1n } },
    });
    expect(leader.stateMachine.get('n')?.value).toEqual({ kind: 'u64', value: 1n });
  });
});

describe('a former leader that has lost its quorum (L5)', () => {
  it('serves its clients through the one neighbour that it has, under the next leader', () => {
    const world = new ReplicaWorld(5);
    const former = world.elect();
    world.ticks(70);
    const [neighbour, ...others] = world.followers(former);
    for (const { pid } of others) {
      world.silence(former.pid, pid);
      world.silence(pid, former.pid);
    }
    const isLedAnew = () => world.nodes.some((node) => node !== former && isServing(node));
    world.until(isLedAnew);
    const successor = others[0]!;
    if (!isServing(successor)) {
      const leader = world.nodes.find((node) => node !== former && isServing(node))!;
      leader.replica.handOver({ to: successor.pid, timeoutMs: 1_000 }, () => undefined);
      world.until(() => isServing(successor));
    }
    world.ticks(100);
    world.relayed.length = 0;
    const write = relayed(former, execute(5, 'key', 9n));
    world.ticks(20);
    expect(former.replies.get(write)).toMatchObject({ kind: 'executed' });
    const read = relayed(former, get('key'));
    world.ticks(20);
    expect(former.replies.get(read)).toMatchObject({ found: { value: { value: 9n } } });
    const asked = world.relayed.filter(({ message }) => message.kind === 'request');
    const [f, n, s] = [former.pid, neighbour!.pid, successor.pid];
    expect(asked.map(({ from, to }) => `${from}>${to}`)).toEqual([
      ...[`${f}>${n}`, `${n}>${s}`],
      ...[`${f}>${n}`, `${n}>${s}`],
    ]);
  });
});

describe('a way that gives no answer', () => {
  it('is asked again where it is the only one, and a late answer counts', () => {
    const { world, leader, neighbour, cutOff } = setUp();
    for (const [a, b] of [
      [neighbour, cutOff],
      [cutOff, neighbour],
      [leader, cutOff],
    ] as const) {
      world.silence(a.pid, b.pid);
    }
    const id = relayed(cutOff, execute(9, 'key', 4n));
    world.ticks(30);
    expect(cutOff.replies.get(id)).toBeUndefined();
    world.unsilence(leader.pid, cutOff.pid);
    world.ticks(40);
    expect(cutOff.replies.get(id)).toMatchObject({ kind: 'executed' });
    const copies = world.relayed.filter(({ message }) => message.kind === 'request');
    // Patience doubles: a slow link is not flooded.
    expect(copies.length).toBeLessThanOrEqual(5);
  });

  it('is left for another one where it refuses', () => {
    const setting = setUp();
    const { world, leader, neighbour, cutOff } = setting;
    const id = relayed(cutOff, get('key'));
    const [sent] = world.relayed;
    if (sent?.message.kind !== 'request') throw new Error('nothing was passed on');
    cutOff.replica.handleRelay(leader.pid, {
      kind: 'reply',
      reply: {
        id: sent.message.request.id,
        body: { kind: 'refused', code: 'OMNIKV_OVERLOADED', message: 'full', leader: 0 },
      },
    });
    const requests = world.relayed.filter(({ message }) => message.kind === 'request');
    expect(requests.map(({ to }) => to)).toEqual([leader.pid, neighbour.pid]);
    world.settle();
    expect(cutOff.replies.get(id)).toMatchObject({ kind: 'value' });
  });

  it('that is lost with its connection ends a read as one that another node may answer', () => {
    const { world, leader, neighbour, cutOff } = setUp();
    for (const other of [leader, neighbour]) world.silence(other.pid, cutOff.pid);
    const id = relayed(cutOff, get('key'));
    world.settle();
    for (const other of [neighbour, leader]) cutOff.replica.linkDown(other.pid);
    world.settle();
    expect(cutOff.replies.get(id)).toMatchObject({ kind: 'refused', code: 'OMNIKV_UNREACHABLE' });
  });
});

describe('a node that knows no way to a leader', () => {
  it('says so at once: asking again is cheap', () => {
    const world = new ReplicaWorld(3);
    const [node] = world.nodes;
    const id = relayed(node!, get('key'));
    world.settle();
    expect(node!.replies.get(id)).toMatchObject({ kind: 'refused', code: 'OMNIKV_NOT_LEADER' });
  });

  it('knows one again where its leader has long been silent and a neighbour hears it', () => {
    const setting = setUp();
    chain(setting);
    const { world, neighbour, cutOff } = setting;
    world.ticks(100);
    expect(cutOff.omniPaxos.routesToLeader()?.via).toEqual([neighbour.pid]);
    world.silence(neighbour.pid, cutOff.pid);
    world.ticks(100);
    expect(cutOff.omniPaxos.routesToLeader()).toBeUndefined();
  });
});

describe('what cannot be settled', () => {
  it('is unknown for a change and refused for a read, when the only way is lost (C4)', () => {
    const { world, leader, neighbour, cutOff } = setUp();
    for (const other of [leader, neighbour]) world.silence(other.pid, cutOff.pid);
    const write = relayed(cutOff, execute(4, 'key', 1n), 400);
    const read = relayed(cutOff, get('key'), 400);
    world.ticks(60);
    expect(cutOff.replies.get(write)).toMatchObject({ kind: 'unknown' });
    expect(cutOff.replies.get(read)).toMatchObject({ kind: 'refused', code: 'OMNIKV_TIMEOUT' });
  });

  it('a relayed request is not relayed again (X7)', () => {
    const setting = setUp();
    const { world, leader, neighbour, cutOff } = setting;
    world.ticks(1);
    const request = { id: 9, deadlineMs: 1_000, body: get('key'), isRelayable: true } as const;
    neighbour.replica.handleRelay(cutOff.pid, {
      kind: 'request',
      hopsLeft: 0,
      request: { ...request, commandBytes: undefined },
    });
    world.settle();
    expect(world.relayed).toMatchObject([
      { from: neighbour.pid, to: cutOff.pid, message: { reply: { body: { kind: 'refused' } } } },
    ]);
    expect(world.relayed[0]?.message).toMatchObject({ reply: { body: { leader: leader.pid } } });
  });

  it('a refusal settles no change that was passed on: its frame may have come twice (C4, N9)', () => {
    const setting = setUp();
    const { world, leader, cutOff } = setting;
    const id = relayed(cutOff, execute(5, 'key', 2n), 2_000);
    world.settle();
    expect(cutOff.replies.get(id)).toMatchObject({ kind: 'executed' });
    // Another request, of which the leader takes one copy and refuses the other.
    leader.hasDiskReserve = false;
    const refused = relayed(cutOff, execute(6, 'key', 3n), 2_000);
    world.settle();
    expect(cutOff.replies.get(refused)).toMatchObject({ kind: 'unknown' });
  });

  it('an expired nonce settles none either: the copy before it may have been executed', () => {
    const { world, leader, cutOff } = setUp();
    const id = relayed(cutOff, execute(7, 'key', 1n));
    const [sent] = world.relayed;
    if (sent?.message.kind !== 'request') throw new Error('nothing was passed on');
    const reply = { kind: 'executed', reply: { kind: 'requestExpired' } } as const;
    cutOff.replica.handleRelay(leader.pid, {
      kind: 'reply',
      reply: { id: sent.message.request.id, body: reply },
    });
    world.settle();
    expect(cutOff.replies.get(id)).toMatchObject({ kind: 'unknown' });
    expect(leader.stateMachine.get('key')?.value).toEqual({ kind: 'u64', value: 1n });
  });

  it('an answer to the last life of a node finds nobody in this one', () => {
    const { world, leader, cutOff } = setUp();
    world.silence(leader.pid, cutOff.pid);
    relayed(cutOff, execute(8, 'key', 1n));
    const [sent] = world.relayed;
    if (sent?.message.kind !== 'request') throw new Error('nothing was passed on');
    const { id } = sent.message.request;
    world.crash(cutOff.pid);
    world.restart(cutOff.pid);
    world.unsilence(leader.pid, cutOff.pid);
    world.ticks(100);
    const again = world.node(cutOff.pid);
    const read = relayed(again, get('key'));
    const late = { kind: 'unknown', message: 'of the last life' } as const;
    again.replica.handleRelay(leader.pid, { kind: 'reply', reply: { id, body: late } });
    world.settle();
    expect(again.replies.get(read)).toMatchObject({ kind: 'value' });
  });
});
