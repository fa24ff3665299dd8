/** X7: a client that cannot reach the leader asks a node to pass its calls on. */

import { beforeEach, describe, expect, it } from 'vitest';

import type { ServerReplyBody } from '../../src/core/wire/client-messages.js';
import { FakeCluster, refused } from './fake-cluster.js';

let cluster: FakeCluster;
/** Whether each request said that it may be relayed. */
let asked: boolean[];

beforeEach(() => {
  cluster = new FakeCluster();
  asked = [];
  const value: ServerReplyBody = { kind: 'value', found: undefined, appliedIdx: 1 };
  cluster.node(2).script = ({ isRelayable = false }) => {
    asked.push(isRelayable);
    return { kind: 'answer', body: isRelayable ? value : refused('OMNIKV_NOT_LEADER', 1) };
  };
});

async function get(client: ReturnType<FakeCluster['connect']>): Promise<void> {
  expect(await cluster.time.until(client.get('key'))).toBeUndefined();
}

describe('a client that knows a follower alone', () => {
  it('asks it to pass calls on, at once, and asks for the leader again after a while', async () => {
    const client = cluster.connect({ nodes: new Map([[2, '/nowhere/2']]) });
    await get(client);
    await get(client);
    expect(asked).toEqual([false, true, true]);
    await cluster.time.pass(1_100);
    await get(client);
    expect(asked).toEqual([false, true, true, false, true]);
    client.close();
  });
});

describe('a client that knows every node', () => {
  it('goes to the leader itself', async () => {
    cluster.node(3).state = 'down';
    const client = cluster.connect();
    await get(client);
    expect(asked.includes(true)).toBe(false);
    client.close();
  });
});
