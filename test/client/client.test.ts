/**
 * The client handle against a scripted cluster: answers, conditions, reads, scans and the pool.
 */

import { describe, expect, it } from 'vitest';

import { ConditionFailedError } from '../../src/core/client/index.js';
import type { ClientRequestBody } from '../../src/core/wire/client-messages.js';
import { always, answerOf, FakeCluster, inTurn, refused } from './fake-cluster.js';

const text = (value: string) => ({ kind: 'text', value }) as const;
const registersOf = (bodies: readonly ClientRequestBody[]) =>
  bodies.filter((body) => body.kind === 'execute' && body.command.kind === 'register').length;

describe('moveLeader (E8)', () => {
  it('goes to the leader, wherever it is asked first, and gives the next one', async () => {
    const cluster = new FakeCluster();
    cluster.leader = 3;
    const client = cluster.connect();
    const { time } = cluster;
    expect(await time.until(client.moveLeader({ to: 2 }))).toBe(2);
    expect(cluster.leader).toBe(2);
    expect(await time.until(client.moveLeader())).not.toBe(2);
    await expect(client.moveLeader({ to: 9 })).rejects.toMatchObject({
      code: 'OMNIKV_UNKNOWN_NODE',
    });
    client.close();
  });

  it('fails where the leader could not, and that is certain', async () => {
    const cluster = new FakeCluster();
    for (const node of cluster.nodes.values()) {
      node.script = always(answerOf(refused('OMNIKV_NOT_HANDED_OVER', node.pid)));
    }
    const client = cluster.connect();
    await expect(cluster.time.until(client.moveLeader())).rejects.toMatchObject({
      code: 'OMNIKV_NOT_HANDED_OVER',
      exit: 1,
    });
    client.close();
  });
});

describe('the calls', () => {
  it('put, get, increment, compareAndSet, delete', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    const { time } = cluster;
    expect(await time.until(client.put('key', 5n))).toEqual({ version: 2 });
    expect(await time.until(client.get('key'))).toEqual({
      value: { kind: 'u64', value: 5n },
      version: 2,
      appliedIdx: 3,
    });
    expect(await time.until(client.increment('key'))).toBe(6n);
    expect(await time.until(client.increment('other', 7n))).toBe(7n);
    expect(await time.until(client.compareAndSet('key', 6n, text('six')))).toEqual({ version: 5 });
    expect(await time.until(client.delete(['key', 'other', 'none']))).toBe(2);
    expect(await time.until(client.get('key'))).toBeUndefined();
    client.close();
  });

  it('reject a condition that did not hold, with what the key holds', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    const { time } = cluster;
    await time.until(client.put('key', 5n));
    const failed = await time.until(
      client.put('key', 6n, { ifAbsent: true }).catch((error: unknown) => error),
    );
    expect(failed).toBeInstanceOf(ConditionFailedError);
    expect(failed).toMatchObject({
      code: 'OMNIKV_CONDITION_FAILED',
      exit: 5,
      actual: { value: { kind: 'u64', value: 5n }, version: 2 },
    });
    await expect(time.until(client.put('none', 1n, { ifVersion: 3 }))).rejects.toMatchObject({
      code: 'OMNIKV_CONDITION_FAILED',
      actual: undefined,
    });
    await expect(time.until(client.compareAndSet('key', text('5'), 1n))).rejects.toMatchObject({
      code: 'OMNIKV_CONDITION_FAILED',
    });
    expect(await time.until(client.put('key', 7n, { ifVersion: 2 }))).toEqual({ version: 6 });
  });

  it('reject an increment of a text and an overflow', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    const { time } = cluster;
    await time.until(client.put('t', text('5')));
    await time.until(client.put('n', 2n ** 64n - 1n));
    await expect(time.until(client.increment('t'))).rejects.toMatchObject({
      code: 'OMNIKV_NOT_A_NUMBER',
    });
    await expect(time.until(client.increment('n'))).rejects.toMatchObject({
      code: 'OMNIKV_OVERFLOW',
    });
  });

  it('check the limits before anything is sent (R5)', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    const refusals = [
      [client.put('', 1n), 'OMNIKV_INVALID_KEY'],
      [client.put('k', 2n ** 64n), 'OMNIKV_INVALID_VALUE'],
      [client.put('k', -1n), 'OMNIKV_INVALID_VALUE'],
      [client.put('k', text('x'.repeat(2 ** 20 + 1))), 'OMNIKV_VALUE_TOO_LARGE'],
      [client.get('k'.repeat(1_025)), 'OMNIKV_INVALID_KEY'],
      [client.delete([]), 'OMNIKV_INVALID_KEY'],
      [client.increment('k', -1n), 'OMNIKV_INVALID_VALUE'],
      [client.execute({ kind: 'delete', keys: [''] }), 'OMNIKV_INVALID_KEY'],
      [client.scan({ limit: 0 }), 'OMNIKV_USAGE'],
      [client.get('k', { node: 9 }), 'OMNIKV_UNKNOWN_NODE'],
      [client.status(9), 'OMNIKV_UNKNOWN_NODE'],
    ] as const;
    for (const [call, code] of refusals) await expect(call).rejects.toMatchObject({ code });
    await cluster.time.pass(100);
    expect(cluster.received).toEqual([]);
    expect([...cluster.nodes.values()].map((node) => node.connectCount)).toEqual([0, 0, 0]);
  });

  it('status and ping ask the node that is named', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    expect(await cluster.time.until(client.status(3))).toEqual({ pid: 3 });
    expect(cluster.node(3).received).toEqual([{ kind: 'status' }]);
    expect(await cluster.time.until(client.ping(2))).toBeGreaterThan(0);
    expect(cluster.node(1).connectCount).toBe(0);
  });

  it('a status that is no JSON, or of another node, is refused', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    for (const json of ['{', 'null', '{"pid":2}']) {
      cluster.node(1).script = always(answerOf({ kind: 'status', json }));
      await expect(cluster.time.until(client.status(1))).rejects.toMatchObject({
        code: 'OMNIKV_PROTOCOL',
      });
    }
  });
});

