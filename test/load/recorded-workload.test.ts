/**
 * The load of a recording: its history can be judged, and says something.
 */

import { afterEach, describe, expect, it } from 'vitest';
import { checkHistory, parseHistory } from '../../src/core/checker/index.js';
import { recordHistory } from '../../src/core/client/index.js';
import { RecordedWorkload } from '../../src/core/load/recorded-workload.js';
import { Prng } from '../../src/core/simulator/prng.js';
import { DrivenTime } from '../client/driven-time.js';
import { FakeCluster } from '../client/fake-cluster.js';

const driven = new DrivenTime();
afterEach(() => driven.stop());

async function record(operation: 'put' | 'get' | 'incr' | 'mixed', callCount: number) {
  const cluster = new FakeCluster();
  driven.drive(cluster.time);
  const lines: string[] = [];
  const client = recordHistory(cluster.connect(), {
    writeLine: (line) => lines.push(line),
    clock: { nowMs: () => cluster.time.nowMs() },
  });
  const prng = new Prng(operation);
  const random = {
    fraction: () => prng.fraction(),
    bytes: (count: number) => new Uint8Array(count),
  };
  const workload = new RecordedWorkload({ operation, keyCount: 3, valueSizeBytes: 8 }, random);
  const caller = async () => {
    for (let count = 0; count < callCount; count++) await workload.call(client);
  };
  await Promise.all([caller(), caller(), caller()]);
  const unreadCount = await workload.readAll(client);
  client.close();
  const parsed = parseHistory(lines.join('\n'));
  if (!parsed.ok) throw new Error(parsed.error.reason);
  return { entries: parsed.entries, unreadCount };
}

describe('a recorded workload', () => {
  it.each(['put', 'get', 'incr', 'mixed'] as const)(
    '%s: its history is valid',
    async (operation) => {
      const { entries, unreadCount } = await record(operation, 60);
      expect(unreadCount).toBe(0);
      expect(entries).toHaveLength(3 * 60 + 6);
      expect(checkHistory(entries)).toEqual({ kind: 'valid' });
    },
  );

  it('mixed reaches every operation, and conditions that hold and fail', async () => {
    const { entries } = await record('mixed', 200);
    const kinds = new Set(entries.map(({ operation }) => operation.kind));
    expect([...kinds].sort()).toEqual(['compareAndSet', 'delete', 'get', 'increment', 'put']);
    const results = new Set(entries.map(({ result }) => result?.kind));
    expect(results).toContain('swapped');
    expect(results).toContain('conditionFailed');
  });

  it('writes no value twice', async () => {
    const { entries } = await record('put', 100);
    const values = entries.flatMap(({ operation }) => {
      return operation.kind === 'put' && operation.value.kind === 'u64'
        ? [operation.value.value]
        : [];
    });
    expect(new Set(values).size).toBe(values.length);
  });

  it('counts keys that could not be read at the end', async () => {
    const cluster = new FakeCluster();
    driven.drive(cluster.time);
    for (const node of cluster.nodes.values()) node.state = 'down';
    const client = cluster.connect();
    const random = { fraction: () => 0.5, bytes: (count: number) => new Uint8Array(count) };
    const options = { operation: 'mixed', keyCount: 2, valueSizeBytes: 8 } as const;
    expect(await new RecordedWorkload(options, random).readAll(client)).toBe(4);
    client.close();
  });
});
