/** Sockets of a cluster that lies too deep for the kernel's 107 bytes (N1, N2). */

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { destroyCluster, findCluster } from '../../src/core/cluster/index.js';
import { prepareSocketDirectory } from '../../src/core/cluster/socket-directory.js';
import { FAKE_ENVIRONMENT, FakeCluster } from '../support/fake-cluster.js';

let runtimeDirectory: string;
let fake: FakeCluster;

beforeEach(async () => {
  runtimeDirectory = realpathSync(mkdtempSync(join(tmpdir(), 'rt-')));
  const environment = { ...FAKE_ENVIRONMENT, runtimeDirectory };
  fake = await FakeCluster.create({ nodeCount: 1, below: `${'tief/'.repeat(40)}ü ö`, environment });
});

afterEach(async () => {
  await fake.remove();
  rmSync(runtimeDirectory, { recursive: true, force: true });
});

const prepare = (isAnyNodeRunning = false) => {
  prepareSocketDirectory(fake.cluster, { isAnyNodeRunning });
};

describe('the short directory for sockets', () => {
  it('N2: lies in the runtime directory, is private, and is found without the environment', () => {
    const { layout } = fake.cluster;
    const path = layout.socketPath(1);
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(107);
    expect(path.startsWith(`${runtimeDirectory}/omnikv-`)).toBe(true);
    expect(lstatSync(layout.socketDirectory).mode & 0o777).toBe(0o700);
    const elsewhere = { temporaryDirectory: '/nowhere' };
    const found = findCluster({ workingDirectory: fake.directory, environment: elsewhere });
    expect(found.layout.socketPath(1)).toBe(path);
  });

  it('is made again where it was cleaned away', () => {
    const { socketDirectory } = fake.cluster.layout;
    rmSync(socketDirectory, { recursive: true });
    prepare();
    expect(existsSync(socketDirectory)).toBe(true);
  });

  it('N1: one that others may enter, or a link, is not used: the next place is', () => {
    const { layout } = fake.cluster;
    const first = layout.socketDirectory;
    chmodSync(first, 0o777);
    prepare();
    expect(layout.socketDirectory).not.toBe(first);
    expect(basename(layout.socketDirectory)).toBe(basename(first));
    rmSync(layout.socketDirectory, { recursive: true });
    rmSync(first, { recursive: true });
    const trap = join(runtimeDirectory, 'trap');
    mkdirSync(trap, { mode: 0o700 });
    symlinkSync(trap, first);
    prepare();
    expect(layout.socketDirectory).not.toBe(first);
    rmSync(layout.socketDirectory, { recursive: true });
  });

  it('a moved cluster keeps its sockets while nodes run, and gets its own afterwards', () => {
    const before = fake.cluster.layout.socketDirectory;
    const moved = `${fake.directory} moved`;
    renameSync(fake.directory, moved);
    const cluster = findCluster({ workingDirectory: moved, environment: fake.environment });
    prepareSocketDirectory(cluster, { isAnyNodeRunning: true });
    expect(cluster.layout.socketDirectory).toBe(before);
    prepareSocketDirectory(cluster, { isAnyNodeRunning: false });
    expect(cluster.layout.socketDirectory).not.toBe(before);
    renameSync(moved, fake.directory);
  });

  it('is removed with the cluster', async () => {
    await destroyCluster(fake.cluster);
    expect(readdirSync(runtimeDirectory)).toEqual([]);
  });
});
