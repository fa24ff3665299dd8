/**
 * A full disk: writes are refused, reads go on, nothing is lost, and space heals it (D19).
 *
 * Needs a small file system of its own; where none can be mounted the test is skipped, and the
 * rule stands on the tests of the replica.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { TempCluster } from '../support/temp-cluster.js';

const MiB = 1024 * 1024;
const cluster = new TempCluster('small');

function tryMount(): boolean {
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'none', cluster.directory]);
  return mount.status === 0;
}

const isMounted = tryMount();

afterAll(async () => {
  await cluster.run(['destroy', '--yes']);
  if (isMounted) execFileSync('umount', [cluster.directory]);
  await cluster.dispose();
});

async function putUntil(status: number): Promise<void> {
  for (const deadlineMs = performance.now() + 20_000; ;) {
    const result = await cluster.run(['put', 'probe', '1']);
    if (result.status === status) return;
    if (performance.now() > deadlineMs) throw new Error(`never ${status}: ${result.stderr}`);
  }
}

describe.skipIf(!isMounted)('a full disk', () => {
  it('refuses writes with an id and a next step, serves reads, and heals by itself (D19)', async () => {
    await cluster.ok('init', '--nodes', '1');
    await cluster.ok('start');
    await cluster.ok('put', 'key', '5');
    const fill = cluster.path('fill');
    const { bavail, bsize } = statfsSync(cluster.directory);
    writeFileSync(fill, Buffer.alloc(Math.max(bavail * bsize - MiB, MiB)));
    await putUntil(74);
    const refused = await cluster.json('put', 'key', '6');
    expect([refused.status, refused.error?.code]).toEqual([74, 'OMNIKV_DISK_FULL']);
    expect(refused.error?.suggestions).not.toEqual([]);
    expect(await cluster.ok('get', 'key')).toBe('5');
    expect((await cluster.run(['status'])).stderr).toContain('disk is nearly full');
    rmSync(fill);
    await putUntil(0);
    expect(await cluster.ok('get', 'key')).toBe('5');
  });
});