describe('a read', () => {
  it('goes to the leader, whichever node is asked first', async () => {
    const cluster = new FakeCluster();
    cluster.lead(3);
    const client = cluster.connect();
    await cluster.time.until(client.get('key', { node: 2 }));
    expect(cluster.node(2).received).toHaveLength(1);
    expect(cluster.node(3).received).toHaveLength(1);
    await cluster.time.until(client.get('key'));
    expect(cluster.node(3).received).toHaveLength(2);
    expect(cluster.node(1).received).toHaveLength(0);
  });

  it('of one node goes there and nowhere else (C7, Q6)', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    await cluster.time.until(client.put('key', 5n));
    const found = await cluster.time.until(client.get('key', { consistency: 'local', node: 3 }));
    expect(found).toMatchObject({ version: 2, appliedIdx: 3 });
    expect(cluster.node(3).received).toEqual([{ kind: 'get', key: 'key', consistency: 'local' }]);
  });

  it('of one node that is down ends with OMNIKV_NODE_DOWN', async () => {
    const cluster = new FakeCluster();
    cluster.kill(3);
    const client = cluster.connect();
    const startMs = cluster.time.nowMs();
    const read = client.get('key', { consistency: 'local', node: 3 });
    await expect(cluster.time.until(read)).rejects.toMatchObject({ code: 'OMNIKV_NODE_DOWN' });
    await expect(cluster.time.until(client.status(3))).rejects.toMatchObject({
      code: 'OMNIKV_NODE_DOWN',
    });
    expect(cluster.time.nowMs() - startMs).toBeLessThan(1_000);
  });

  it('is asked again when its answer was lost, and is never unknown', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn({ kind: 'break' }, { kind: 'executeAndForget' });
    const client = cluster.connect();
    expect(await cluster.time.until(client.get('key'))).toBeUndefined();
    cluster.node(1).script = always({ kind: 'beSilent' });
    await expect(cluster.time.until(client.get('key'))).rejects.toMatchObject({
      code: 'OMNIKV_TIMEOUT',
      exit: 69,
    });
  });

  it('answered with something else is an error of the protocol', async () => {
    const cluster = new FakeCluster();
    cluster.node(1).script = inTurn(answerOf({ kind: 'pong' }));
    await expect(cluster.time.until(cluster.connect().get('key'))).rejects.toMatchObject({
      code: 'OMNIKV_PROTOCOL',
    });
  });
});

describe('a scan', () => {
  async function filled(keyCount: number) {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    const large = { kind: 'bytes', value: new Uint8Array(300_000) } as const;
    const keys = Array.from({ length: keyCount }, (_, at) => `k${String(at).padStart(3, '0')}`);
    await cluster.time.until(Promise.all(keys.map((key) => client.put(key, large))));
    return { cluster, client, keys };
  }

  it('asks page after page until all is there', async () => {
    const { cluster, client, keys } = await filled(10);
    const { items } = await cluster.time.until(client.scan({ prefix: 'k' }));
    expect(items.map((item) => item.key)).toEqual(keys);
    const reversed = await cluster.time.until(client.scan({ isReverse: true }));
    expect(reversed.items.map((item) => item.key)).toEqual([...keys].reverse());
    expect(cluster.received.filter((body) => body.kind === 'scan').length).toBeGreaterThan(6);
  });

  it('keeps to its limit over pages, and to its bounds', async () => {
    const { cluster, client } = await filled(10);
    const keysOf = async (options: Parameters<typeof client.scan>[0]) =>
      (await cluster.time.until(client.scan(options))).items.map((item) => item.key);
    expect(await keysOf({ limit: 5 })).toEqual(['k000', 'k001', 'k002', 'k003', 'k004']);
    expect(await keysOf({ from: 'k003', to: 'k005' })).toEqual(['k003', 'k004']);
    expect(await keysOf({ from: 'k003', to: 'k009', isReverse: true, limit: 4 })).toEqual([
      'k008',
      'k007',
      'k006',
      'k005',
    ]);
    expect(await keysOf({ prefix: 'none' })).toEqual([]);
  });

  it('gives its pages one at a time', async () => {
    const { cluster, client } = await filled(4);
    const pages = client.scanPages();
    const first = await cluster.time.until(pages.next());
    expect(first.done).toBe(false);
    expect(cluster.received.filter((body) => body.kind === 'scan')).toHaveLength(1);
    await pages.return();
  });
});

