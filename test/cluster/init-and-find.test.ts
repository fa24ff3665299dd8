/** Making a cluster directory, finding it, removing it. */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import {
  destroyCluster,
  findCluster,
  initCluster,
  startNodes,
  validateCluster,
} from '../../src/core/cluster/index.js';
import { nodeFileSystem as fileSystem } from '../../src/core/platform/node-file-system.js';
import { readIdentity } from '../../src/core/storage/index.js';
import { FAKE_ENVIRONMENT, FakeCluster } from '../support/fake-cluster.js';

const environment = FAKE_ENVIRONMENT;
const made: FakeCluster[] = [];

async function create(options: Parameters<typeof FakeCluster.create>[0] = {}) {
  const fake = await FakeCluster.create(options);
  made.push(fake);
  return fake;
}

function empty(): FakeCluster {
  const fake = new FakeCluster();
  made.push(fake);
  return fake;
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

afterEach(async () => {
  for (const fake of made.splice(0)) await fake.remove();
});

describe('init', () => {
  it('makes configuration, identified data directories, and nothing others can read', async () => {
    const { cluster, directory } = await create();
    const { layout } = cluster;
    expect(cluster.pids).toEqual([1, 2, 3]);
    expect(cluster.clusterId).toMatch(/^[0-9a-f]{32}$/);
    expect(readdirSync(directory).sort()).toEqual(['config', 'data', 'logs', 'run']);
    const dirIds = cluster.pids.map((pid) => {
      const path = layout.nodeDataDirectory(pid);
      const identity = readIdentity({ fileSystem, path });
      expect(identity).toMatchObject({ clusterId: cluster.clusterId, pid });
      expect(modeOf(path)).toBe(0o700);
      expect(modeOf(layout.nodeConfigFile(pid))).toBe(0o600);
      return identity.dirId;
    });
    expect(new Set(dirIds).size).toBe(3);
    expect(modeOf(layout.runDirectory)).toBe(0o700);
    expect(readFileSync(layout.nodeConfigFile(2), 'utf8')).toMatch(/^peers = \[1, 3\]$/m);
    const reports = await validateCluster(cluster);
    expect(reports.map((report) => report.error)).toEqual([undefined, undefined, undefined]);
  });

  it('makes one node and nine, and neither none nor ten', async () => {
    expect((await create({ nodeCount: 1 })).cluster.pids).toEqual([1]);
    expect((await create({ nodeCount: 9 })).cluster.pids).toHaveLength(9);
    const { directory } = empty();
    for (const nodeCount of [0, 10, 1.5]) {
      const init = initCluster({ directory, nodeCount, mode: 'new', environment });
      await expect(init).rejects.toMatchObject({ code: 'OMNIKV_USAGE' });
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  it('leaves what is there alone', async () => {
    const { directory } = empty();
    writeFileSync(join(directory, 'mine.txt'), 'mine');
    mkdirSync(join(directory, 'data'));
    writeFileSync(join(directory, 'data', 'mine.csv'), '1');
    await initCluster({ directory, nodeCount: 3, mode: 'new', environment });
    expect(readFileSync(join(directory, 'mine.txt'), 'utf8')).toBe('mine');
    expect(existsSync(join(directory, 'data', 'mine.csv'))).toBe(true);
  });

  it('refuses a directory that is a cluster, and changes nothing in it', async () => {
    const { directory, cluster } = await create();
    const before = readFileSync(cluster.layout.clusterFile, 'utf8');
    const init = initCluster({ directory, nodeCount: 5, mode: 'new', environment });
    await expect(init).rejects.toMatchObject({ code: 'OMNIKV_CLUSTER_EXISTS', exit: 73 });
    expect(readFileSync(cluster.layout.clusterFile, 'utf8')).toBe(before);
    expect(readdirSync(join(directory, 'config'))).toHaveLength(4);
  });

  it('P10: refuses data without a marker, as an init that was interrupted leaves it', async () => {
    const { directory } = empty();
    mkdirSync(join(directory, 'data', 'node1'), { recursive: true });
    const init = initCluster({ directory, nodeCount: 3, mode: 'new', environment });
    await expect(init).rejects.toThrow(/holds data\/node1/);
    expect(readdirSync(directory)).toEqual(['data']);
  });

  it('with replace moves data and configuration aside and begins a new cluster', async () => {
    const { directory, cluster } = await create();
    const report = await initCluster({ directory, nodeCount: 2, mode: 'replace', environment });
    expect(report.clusterId).not.toBe(cluster.clusterId);
    expect(report.movedTo).toMatch(/\/data\.old-\d{8}T\d{6}$/);
    const old = report.movedTo ?? '';
    expect(readdirSync(old).sort()).toEqual(['config', 'node1', 'node2', 'node3']);
    expect(readIdentity({ fileSystem, path: join(old, 'node3') }).clusterId).toBe(
      cluster.clusterId,
    );
    const again = findCluster({ workingDirectory: directory, environment });
    expect(again.pids).toEqual([1, 2]);
    expect(again.clusterId).toBe(report.clusterId);
  });

  it('with replace refuses while a node runs', async () => {
    const { directory, cluster } = await create();
    await startNodes(cluster, { pids: [2], readiness: 'none' });
    const init = initCluster({ directory, nodeCount: 3, mode: 'replace', environment });
    await expect(init).rejects.toMatchObject({ code: 'OMNIKV_CLUSTER_RUNNING' });
    expect(existsSync(cluster.layout.nodeDataDirectory(2))).toBe(true);
  });

  it('says which path is in the way', async () => {
    const { directory } = empty();
    writeFileSync(join(directory, 'logs'), 'a file');
    const init = initCluster({ directory, nodeCount: 3, mode: 'new', environment });
    await expect(init).rejects.toMatchObject({
      code: 'OMNIKV_IO',
      message: expect.stringContaining(`${directory}/logs is in the way`) as string,
    });
  });

  it.runIf(process.getuid?.() !== 0)('says that a read-only directory is', async () => {
    const { directory } = empty();
    chmodSync(directory, 0o500);
    const init = initCluster({ directory, nodeCount: 3, mode: 'new', environment });
    await expect(init).rejects.toMatchObject({ code: 'OMNIKV_IO', exit: 74 });
    chmodSync(directory, 0o700);
  });
});

describe('finding a cluster', () => {
  it('walks up from any directory below it (U1)', async () => {
    const { directory, cluster } = await create();
    const below = join(directory, 'a b', 'ü');
    mkdirSync(below, { recursive: true });
    const found = findCluster({ workingDirectory: below, environment });
    expect(found.layout.directory).toBe(cluster.layout.directory);
  });

  it('takes the directory it is told, from the working directory, and walks no further', async () => {
    const { directory, root } = await create({ below: 'x' });
    expect(findCluster({ workingDirectory: root, directory: 'x', environment }).pids).toHaveLength(
      3,
    );
    const find = () =>
      findCluster({ workingDirectory: root, directory: join(directory, 'data'), environment });
    expect(find).toThrow(/data is not a cluster/);
  });

  it('refuses a place that is no cluster, another platform, a damaged marker, no nodes', async () => {
    const { directory: none } = empty();
    const find = (directory: string, platform = 'linux') =>
      findCluster({ workingDirectory: directory, environment: { ...environment, platform } });
    expect(() => find(none)).toThrow(expect.objectContaining({ code: 'OMNIKV_NOT_A_CLUSTER' }));
    expect(() => find(none, 'darwin')).toThrow(
      expect.objectContaining({ code: 'OMNIKV_UNSUPPORTED_PLATFORM' }),
    );
    const { directory, cluster } = await create({ nodeCount: 1 });
    writeFileSync(cluster.layout.clusterFile, 'format = 1\n');
    expect(() => find(directory)).toThrow(/cluster_id is missing/);
    mkdirSync(join(none, 'config'));
    writeFileSync(join(none, 'config/cluster.toml'), `format=1\ncluster_id="${'a'.repeat(32)}"\n`);
    expect(() => find(none)).toThrow(/holds no node's configuration/);
  });
});

describe('config validate', () => {
  it('finds files that are legal one by one and do not fit together', async () => {
    const { cluster } = await create();
    const path = cluster.layout.nodeConfigFile(2);
    const text = readFileSync(path, 'utf8');
    const errorsFor = async (changed: string) => {
      writeFileSync(path, changed);
      const reports = await validateCluster(cluster);
      return reports.map((report) => report.error?.message ?? '');
    };
    expect(await errorsFor(text.replace('[1, 3]', '[1]'))).toEqual([
      '',
      expect.stringMatching(/config\/node2\.toml: pid and peers name the nodes 1, 2, but/),
      '',
    ]);
    expect(
      (await errorsFor(text.replace('configuration_id = 1', 'configuration_id = 2')))[1],
    ).toMatch(/configuration_id is 2, that of node 1 is 1/);
    expect((await errorsFor(text.replace('# tick_ms = 10', 'tick_ms = 20')))[1]).toMatch(
      /tick_ms is 20/,
    );
    expect(
      (
        await errorsFor(
          text.replace(
            '# flexible_quorum = { read_quorum_size = 2',
            'flexible_quorum = { read_quorum_size = 3',
          ),
        )
      )[1],
    ).toMatch(/flexible_quorum is 3 to lead and 2 to accept, that of node 1 is a majority/);
    expect((await errorsFor('pid = "x"'))[1]).toMatch(/config\/node2\.toml:1: pid is "x"/);
  });
});

describe('destroy', () => {
  it('stops the nodes and removes what omnikv made, and nothing else', async () => {
    const { directory, cluster } = await create();
    await startNodes(cluster, { pids: [1, 3], readiness: 'none' });
    writeFileSync(join(directory, 'logs', 'mine.log'), 'mine');
    writeFileSync(join(directory, 'mine.txt'), 'mine');
    const report = await destroyCluster(cluster);
    expect(report).toEqual({ stoppedCount: 2, keptPaths: ['logs/mine.log'] });
    expect(readdirSync(directory).sort()).toEqual(['logs', 'mine.txt']);
    const init = initCluster({ directory, nodeCount: 3, mode: 'new', environment });
    expect((await init).pids).toEqual([1, 2, 3]);
  });
});
