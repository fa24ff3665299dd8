/**
 * D29: one holder of a data directory, until it lets go or dies, however it dies.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { nodeDirectoryGuard } from '../../src/core/platform/directory-guard.js';
import { nodeFileSystem } from '../../src/core/platform/node-file-system.js';
import { nodeScheduler } from '../../src/core/platform/node-scheduler.js';
import { PersistentStorage } from '../../src/core/storage/index.js';
import { CountingRandom } from '../support/storage-bench.js';

let directory: string;
let identity: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(`${tmpdir()}/omnikv-guard-`);
  identity = nodeFileSystem.status(directory)?.identity ?? '';
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

/** A process that takes the guard by the same code, and keeps it. */
async function holder(): Promise<ChildProcess> {
  const core = fileURLToPath(new URL('../../src/core/', import.meta.url));
  for (const file of ['errors', 'platform/directory-guard']) {
    const target = `${directory}/js/${file}.js`;
    mkdirSync(dirname(target), { recursive: true });
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    const source = readFileSync(`${core}${file}.ts`, 'utf8');
    writeFileSync(target, ts.transpileModule(source, { compilerOptions }).outputText);
  }
  writeFileSync(`${directory}/js/package.json`, '{"type":"module"}');
  writeFileSync(
    `${directory}/js/hold.js`,
    `import { nodeDirectoryGuard } from './platform/directory-guard.js';
     await nodeDirectoryGuard.acquire(${JSON.stringify(identity)});
     setInterval(() => {}, 1_000);
     process.stdout.write('held');`,
  );
  const child = spawn(process.execPath, [`${directory}/js/hold.js`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

describe('the data-directory guard', () => {
  it('is held once in a process, and free again when released', async () => {
    const held = await nodeDirectoryGuard.acquire(identity);
    await expect(nodeDirectoryGuard.acquire(identity)).rejects.toMatchObject({
      code: 'OMNIKV_DATA_IN_USE',
      exit: 73,
    });
    await held.release();
    await held.release();
    const again = await nodeDirectoryGuard.acquire(identity);
    await again.release();
  });

  it('is held over processes, also while the holder is stopped, and freed by SIGKILL', async () => {
    const child = await holder();
    const busy = { code: 'OMNIKV_DATA_IN_USE' };
    await expect(nodeDirectoryGuard.acquire(identity)).rejects.toMatchObject(busy);
    child.kill('SIGSTOP');
    await expect(nodeDirectoryGuard.acquire(identity)).rejects.toMatchObject(busy);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const held = await nodeDirectoryGuard.acquire(identity);
    await held.release();
  });

  it('keeps a log from being opened twice, under any name of its directory', async () => {
    const ports = {
      fileSystem: nodeFileSystem,
      guard: nodeDirectoryGuard,
      scheduler: nodeScheduler,
      random: new CountingRandom(),
    };
    const logOptions = { segmentBytes: 4_096 };
    const log = await PersistentStorage.create<string>({
      path: `${directory}/data`,
      ports,
      logOptions,
    });
    log.submit([{ kind: 'appendOnPrefix', fromIdx: 0, entries: ['kept'] }]);
    await log.flush();
    const path = `${directory}/../${directory.split('/').at(-1) ?? ''}/data/`;
    await expect(PersistentStorage.open({ path, ports })).rejects.toMatchObject({
      code: 'OMNIKV_DATA_IN_USE',
    });
    await log.close();
    const again = await PersistentStorage.open<string>({ path, ports, logOptions });
    expect(again.entries(0, 1)).toEqual(['kept']);
    await again.close();
  });
});
