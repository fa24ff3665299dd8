import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { nodeDirectoryGuard } from '../../src/core/platform/directory-guard.js';
import { nodeFileSystem } from '../../src/core/platform/node-file-system.js';
import { nodeScheduler } from '../../src/core/platform/node-scheduler.js';
import { PersistentStorage, verifyLog } from '../../src/core/storage/index.js';

test('smoke', async () => {
  const dir = mkdtempSync(`${tmpdir()}/omnikv-s-`);
  const path = `${dir}/data`;
  const ports = {
    fileSystem: nodeFileSystem,
    guard: nodeDirectoryGuard,
    scheduler: nodeScheduler,
    random: { bytes: (n: number) => new Uint8Array(randomBytes(n)), fraction: () => 0.5 },
  };
  const options = { path, ports, logOptions: { segmentBytes: 4096 }, tailCacheBytes: 0 };
  let s = await PersistentStorage.create<string>(options);
  const n = 500;
  for (let i = 0; i < n; i++) {
    s.submit([
      { kind: 'appendOnPrefix', fromIdx: i, entries: [`entry ${i}`] },
      { kind: 'setDecidedIdx', idx: i },
    ]);
    if (i % 3 === 0) await s.flush();
  }
  await s.flush();
  expect(s.entries(0, n)).toEqual(Array.from({ length: n }, (_, i) => `entry ${i}`));
  await s.close();
  expect(verifyLog({ fileSystem: nodeFileSystem, path })).toMatchObject({
    verdict: 'clean',
    isCleanlyClosed: true,
    entryCount: n,
  });
  s = await PersistentStorage.open<string>(options);
  expect(s.entries(0, n)).toEqual(Array.from({ length: n }, (_, i) => `entry ${i}`));
  await expect(PersistentStorage.open(options)).rejects.toMatchObject({
    code: 'OMNIKV_DATA_IN_USE',
  });
  await s.close();
  rmSync(dir, { recursive: true });
});
