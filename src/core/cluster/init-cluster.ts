/**
 * Makes a cluster directory: data directories with their identities, configuration, logs, run.
 *
 * `config/cluster.toml` is written last: until then the directory is no cluster, and an init that
 * was interrupted is reported and moved aside by `replace`. Old data is moved, never removed (P10).
 */

import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';

import { CLUSTER_FORMAT } from '../config/cluster-config.js';
import { ClusterLayout } from '../config/cluster-layout.js';
import { OmnikvError } from '../errors.js';
import { MAX_INIT_NODES } from '../limits.js';
import { nodeFileSystem } from '../platform/node-file-system.js';
import { nodeRandom } from '../platform/node-random.js';
import { withCliLock } from './cli-lock.js';
import {
  ensureDirectory,
  listIfThere,
  reading,
  removeIfThere,
  writeFileAtomically,
  writing,
} from './cluster-files.js';
import { requireLinux, type Cluster, type ClusterEnvironment } from './find-cluster.js';
import { inspectNode } from './node-process.js';
import { prepareSocketDirectory } from './socket-directory.js';

export interface InitClusterOptions {
  readonly directory: string;
  /** 1 to 9. */
  readonly nodeCount: number;
  /** `replace`: what is there is moved aside first; refused while a node runs. */
  readonly mode: 'new' | 'replace';
  readonly environment: ClusterEnvironment;
}

export interface InitReport {
  readonly directory: string;
  readonly clusterId: string;
  readonly pids: readonly number[];
  /** Where `replace` put the old data; undefined where there was none. */
  readonly movedTo: string | undefined;
}

/** Throws `OMNIKV_CLUSTER_EXISTS`, `OMNIKV_CLUSTER_RUNNING`, `OMNIKV_USAGE`, `OMNIKV_IO`. */
export async function initCluster(options: InitClusterOptions): Promise<InitReport> {
  requireLinux(options.environment);
  const { nodeCount, environment } = options;
  if (!Number.isInteger(nodeCount) || nodeCount < 1 || nodeCount > MAX_INIT_NODES) {
    const message = `a cluster has 1 to ${MAX_INIT_NODES} nodes, not ${nodeCount}`;
    throw new OmnikvError('OMNIKV_USAGE', message, { suggestions: ['omnikv init --nodes 3'] });
  }
  const fileSystem = nodeFileSystem;
  const layout = new ClusterLayout({ directory: resolve(options.directory), fileSystem });
  const clusterId = randomBytes(16).toString('hex');
  const pids = Array.from({ length: nodeCount }, (_, index) => index + 1);
  const cluster: Cluster = { layout, clusterId, pids, environment, fileSystem };
  // Seen before anything is made: a refused init leaves no trace.
  if (options.mode === 'new') refuseExisting(cluster);
  return await withCliLock(cluster, {}, async () => {
    if (options.mode === 'new') refuseExisting(cluster);
    const movedTo = options.mode === 'replace' ? await moveAside(cluster) : undefined;
    await build(cluster);
    return { directory: layout.directory, clusterId, pids, movedTo };
  });
}

async function build(cluster: Cluster): Promise<void> {
  const { layout, fileSystem, clusterId, pids } = cluster;
  const { renderClusterFile, renderNodeFile } = await import('../config/index.js');
  const { createDataDirectory } = await import('../storage/index.js');
  const directories = [layout.configDirectory, layout.dataDirectory, layout.logDirectory];
  for (const directory of directories) ensureDirectory(fileSystem, directory);
  prepareSocketDirectory(cluster, { isAnyNodeRunning: false });
  // The faults of an earlier cluster are not those of this one.
  removeIfThere(fileSystem, layout.linksFile);
  for (const pid of pids) {
    const path = layout.nodeDataDirectory(pid);
    const identity = { clusterId, pid };
    writing(path, () => createDataDirectory({ fileSystem, random: nodeRandom, path, identity }));
    const text = renderNodeFile({ fileSystem, pid, pids });
    writeFileAtomically(fileSystem, layout.nodeConfigFile(pid), new TextEncoder().encode(text));
  }
  fileSystem.syncDirectory(layout.dataDirectory);
  const marker = renderClusterFile({ fileSystem, clusterId });
  writeFileAtomically(fileSystem, layout.clusterFile, new TextEncoder().encode(marker));
  fileSystem.syncDirectory(layout.directory);
}

