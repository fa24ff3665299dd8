/**
 * Scans of a store with many new keys: their order is made in slices, and nobody else waits (R8).
 */

import { describe, expect, it } from 'vitest';

import { KvStateMachine } from '../../src/core/kv/index.js';
import { KEY_SORT_SLICE } from '../../src/core/limits.js';
import { Reader } from '../../src/core/replica/reader.js';
import type { ReadBody } from '../../src/core/replica/request.js';
import type { ServerReplyBody } from '../../src/core/wire/client-messages.js';
import { ReplicaWorld } from '../support/replica-world.js';

const KEY_COUNT = 3 * KEY_SORT_SLICE + 1;
const SCAN: ReadBody = {
  kind: 'scan',
  consistency: 'local',
  range: {
    prefix: '',
    from: undefined,
    to: undefined,
    limit: 2,
    isReverse: false,
    isKeysOnly: true,
  },
};

function keyOf(i: number): string {
  // Neither ascending nor descending.
  return `key-${String((i * 7_919) % KEY_COUNT).padStart(6, '0')}`;
}

/** Counts the slices beside doing the work. */
class CountingMachine extends KvStateMachine {
  sliceCount = 0;

  override sortKeys(atMost: number): boolean {
    this.sliceCount += 1;
    return super.sortKeys(atMost);
  }
}

/** How many turns it takes until no scan waits. */
function turnsOf(reader: Reader): number {
  let turns = 0;
  for (; reader.hasUnsorted; turns++) reader.answerSorted();
  return turns;
}

function benchOf() {
  const stateMachine = new CountingMachine();
  stateMachine.apply(0, { kind: 'configure', sessionLimit: 1, oneShotLimit: 1 });
  stateMachine.apply(1, { kind: 'register', nonce: new Uint8Array(16) });
  const put = (i: number): void => {
    const operation = {
      kind: 'put',
      key: keyOf(i),
      value: { kind: 'u64', value: BigInt(i) },
      condition: undefined,
    } as const;
    stateMachine.apply(i + 2, { kind: 'request', sessionId: 1, sequence: i + 1, operation });
  };
  for (let i = 0; i < KEY_COUNT; i++) put(i);
  const consensus = new ReplicaWorld(1).node(1).omniPaxos;
  const reader = new Reader({ consensus, stateMachine });
  const replies = new Map<number, ServerReplyBody>();
  const sink = { reply: (id: number, body: ServerReplyBody) => void replies.set(id, body) };
  const ask = (requestId: number, body: ReadBody): void => {
    reader.submit({ sink, requestId, arrivedAtMs: 0, deadlineAtMs: 1_000, body });
  };
  return { stateMachine, reader, replies, ask };
}

describe('a scan of many new keys', () => {
  it('waits a slice a turn, sees every key in order, and holds up no other read', () => {
    const { reader, replies, ask, stateMachine } = benchOf();
    ask(1, SCAN);
    expect(replies.size).toBe(0);
    ask(2, { kind: 'get', key: keyOf(0), consistency: 'local' });
    expect(replies.get(2)).toMatchObject({ kind: 'value' });
    expect(turnsOf(reader)).toBe(3);
    expect(stateMachine.sliceCount).toBe(4);
    expect(replies.get(1)).toMatchObject({
      kind: 'items',
      hasMore: true,
      items: [{ key: 'key-000000' }, { key: 'key-000001' }],
    });
    ask(3, SCAN);
    expect(replies.get(3)?.kind).toBe('items');
  });

  it('is one of several: they share the slices', () => {
    const { reader, replies, ask, stateMachine } = benchOf();
    for (let id = 1; id <= 50; id++) ask(id, SCAN);
    expect(stateMachine.sliceCount).toBe(1);
    expect(turnsOf(reader)).toBe(3);
    expect(stateMachine.sliceCount).toBe(4);
    expect(replies.size).toBe(50);
  });

  it('ends at its deadline, and when the node stops, as any read', () => {
    const { reader, replies, ask } = benchOf();
    ask(1, SCAN);
    reader.expire(999);
    expect(replies.size).toBe(0);
    reader.expire(1_000);
    expect(replies.get(1)).toMatchObject({ kind: 'refused', code: 'OMNIKV_TIMEOUT' });
    ask(2, SCAN);
    reader.refuseAll({ code: 'OMNIKV_SHUTTING_DOWN', message: 'stopping', leader: 0 });
    expect(replies.get(2)).toMatchObject({ kind: 'refused', code: 'OMNIKV_SHUTTING_DOWN' });
    expect(reader.hasUnsorted).toBe(false);
    expect(replies.size).toBe(2);
  });
});

it('a replica sorts new keys while nothing is to be decided, and answers a scan by itself', () => {
  const world = new ReplicaWorld(1);
  const leader = world.elect();
  const write = (from: number): void => {
    for (let i = from; i < from + 2 * KEY_SORT_SLICE; i++) {
      const nonce = new Uint8Array(16);
      new DataView(nonce.buffer).setUint32(0, i);
      const value = { kind: 'u64', value: 1n } as const;
      const operation = { kind: 'put', key: keyOf(i), value, condition: undefined } as const;
      const command = { kind: 'oneShot', nonce, floorIdx: 0, operation } as const;
      leader.ask({ kind: 'execute', command });
    }
    world.settle();
  };
  write(0);
  const scan = leader.ask({ ...SCAN, consistency: 'linearizable' });
  world.settle();
  expect(leader.replies.get(scan)).toMatchObject({ kind: 'items', hasMore: true });
  write(2 * KEY_SORT_SLICE);
  expect(leader.stateMachine.sortKeys(0)).toBe(true);
  world.ticks(3);
  expect(leader.stateMachine.sortKeys(0)).toBe(false);
});
