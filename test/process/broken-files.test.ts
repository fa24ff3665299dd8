/**
 * Files that were edited, swapped, damaged or lost: each has its error within seconds, and what was
 * acknowledged is there once the damage is undone.
 */

import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TempCluster } from '../support/temp-cluster.js';

const cluster = new TempCluster();
afterAll(async () => await cluster.dispose());

/** One cluster for all tests: each undoes its damage, and leaves three nodes that agree. */
beforeAll(async () => {
  await cluster.ok('init', '--nodes', '3');
  await cluster.ok('start');
  for (const index of [3, 4]) await cluster.ok('put', `key${index}`, `${index}`);
});

async function heal(): Promise<void> {
  await cluster.ok('recover');
  await cluster.ok('wait', '--for', 'synced');
  expect(await cluster.ok('get', 'key4')).toBe('4');
}

function edit(path: string, change: (text: string) => string): string {
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, change(before));
  return before;
}

function lastSegment(pid: number): string {
  const directory = cluster.path('data', `node${pid}`, 'log');
  const segments = readdirSync(directory).filter((name) => !name.includes('tmp'));
  return `${directory}/${segments.sort().at(-1)}`;
}

/** Where the written part of a segment ends: the rest is zeros. */
function writtenBytes(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

async function expectRefused(pid: number, code: RegExp, status: number): Promise<void> {
  const started = performance.now();
  const refused = await cluster.json('recover', String(pid));
  expect(refused.error?.code).toMatch(code);
  expect(refused.status).toBe(status);
  expect(refused.error?.suggestions).not.toEqual([]);
  // Its own error within seconds, not a deadline of 30 s.
  expect(performance.now() - started).toBeLessThan(15_000);
  expect(await cluster.ok('get', 'key4')).toBe('4');
}

describe('configuration', () => {
  it('with a wrong type or an unknown key names file, line and key', async () => {
    const path = cluster.path('config', 'node2.toml');
    await cluster.ok('stop', '2');
    const original = edit(path, (text) => text.replace(/^pid = .*$/m, 'pid = "two"'));
    const wrongType = await cluster.json('start', '2');
    expect([wrongType.status, wrongType.error?.code]).toEqual([78, 'OMNIKV_INVALID_CONFIG']);
    expect(wrongType.error?.message).toMatch(/node2\.toml:\d+.*pid/s);
    writeFileSync(path, original);
    edit(path, (text) => text.replace(/^peers/m, 'election_tick_timeuot = 5\npeers'));
    const unknown = await cluster.json('config', 'validate');
    expect(unknown.status).toBe(78);
    expect(JSON.stringify(unknown)).toMatch(/election_tick_timeuot.*election_tick_timeout/);
    const plain = await cluster.run(['config', 'validate']);
    expect(plain.stdout.match(/^ok /gm)).toHaveLength(2);
    writeFileSync(path, original);
    expect(await cluster.ok('config', 'validate')).not.toContain('invalid');
    expect(await cluster.ok('config', 'show', '2')).toMatch(/pid +2/);
    await heal();
  });

  it('edited while a node runs shows in status, with the command that takes it up', async () => {
    const path = cluster.path('config', 'node2.toml');
    edit(path, (text) => `${text}\n# a comment changes nothing\n`);
    expect((await cluster.run(['status'])).stderr).not.toContain('restart');
    edit(path, (text) => text.replace(/^# ?leader_priority = .*$/m, 'leader_priority = 1'));
    expect((await cluster.run(['status'])).stderr).toContain('omnikv restart 2');
    await cluster.ok('restart', '2');
    await cluster.ok('wait', '--for', 'synced');
    expect((await cluster.run(['status'])).stderr).not.toContain('restart');
  });

  it('with another membership over existing data is refused', async () => {
    await cluster.ok('stop', '2');
    // In all files: they agree with each other, and no longer with the data.
    const setId = (id: number): void => {
      for (const pid of [1, 2, 3]) {
        edit(cluster.path('config', `node${pid}.toml`), (text) =>
          text.replace(/^configuration_id = .*$/m, `configuration_id = ${id}`),
        );
      }
    };
    setId(7);
    await expectRefused(2, /^OMNIKV_CONFIG_CHANGED$/, 78);
    setId(1);
    await heal();
  });
});

describe('data', () => {
  it('directories swapped between two nodes are refused, and serve once they are back', async () => {
    await cluster.ok('stop', '1,2');
    const swap = (): void => {
      renameSync(cluster.path('data', 'node1'), cluster.path('data', 'other'));
      renameSync(cluster.path('data', 'node2'), cluster.path('data', 'node1'));
      renameSync(cluster.path('data', 'other'), cluster.path('data', 'node2'));
    };
    swap();
    const refused = await cluster.json('recover', '1');
    expect([refused.status, refused.error?.code]).toEqual([65, 'OMNIKV_IDENTITY_MISMATCH']);
    swap();
    await heal();
  });

  it('a flipped byte in the middle of a segment is corruption, the node stays down, and the others serve on (S6)', async () => {
    await cluster.ok('stop', '3');
    const path = lastSegment(3);
    const bytes = readFileSync(path);
    const original = Buffer.from(bytes);
    const middle = Math.floor(writtenBytes(bytes) / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 0x40;
    writeFileSync(path, bytes);
    await expectRefused(3, /^OMNIKV_CORRUPT_DATA$/, 65);
    const verify = await cluster.json('log', 'verify', '3');
    expect([verify.status, verify.error?.code]).toEqual([65, 'OMNIKV_CORRUPT_DATA']);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    writeFileSync(path, original);
    await heal();
    await cluster.ok('log', 'verify');
  });

  it('a torn last record is cut, kept beside, and caught up', async () => {
    await cluster.ok('crash', '3');
    const path = lastSegment(3);
    const bytes = readFileSync(path);
    // Records end at a multiple of 8.
    const end = Math.ceil(writtenBytes(bytes) / 8) * 8;
    writeFileSync(path, Buffer.concat([bytes.subarray(0, end), garbageRecord()]));
    const recovered = await cluster.ok('recover', '3', '--json');
    expect(JSON.parse(recovered)).toMatchObject({ nodes: [{ pid: 3, tornBytes: 40 }] });
    await cluster.ok('wait', '--for', 'synced');
    const args = ['get', 'key4', '--consistency', 'local', '--node', '3'];
    expect(await cluster.ok(...args)).toBe('4');
  });

  it('wiped at recover is refused: the node must not come back empty under its old id', async () => {
    await cluster.ok('crash', '2');
    const data = cluster.path('data', 'node2');
    const kept = cluster.path('kept');
    cpSync(data, kept, { recursive: true });
    rmSync(data, { recursive: true });
    await expectRefused(2, /^OMNIKV_DATA_MISSING$/, 65);
    mkdirSync(data, { mode: 0o700 });
    await expectRefused(2, /^OMNIKV_DATA_MISSING$/, 65);
    expect(existsSync(`${data}/IDENTITY`)).toBe(false);
    rmSync(data, { recursive: true });
    renameSync(kept, data);
    await heal();
  });
});

/** Bytes as half a record would leave them: not zero, and nothing that checks out. */
function garbageRecord(): Buffer {
  return Buffer.from(Array.from({ length: 40 }, (_, index) => 0x11 + index));
}

describe('the socket', () => {
  it('that receives garbage closes that connection and serves on', async () => {
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\0'.repeat(100_000), 'x']) {
      await sendGarbage(cluster.path('run', 'node1.sock'), garbage);
    }
    expect(await cluster.ok('get', 'key4')).toBe('4');
    expect((await cluster.json('status')).status).toBe(0);
  });
});

async function sendGarbage(path: string, garbage: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection(path, () => socket.end(garbage));
    socket.resume();
    socket.on('close', () => resolve());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The node may close before all has been sent.
      if (error.code === 'EPIPE' || error.code === 'ECONNRESET') resolve();
      else reject(error);
    });
  });
}

describe('two commands at once', () => {
  it('start makes each node once, and both succeed', async () => {
    await cluster.ok('stop');
    const start = async () => await cluster.run(['start'], { process: 'own' });
    const results = await Promise.all([start(), start()]);
    expect(results.map(({ status }) => status)).toEqual([0, 0]);
    expect(cluster.livingProcesses()).toHaveLength(3);
    await cluster.ok('put', 'key', '5');
  });
});
