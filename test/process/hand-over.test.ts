/**
 * The lead moves between real processes while clients write: by `leader move`, and when the leader is
 * stopped (E8, S1).
 */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Client } from '../../src/core/client/index.js';
import { TempCluster } from '../support/temp-cluster.js';

const cluster = new TempCluster();
let client: Client;

beforeAll(async () => {
  await cluster.ok('init', '--nodes', '3');
  await cluster.ok('start');
  const toml = readFileSync(cluster.path('config', 'cluster.toml'), 'utf8');
  const clusterId = /cluster_id\s*=\s*"([^"]+)"/.exec(toml)?.[1] ?? '';
  const nodes = new Map([1, 2, 3].map((pid) => [pid, cluster.path('run', `node${pid}.sock`)]));
  client = connect({ clusterId, nodes });
});
afterAll(async () => {
  client.close();
  await cluster.dispose();
});

async function leader(): Promise<number> {
  await cluster.ok('wait', '--for', 'leader');
  return (await cluster.json('leader')).leader as number;
}

function logOf(pid: number): readonly { readonly event: string }[] {
  const text = readFileSync(cluster.path('logs', `node${pid}.log`), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as { readonly event: string });
}

function countOf(event: string): number {
  const lines = [1, 2, 3].flatMap((pid) => logOf(pid));
  return lines.filter((line) => line.event === event).length;
}

/** Increments without a pause while `work` runs; every one of them must be there, once. */
async function whileWriting(key: string, work: () => Promise<void>): Promise<void> {
  let isOver = false;
  let acknowledged = 0n;
  const writers = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      await client.increment(key);
      acknowledged += 1n;
    }
  });
  await work();
  isOver = true;
  await Promise.all(writers);
  expect((await client.get(key))?.value).toEqual({ kind: 'u64', value: acknowledged });
}

describe('leader move', () => {
  it('E8: moves the lead again and again under load, and loses and doubles no write', async () => {
    const before = countOf('took-over');
    await whileWriting('moved', async () => {
      for (let i = 0; i < 9; i++) {
        const next = ((await leader()) % 3) + 1;
        const text = await cluster.ok('leader', 'move', String(next));
        expect(text).toMatch(new RegExp(`^node ${next} leads, node \\d has handed over$`));
      }
    });
    expect(countOf('took-over') - before).toBe(9);
  });

  it('takes whoever can, says who leads already, and knows its nodes', async () => {
    const first = await leader();
    const { outcome, from, leader: second } = await cluster.json('leader', 'move');
    expect({ outcome, from }).toEqual({ outcome: 'moved', from: first });
    expect(second).not.toBe(first);
    const again = await cluster.run(['leader', 'move', String(second)]);
    expect(again).toMatchObject({ status: 0, stdout: '' });
    expect(again.stderr).toMatch(/led already/);
    expect((await cluster.run(['leader', 'move', '9'])).status).toBe(64);
    expect((await cluster.run(['leader', 'move', 'all'])).status).toBe(64);
  });

  it('names the node that is down, and what to do', async () => {
    const down = ((await leader()) % 3) + 1;
    await cluster.ok('crash', String(down));
    const { status, error } = await cluster.json('leader', 'move', String(down));
    expect(status).toBe(69);
    expect(error?.code).toBe('OMNIKV_NODE_DOWN');
    await cluster.ok('recover');
  });
});

describe('stop', () => {
  it('S1: a leader that is stopped hands over first, and no write fails', async () => {
    await cluster.ok('wait', '--for', 'synced');
    await whileWriting('stopped', async () => {
      for (let i = 0; i < 2; i++) {
        const before = countOf('took-over');
        const stopped = await leader();
        await cluster.ok('stop', String(stopped));
        expect(countOf('took-over') - before).toBe(1);
        expect(await leader()).not.toBe(stopped);
        await cluster.ok('recover');
        await cluster.ok('wait', '--for', 'synced');
      }
    });
  });

  it('ends a whole cluster, and tells with exit 69 that nobody leads', async () => {
    await cluster.ok('stop');
    expect((await cluster.run(['leader'])).status).toBe(69);
    expect((await cluster.run(['leader', 'move'])).status).toBe(69);
    await cluster.ok('start');
  });
});

describe('status', () => {
  it('R8: tells how late the event loop of each node was', async () => {
    const { nodes } = await cluster.json('status');
    for (const { loopDelay } of nodes as { loopDelay: { p99Ms: number; maxMs: number } }[]) {
      expect(loopDelay.p99Ms).toBeGreaterThanOrEqual(0);
      expect(loopDelay.maxMs).toBeGreaterThanOrEqual(loopDelay.p99Ms);
    }
    expect(await cluster.ok('status', '--detail')).toMatch(
      /^node 1: event loop late by [\d.]+ ms \(p99\), [\d.]+ ms at most$/m,
    );
  });
});
