/**
 * The node process: how it starts, how it refuses to, how it ends.
 */

import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Value } from '../../src/core/kv/value.js';
import { ServerCluster } from '../support/server-process.js';

let directory = '';
let cluster: ServerCluster;

async function init(nodeCount: number): Promise<void> {
  cluster = await ServerCluster.init(directory, nodeCount);
}

function number(value: bigint): Value {
  return { kind: 'u64', value };
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'omnikv-server-'));
});

afterEach(async () => {
  await cluster.dispose();
  rmSync(directory, { recursive: true, force: true });
});

describe('a node process', () => {
  it('ends in good order at SIGTERM, and has everything when it comes back (S1, D20)', async () => {
    await init(1);
    const { child, ended } = await cluster.start(1);
    const client = cluster.client();
    await client.put('key', number(5n));
    const socketPath = cluster.layout.socketPath(1);
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    expect(statSync(cluster.layout.runFile(1)).mode & 0o777).toBe(0o600);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(cluster.runFile(1)).toBeUndefined();
    expect(existsSync(socketPath)).toBe(false);
    await cluster.start(1, '--recover');
    expect((await client.get('key'))?.value).toEqual(number(5n));
  });

  it('loses nothing acknowledged at SIGKILL of all nodes (S2)', async () => {
    await init(3);
    const nodes = await Promise.all(cluster.pids.map((pid) => cluster.start(pid)));
    const client = cluster.client();
    for (let n = 1n; n <= 50n; n++) await client.put(`key${n}`, number(n));
    for (const { child } of nodes) child.kill('SIGKILL');
    await Promise.all(nodes.map((node) => node.ended));
    await Promise.all(cluster.pids.map((pid) => cluster.start(pid)));
    const after = cluster.client();
    for (let n = 1n; n <= 50n; n++) {
      expect((await after.get(`key${n}`))?.value).toEqual(number(n));
    }
  });

  it('refuses data that another process holds, and says so (D29)', async () => {
    await init(1);
    await cluster.start(1);
    const runFile = cluster.runFile(1);
    const second = cluster.spawn(1);
    expect(await second.ended).toBe(73);
    expect(cluster.failure(1)).toMatchObject({ code: 'OMNIKV_DATA_IN_USE', exit: 73 });
    expect(cluster.runFile(1)).toEqual(runFile);
    await cluster.client().put('key', number(1n));
  });

  it('refuses other members than those the data was written under (P10)', async () => {
    await init(3);
    const { child, ended } = await cluster.start(1);
    child.kill('SIGTERM');
    await ended;
    const path = cluster.layout.nodeConfigFile(1);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('peers = [2, 3]', 'peers = [2]'));
    expect(readFileSync(path, 'utf8')).not.toBe(text);
    expect(await cluster.spawn(1).ended).toBe(78);
    expect(cluster.failure(1)).toMatchObject({ code: 'OMNIKV_CONFIG_CHANGED' });
  });

  it('never starts empty under its old id: missing data is refused (P10, D3)', async () => {
    await init(1);
    renameSync(cluster.layout.nodeDataDirectory(1), join(directory, 'elsewhere'));
    expect(await cluster.spawn(1).ended).toBe(65);
    expect(cluster.failure(1)?.exit).toBe(65);
    expect(existsSync(cluster.layout.nodeDataDirectory(1))).toBe(false);
  });

  it('refuses a configuration it does not understand, with status 78', async () => {
    await init(1);
    writeFileSync(cluster.layout.nodeConfigFile(1), 'pid = "one"\n');
    expect(await cluster.spawn(1).ended).toBe(78);
    expect(cluster.failure(1)?.code).toBe('OMNIKV_INVALID_CONFIG');
    expect(await cluster.spawn(1, '--unknown').ended).toBe(64);
  });

  it('ends when the process that holds its channel is gone (S4)', async () => {
    await init(1);
    const { child, ended } = await cluster.start(1, '--ipc');
    child.disconnect();
    expect(await ended).toBe(0);
    expect(cluster.runFile(1)).toBeUndefined();
  });

  it('that was paused serves nothing old when it comes back (S3, P12)', async () => {
    await init(3);
    const nodes = await Promise.all(cluster.pids.map((pid) => cluster.start(pid)));
    const client = cluster.client();
    await client.put('key', number(1n));
    const old = await cluster.leader(client);
    nodes[old - 1]?.child.kill('SIGSTOP');
    const others = cluster.pids.filter((pid) => pid !== old);
    const rest = cluster.client(20_000, others);
    await rest.put('key', number(2n));
    const paused = cluster.client(2_000, [old]);
    // Asked of the paused node alone: it must find out that it leads no more before it answers.
    const read = paused.get('key').then(
      (found) => found?.value,
      (error: unknown) => error,
    );
    nodes[old - 1]?.child.kill('SIGCONT');
    expect(await read).not.toEqual(number(1n));
    await vi.waitFor(
      async () => {
        const status = await client.status(old);
        expect(status.role).toBe('follower');
        expect(status.appliedIdx).toBe((await client.status(others[0] ?? 0)).appliedIdx);
      },
      { timeout: 20_000 },
    );
  });
});
