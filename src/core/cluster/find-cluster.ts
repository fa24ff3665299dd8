/**
 * Finds the cluster directory as git finds a repository: upwards, or where it is told.
 *
 * Light on purpose: every put and get comes through here.
 */

import { dirname, join, resolve } from 'node:path';

import { readClusterConfig } from '../config/cluster-config.js';
import { ClusterLayout } from '../config/cluster-layout.js';
import { OmnikvError } from '../errors.js';
import { NodeFileSystem } from '../platform/node-file-system.js';
import type { FileSystem } from '../platform/ports.js';

/** What the process around a cluster command gives: nothing here reads `process.env`. */
export interface ClusterEnvironment {
  /** `$XDG_RUNTIME_DIR`, where it is set. */
  readonly runtimeDirectory?: string | undefined;
  /** `os.tmpdir()`. */
  readonly temporaryDirectory: string;
  /** The program that a node runs; default: the server of this package. */
  readonly serverEntry?: string | undefined;
  /** `process.platform` unless a test says otherwise. */
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
export function findCluster(_options: FindClusterOptions): Cluster {
  throw new Error('not built yet');
}