describe('the pool (K8)', () => {
  it('runs 256 calls side by side over one connection, each under its own session (K8)', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    const calls = Array.from({ length: 1_000 }, () => client.increment('n'));
    const sums = await cluster.time.until(Promise.all(calls));
    expect(new Set(sums).size).toBe(1_000);
    expect(registersOf(cluster.received)).toBe(256);
    expect(cluster.machine.get('n')?.value).toEqual({ kind: 'u64', value: 1_000n });
    const connectCount = [...cluster.nodes.values()].map((node) => node.connectCount);
    expect(connectCount.reduce((a, b) => a + b)).toBeLessThanOrEqual(2);
  });

  it('serves waiting calls in their order', async () => {
    const cluster = new FakeCluster([1]);
    const client = cluster.connect({ maxSessions: 1 });
    const done: number[] = [];
    const calls = [0, 1, 2, 3, 4].map((n) => client.put('k', BigInt(n)).then(() => done.push(n)));
    await cluster.time.until(Promise.all(calls));
    expect(done).toEqual([0, 1, 2, 3, 4]);
    expect(registersOf(cluster.received)).toBe(1);
    expect(cluster.machine.get('k')?.value).toEqual({ kind: 'u64', value: 4n });
  });

  it('uses one session for calls that come one after another', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    for (let n = 0; n < 5; n++) await cluster.time.until(client.increment('n'));
    expect(registersOf(cluster.received)).toBe(1);
  });

  it('passes over calls that ended while they waited', async () => {
    const cluster = new FakeCluster([1]);
    cluster.node(1).script = inTurn({ kind: 'serve' }, { kind: 'executeAndBeSilent' });
    const client = cluster.connect({ maxSessions: 1 });
    const first = client.increment('n', 1n, { deadlineMs: 400 });
    const second = client.increment('n', 10n, { deadlineMs: 100 });
    const third = client.increment('n', 100n);
    await expect(cluster.time.until(second)).rejects.toMatchObject({ code: 'OMNIKV_TIMEOUT' });
    await expect(cluster.time.until(first)).rejects.toMatchObject({ exit: 75 });
    expect(await cluster.time.until(third)).toBe(101n);
  });

  it('refuses a call when the line is full (R1)', async () => {
    const cluster = new FakeCluster([1]);
    cluster.node(1).state = 'deaf';
    const client = cluster.connect({ maxSessions: 1, deadlineMs: 1_000 });
    const calls = Array.from({ length: 100_001 }, () => client.increment('n').catch(() => 0n));
    await expect(client.increment('n')).rejects.toMatchObject({ code: 'OMNIKV_OVERLOADED' });
    client.close();
    await Promise.all(calls);
  });
});

describe('close', () => {
  it('fails what was never sent, and calls the rest unknown', async () => {
    const cluster = new FakeCluster([1]);
    const client = cluster.connect({ maxSessions: 1 });
    await cluster.time.until(client.increment('n'));
    cluster.node(1).script = always({ kind: 'beSilent' });
    const sent = client.increment('n');
    const waiting = client.increment('n');
    const read = client.get('n');
    await cluster.time.pass(20);
    client.close();
    await expect(sent).rejects.toMatchObject({ code: 'OMNIKV_UNKNOWN_OUTCOME' });
    await expect(waiting).rejects.toMatchObject({ code: 'OMNIKV_SHUTTING_DOWN' });
    await expect(read).rejects.toMatchObject({ code: 'OMNIKV_SHUTTING_DOWN' });
    await expect(client.put('k', 1n)).rejects.toMatchObject({ code: 'OMNIKV_SHUTTING_DOWN' });
    await expect(client.get('k')).rejects.toMatchObject({ code: 'OMNIKV_SHUTTING_DOWN' });
    await cluster.time.pass(100);
    expect(cluster.time.pendingCount).toBe(0);
  });

  it('leaves no timer behind when nothing is under way', async () => {
    const cluster = new FakeCluster();
    const client = cluster.connect();
    await cluster.time.until(client.increment('n'));
    await cluster.time.pass(100);
    expect(cluster.time.pendingCount).toBe(0);
    client.close();
  });
});

describe('a refusal that every node would repeat', () => {
  it.each(['OMNIKV_DISK_FULL', 'OMNIKV_VALUE_TOO_LARGE', 'OMNIKV_INVALID_KEY'] as const)(
    'ends the call at once: %s',
    async (code) => {
      const cluster = new FakeCluster();
      cluster.node(1).script = inTurn({ kind: 'serve' }, answerOf(refused(code)));
      await expect(cluster.time.until(cluster.connect().increment('n'))).rejects.toMatchObject({
        code,
      });
      expect(cluster.machine.get('n')).toBeUndefined();
    },
  );
});
