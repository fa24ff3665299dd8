/**
 * A handle that writes its history: answers, failures and doubt, each as a checker must read them.
 */

import { afterEach, describe, expect, test } from 'vitest';
import { checkHistory, parseHistory, type HistoryEntry } from '../../src/core/checker/index.js';
import { recordHistory, type Client } from '../../src/core/client/index.js';
import { DrivenTime } from './driven-time.js';
import { FakeCluster } from './fake-cluster.js';

interface Recording {
  readonly cluster: FakeCluster;
  readonly client: Client;
  readonly entries: () => readonly HistoryEntry[];
}

function record(): Recording {
  const cluster = new FakeCluster();
  const lines: string[] = [];
  const clock = { nowMs: () => cluster.time.nowMs() };
  const writeLine = (line: string): unknown => lines.push(line);
  const client = recordHistory(cluster.connect(), { writeLine, clock });
  const entries = (): readonly HistoryEntry[] => {
    const parsed = parseHistory(lines.join('\n'));
    if (!parsed.ok) throw new Error(parsed.error.reason);
    return parsed.entries;
  };
  return { cluster, client, entries };
}

const text = (value: string) => ({ kind: 'text', value }) as const;

describe('a recorded handle', () => {
  const driven = new DrivenTime();
  afterEach(() => driven.stop());
  const setUp = (): Recording => {
    const recording = record();
    driven.drive(recording.cluster.time);
    return recording;
  };

  test('answers as the handle does, and writes every answer down', async () => {
    const { client, entries } = setUp();
    await client.put('a', 5n);
    expect(await client.increment('a')).toBe(6n);
    expect((await client.get('a'))?.value).toEqual({ kind: 'u64', value: 6n });
    await client.compareAndSet('a', 6n, text('x'));
    expect(await client.delete(['a'])).toBe(1);
    expect(await client.delete(['a', 'b', 'a'])).toBe(0);
    await client.execute({ kind: 'increment', key: 'n', by: 2n });
    client.close();
    expect(entries().map(({ operation, result }) => [operation.kind, result])).toEqual([
      ['put', { kind: 'stored' }],
      ['increment', { kind: 'number', value: 6n }],
      ['get', { kind: 'value', value: { kind: 'u64', value: 6n } }],
      ['compareAndSet', { kind: 'swapped' }],
      ['delete', { kind: 'deleted', wasPresent: true }],
      ['delete', undefined],
      ['delete', undefined],
      ['increment', { kind: 'number', value: 2n }],
    ]);
    expect(checkHistory(entries())).toEqual({ kind: 'valid' });
  });

  test('an answer that comes as an error is an answer', async () => {
    const { client, entries } = setUp();
    await client.put('a', text('x'));
    await expect(client.put('a', 1n, { ifAbsent: true })).rejects.toThrow('another value');
    await expect(client.put('a', 1n, { ifVersion: 99 })).rejects.toThrow('another value');
    await expect(client.compareAndSet('b', 1n, 2n)).rejects.toThrow('no value');
    await expect(client.increment('a')).rejects.toThrow('not hold a number');
    await client.put('a', 2n ** 64n - 1n);
    await expect(client.increment('a')).rejects.toThrow('64 bits');
    client.close();
    expect(entries().map(({ result }) => result)).toEqual([
      { kind: 'stored' },
      { kind: 'conditionFailed', actual: { value: text('x') } },
      { kind: 'conditionFailed', actual: { value: text('x') } },
      { kind: 'conditionFailed', actual: { value: undefined } },
      { kind: 'notANumber' },
      { kind: 'stored' },
      { kind: 'overflow' },
    ]);
    expect(checkHistory(entries())).toEqual({ kind: 'valid' });
  });

  test('what was never sent is not in the history', async () => {
    const { cluster, client, entries } = setUp();
    for (const node of cluster.nodes.values()) node.state = 'down';
    await expect(client.put('a', 1n)).rejects.toThrow();
    await expect(client.put('', 1n)).rejects.toThrow();
    client.close();
    expect(entries()).toEqual([]);
  });

  test('an unknown outcome has no end, and its caller is not heard of again (C4)', async () => {
    const { cluster, client, entries } = setUp();
    for (const node of cluster.nodes.values()) {
      node.script = ({ body }) => {
        const isRequest = body.kind === 'execute' && body.command.kind === 'request';
        return { kind: isRequest ? 'executeAndForget' : 'serve' };
      };
    }
    await expect(client.put('a', 1n, { deadlineMs: 200 })).rejects.toThrow('not known');
    expect((await client.get('a'))?.value).toEqual({ kind: 'u64', value: 1n });
    client.close();
    const [put, get] = entries();
    expect(put).toMatchObject({ client: 0, return: undefined, result: undefined });
    expect(get).toMatchObject({ client: 1 });
    expect(checkHistory(entries())).toEqual({ kind: 'valid' });
  });

  test('calls at once have numbers of their own, which are used again', async () => {
    const { client, entries } = setUp();
    await Promise.all(['a', 'b', 'c'].map(async (key) => await client.increment(key)));
    await client.increment('d');
    client.close();
    expect(entries().map((entry) => entry.client)).toEqual([0, 1, 2, 0]);
  });

  test("reads of one node's own state, scans and repeats are left out", async () => {
    const { client, entries } = setUp();
    await client.get('a', { consistency: 'local', node: 2 });
    await client.scan();
    await client.ping(1);
    await client.status(1).catch(() => undefined);
    const requestId = `${'0'.repeat(32)}@1`;
    await client.execute({ kind: 'increment', key: 'n', by: 1n }, { requestId });
    client.close();
    expect(entries()).toEqual([]);
  });
});
