/**
 * All nodes killed at once in the middle of many puts: every acknowledged one is there afterwards.
 */

import { tmpdir } from 'node:os';
import { afterAll, expect, it } from 'vitest';
import { connectToCluster, findCluster } from '../../src/core/cluster/index.js';
import type { Client } from '../../src/core/client/index.js';
import { TempCluster } from '../support/temp-cluster.js';

const PUT_COUNT = 1_000;
const CONCURRENCY = 16;

const cluster = new TempCluster();
afterAll(async () => await cluster.dispose());

async function clientOf(directory: string): Promise<Client> {
  const found = findCluster({
    workingDirectory: directory,
    environment: {
      runtimeDirectory: process.env.XDG_RUNTIME_DIR,
      temporaryDirectory: tmpdir(),
    },
  });
  return await connectToCluster(found, { deadlineMs: 5_000 });
}

/** A value of its own for each key, spread over the whole range of u64. */
function valueOf(index: number): bigint {
  return 2n ** 64n - 1n - BigInt(index) * 7_919n;
}

it('loses no acknowledged put when all three are killed, every value exact', async () => {
  await cluster.ok('init', '--nodes', '3');
  await cluster.ok('start');
  const client = await clientOf(cluster.directory);
  const acknowledged: number[] = [];
  let next = 0;
  let killed: Promise<string> | undefined;
  const caller = async (): Promise<void> => {
    for (let index = next++; index < PUT_COUNT; index = next++) {
      // The kill comes in the middle, while the others are in flight.
      if (index === PUT_COUNT / 2) killed = cluster.ok('crash', 'all');
      try {
        await client.put(`key-${index}`, valueOf(index));
        acknowledged.push(index);
      } catch {
        if (killed !== undefined) return;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, caller));
  await killed;
  client.close();
  expect(acknowledged.length).toBeGreaterThan(CONCURRENCY);
  await cluster.ok('recover');
  const reader = await clientOf(cluster.directory);
  const page = await reader.scan({ prefix: 'key-' });
  const found = new Map(page.items.map((item) => [item.key, item.value]));
  reader.close();
  for (const index of acknowledged) {
    expect(found.get(`key-${index}`)).toEqual({ kind: 'u64', value: valueOf(index) });
  }
});

it('refuses a key of 1 MiB before anything is sent', async () => {
  const client = await clientOf(cluster.directory);
  try {
    // No argument of a process may be as long: a program can still try.
    await expect(client.put('k'.repeat(1_048_576), 1n)).rejects.toMatchObject({
      code: 'OMNIKV_INVALID_KEY',
    });
  } finally {
    client.close();
  }
});
