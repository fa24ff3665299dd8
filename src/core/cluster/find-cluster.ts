/**
 * Finds the cluster directory as git finds a repository: upwards, or where it is told.
 *
 * Light on purpose: every put and get comes through here. It reads `config/` and changes nothing.
 */

import { dirname, join, resolve } from 'node:path';

import { readClusterConfig } from '../config/cluster-config.js';
import { ClusterLayout } from '../config/cluster-layout.js';
import { OmnikvError } from '../errors.js';
import { nodeFileSystem } from '../platform/node-file-system.js';
import type { FileSystem } from '../platform/ports.js';
import { reading } from './cluster-files.js';

/** What the process around a cluster command gives: nothing here reads `process.env`. */
export interface ClusterEnvironment {
  /** `$XDG_RUNTIME_DIR`, where it is set. */
  readonly runtimeDirectory?: string | undefined;
  /** `os.tmpdir()`. */
  readonly temporaryDirectory: string;
  /** The program that a node runs; default: the server of this package. */
  readonly serverEntry?: string | undefined;
  /** Default: `process.platform`. */
  readonly platform?: string | undefined;
}

export interface Cluster {
  readonly layout: ClusterLayout;
  /** 32 hex digits. */
  readonly clusterId: string;
  /** Every node that has a configuration file, ascending. */
  readonly pids: readonly number[];
  readonly environment: ClusterEnvironment;
  readonly fileSystem: FileSystem;
}

export interface FindClusterOptions {
  readonly workingDirectory: string;
  /** `--dir` or `OMNIKV_DIR`: no walk-up then. */
  readonly directory?: string | undefined;
  readonly environment: ClusterEnvironment;
}

/** Throws `OMNIKV_NOT_A_CLUSTER`, `OMNIKV_INVALID_CONFIG`, `OMNIKV_UNSUPPORTED_PLATFORM`. */
export function findCluster(options: FindClusterOptions): Cluster {
  requireLinux(options.environment);
  const fileSystem = nodeFileSystem;
  const directory = findDirectory(options, fileSystem);
  const layout = new ClusterLayout({ directory, fileSystem });
  const { clusterId } = reading(layout.clusterFile, () =>
    readClusterConfig({ fileSystem, path: layout.clusterFile }),
  );
  const pids = reading(layout.configDirectory, () => layout.pids());
  if (pids.length === 0) {
    const message = `${layout.configDirectory} holds no node's configuration (node1.toml …)`;
    throw new OmnikvError('OMNIKV_INVALID_CONFIG', message, {
      suggestions: ['Put the files back, or: omnikv init --nodes 3 --force'],
    });
  }
  return { layout, clusterId, pids, environment: options.environment, fileSystem };
}

export function requireLinux(environment: ClusterEnvironment): void {
  const platform = environment.platform ?? process.platform;
  if (platform === 'linux') return;
  throw new OmnikvError(
    'OMNIKV_UNSUPPORTED_PLATFORM',
    `cluster commands do not run on ${platform}`,
  );
}

function findDirectory(options: FindClusterOptions, fileSystem: FileSystem): string {
  if (options.directory !== undefined) {
    const directory = resolve(options.workingDirectory, options.directory);
    if (isCluster(directory, fileSystem)) return directory;
    throw new OmnikvError(
      'OMNIKV_NOT_A_CLUSTER',
      `${directory} is not a cluster: it has no config/cluster.toml`,
    );
  }
  const from = resolve(options.workingDirectory);
  for (let directory = from; ; directory = dirname(directory)) {
    if (isCluster(directory, fileSystem)) return directory;
    if (directory === dirname(directory)) break;
  }
  throw new OmnikvError(
    'OMNIKV_NOT_A_CLUSTER',
    `neither ${from} nor a directory above it is a cluster (config/cluster.toml)`,
  );
}

function isCluster(directory: string, fileSystem: FileSystem): boolean {
  const path = join(directory, 'config', 'cluster.toml');
  try {
    return fileSystem.status(path)?.kind === 'file';
  } catch (error) {
    // A directory above that may not be searched holds no cluster of ours.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'ENOTDIR' || code === 'ELOOP') return false;
    throw error;
  }
}
