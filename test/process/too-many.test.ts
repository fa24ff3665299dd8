/**
 * More clients than a node has room for, and sockets that come and go without a word: each is served
 * or refused by name, and those who were there go on (R1, R7, N6).
 */

import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import type { Client } from '../../src/core/client/index.js';
import { ERROR_IDS } from '../../src/core/errors.js';
import { MAX_CLIENT_CONNECTIONS } from '../../src/core/limits.js';
import { ServerCluster } from '../support/server-process.js';

const CONNECTIONS = 10_000;
const MOST_IN_ONE_PROCESS = 2_500;
/** Of each process: its own files, and what it opens beside its connections. */
const SPARE_FILES = 100;
const GREEDY = fileURLToPath(new URL('../support/greedy-clients.js', import.meta.url));

const directory = mkdtempSync(join(tmpdir(), 'omnikv-many-'));
let cluster: ServerCluster;
let client: Client;
let leader: number;

beforeAll(async () => {
  cluster = await ServerCluster.init(directory, 3);
  for (const pid of cluster.pids) await cluster.start(pid);
  client = cluster.client();
  leader = await cluster.leader(client);
  await client.put('key', 5n);
});

afterAll(async () => {
  await cluster.dispose();
  rmSync(directory, { recursive: true, force: true });
});

/** What this process may open, and its children with it. */
function fileLimit(): number {
  const text = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
}

function openFiles(osPid: number): number {
  return readdirSync(`/proc/${osPid}/fd`).length;
}

function forkGreedy(count: number): ChildProcess {
  const path = cluster.layout.socketPath(leader);
  return fork(GREEDY, [cluster.clusterId, String(leader), path, String(count)]);
}

async function endsOf(child: ChildProcess): Promise<readonly string[]> {
  return await new Promise((resolve, reject) => {
    child.once('message', (message: { readonly ends: readonly string[] }) => resolve(message.ends));
    child.once('exit', (status) => reject(new Error(`ended with ${status}`)));
  });
}

it('10,000 connections are served or refused by name, and the node serves on (R1, R7)', async () => {
  const { osPid } = await client.status(leader);
  const filesBefore = openFiles(osPid);
  const perProcess = Math.min(MOST_IN_ONE_PROCESS, fileLimit() - SPARE_FILES);
  const children: ChildProcess[] = [];
  for (let left = CONNECTIONS; left > 0; left -= perProcess) {
    children.push(forkGreedy(Math.min(left, perProcess)));
  }
  const ends = (await Promise.all(children.map(endsOf))).flat();
  const counts = new Map<string, number>();
  for (const end of ends) counts.set(end, (counts.get(end) ?? 0) + 1);
  expect(ends).toHaveLength(CONNECTIONS);
  const served = counts.get('served') ?? 0;
  expect(served).toBeGreaterThan(0);
  expect(served).toBeLessThanOrEqual(MAX_CLIENT_CONNECTIONS);
  const refusals = [...counts.keys()].filter((end) => end !== 'served');
  for (const code of refusals) expect(ERROR_IDS).toContain(code);
  // Those who were there first, while all others are.
  await client.put('key', 6n);
  expect((await client.status(leader)).osPid).toBe(osPid);
  const gone = children.map(
    async (child) => await new Promise((resolve) => child.once('exit', resolve)),
  );
  for (const child of children) child.send('end');
  await Promise.all(gone);
  await vi.waitFor(() => expect(openFiles(osPid)).toBeLessThanOrEqual(filesBefore), {
    timeout: 10_000,
  });
  expect((await cluster.client().get('key'))?.value).toEqual({ kind: 'u64', value: 6n });
});

it('a flood of sockets that say nothing costs no put and no leader (N6)', async () => {
  const { promise, acceptedRound } = await client.status(leader);
  let isFlooding = true;
  let opened = 0;
  const flood = async (): Promise<void> => {
    while (isFlooding) {
      await new Promise<void>((resolve) => {
        const socket = createConnection(cluster.layout.socketPath(leader));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
        socket.on('connect', () => {
          opened += 1;
          // Half of them go at once, half are left for the node to turn away or to tire of.
          if (opened % 2 === 0) socket.destroy();
        });
        socket.resume();
      });
    }
  };
  const floods = Array.from({ length: 400 }, flood);
  // As many as are kept waiting: from here on the node has to turn some away.
  await vi.waitFor(() => expect(opened).toBeGreaterThan(1_000), { timeout: 10_000 });
  let acknowledged = 0;
  const callers = Array.from({ length: 16 }, async (_, at) => {
    for (let turn = 0; turn < 100; turn++) {
      await client.put(`flood-${at}`, BigInt(turn));
      acknowledged += 1;
    }
  });
  await Promise.all(callers);
  isFlooding = false;
  await Promise.all(floods);
  expect(acknowledged).toBe(1_600);
  expect(await client.status(leader)).toMatchObject({ promise, acceptedRound });
  expect((await client.get('flood-0'))?.value).toEqual({ kind: 'u64', value: 99n });
});