function refuseExisting({ layout, fileSystem }: Cluster): void {
  const found = findRemains(layout, fileSystem);
  const isCluster = reading(layout.clusterFile, () => statusOf(fileSystem, layout.clusterFile));
  if (isCluster) {
    const message = `${layout.directory} is a cluster already (format ${CLUSTER_FORMAT}, nodes ${layout.pids().join(', ')})`;
    throw new OmnikvError('OMNIKV_CLUSTER_EXISTS', message, {
      suggestions: ['omnikv start', 'omnikv init --force moves its data aside and starts anew'],
    });
  }
  if (found.length === 0) return;
  throw new OmnikvError(
    'OMNIKV_CLUSTER_EXISTS',
    `${layout.directory} holds ${found.join(', ')}, of an earlier cluster or of an init that did not finish`,
    { suggestions: ['omnikv init --force moves them aside and starts anew'] },
  );
}

function statusOf(fileSystem: Cluster['fileSystem'], path: string): boolean {
  try {
    return fileSystem.status(path) !== undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}

/** Paths, relative to the cluster directory, that an init would write over. */
function findRemains(layout: ClusterLayout, fileSystem: Cluster['fileSystem']): readonly string[] {
  const data = listIfThere(fileSystem, layout.dataDirectory).filter((name) => /^node\d/.test(name));
  const config = listIfThere(fileSystem, layout.configDirectory).filter(isConfigName);
  return [...data.map((name) => `data/${name}`), ...config.map((name) => `config/${name}`)];
}

function isConfigName(name: string): boolean {
  return name === 'cluster.toml' || /^node\d+\.toml$/.test(name);
}

/** The marker goes first: what is half moved is no cluster any more. */
async function moveAside(cluster: Cluster): Promise<string | undefined> {
  const { layout, fileSystem } = cluster;
  await refuseRunning(cluster);
  if (findRemains(layout, fileSystem).length === 0) return undefined;
  const target = freeName(cluster);
  return writing(target, () => {
    ensureDirectory(fileSystem, target);
    const configTarget = join(target, 'config');
    ensureDirectory(fileSystem, configTarget);
    const names = listIfThere(fileSystem, layout.configDirectory).filter(isConfigName);
    const isMarker = (name: string) => (name === 'cluster.toml' ? 0 : 1);
    for (const name of [...names].sort((a, b) => isMarker(a) - isMarker(b))) {
      fileSystem.rename(join(layout.configDirectory, name), join(configTarget, name));
    }
    for (const name of listIfThere(fileSystem, layout.dataDirectory)) {
      fileSystem.rename(join(layout.dataDirectory, name), join(target, name));
    }
    fileSystem.syncDirectory(configTarget);
    fileSystem.syncDirectory(target);
    fileSystem.syncDirectory(layout.directory);
    return target;
  });
}

async function refuseRunning(cluster: Cluster): Promise<void> {
  const names = listIfThere(cluster.fileSystem, cluster.layout.runDirectory);
  const pids = names.map((name) => Number(/^node(\d+)\.(?:spawn\.)?json$/.exec(name)?.[1] ?? 0));
  for (const pid of new Set(pids.filter((candidate) => candidate > 0))) {
    const node = await inspectNode(cluster, pid);
    if (node.kind === 'down') continue;
    throw new OmnikvError(
      'OMNIKV_CLUSTER_RUNNING',
      `node ${pid} of this directory runs (process ${node.osPid}); its data cannot be moved`,
    );
  }
}

function freeName({ layout, fileSystem }: Cluster): string {
  const time = new Date().toISOString().replaceAll(/[-:]|\..*/g, '');
  const base = `${layout.dataDirectory}.old-${time}`;
  for (let attempt = 1; ; attempt += 1) {
    const name = attempt === 1 ? base : `${base}-${attempt}`;
    if (fileSystem.status(name) === undefined) return name;
  }
}
