/** One command at a time, and no command locked out by a dead one (S8). */

import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { withCliLock } from '../../src/core/cluster/cli-lock.js';
import { currentProcessIdentity } from '../../src/core/platform/process-identity.js';
import { FakeCluster } from '../support/fake-cluster.js';

let fake: FakeCluster;

beforeEach(async () => {
  fake = await FakeCluster.create({ nodeCount: 1 });
});

afterEach(async () => {
  await fake.remove();
});

/** A lock of somebody else, last renewed `ageMs` ago. */
function foreignLock(ageMs: number, holder: object): void {
  const { layout } = fake.cluster;
  mkdirSync(layout.cliLockFile);
  const then = new Date(Date.now() - ageMs);
  utimesSync(layout.cliLockFile, then, then);
  writeFileSync(`${layout.cliLockFile}.json`, JSON.stringify({ pid: 1, ...holder }));
}

describe('the lock of the cluster directory', () => {
  it('is held by one at a time, and given back also after an error', async () => {
    let holders = 0;
    let most = 0;
    const work = async () => {
      holders += 1;
      most = Math.max(most, holders);
      await new Promise((resolve) => setImmediate(resolve));
      holders -= 1;
    };
    await Promise.all([1, 2, 3, 4].map(() => withCliLock(fake.cluster, {}, work)));
    expect(most).toBe(1);
    const failing = withCliLock(fake.cluster, {}, () => {
      throw new Error('in the middle');
    });
    await expect(failing).rejects.toThrow('in the middle');
    expect(await withCliLock(fake.cluster, {}, () => 7)).toBe(7);
    expect(existsSync(fake.cluster.layout.cliLockFile)).toBe(false);
  });

  it('ends as busy where another command lives and does not finish', async () => {
    foreignLock(0, currentProcessIdentity());
    const locked = withCliLock(fake.cluster, { lockWaitMs: 100 }, () => undefined);
    await expect(locked).rejects.toMatchObject({
      code: 'OMNIKV_CLUSTER_BUSY',
      exit: 73,
      message: expect.stringContaining(`process ${process.pid} is changing`) as string,
    });
    rmSync(fake.cluster.layout.cliLockFile, { recursive: true });
  });

  it('is taken over from a command that was killed, within its stale time', async () => {
    foreignLock(9_000, { ...currentProcessIdentity(), startTime: 1 });
    const startedMs = performance.now();
    const steps: string[] = [];
    const options = { lockWaitMs: 100, onStep: (step: { kind: string }) => steps.push(step.kind) };
    expect(await withCliLock(fake.cluster, options, () => 'mine')).toBe('mine');
    expect(performance.now() - startedMs).toBeLessThan(8_000);
    expect(steps).toEqual(['waitingForLock']);
  });

  it('comes back where run/ was removed', async () => {
    const { layout, fileSystem } = fake.cluster;
    fileSystem.remove(layout.runDirectory);
    expect(await withCliLock(fake.cluster, {}, () => 'ok')).toBe('ok');
  });
});
