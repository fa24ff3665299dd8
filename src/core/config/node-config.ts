/**
 * `config/nodeN.toml`: all that a node of a cluster directory is told.
 *
 * The protocol's options and the server's tables in one file. Every error names file, line, key
 * and what is allowed.
 */

import type { FileSystem } from '../platform/ports.js';
import type { ClusterLayout } from './cluster-layout.js';
import type { OmniPaxosConfig } from './omnipaxos-config.js';

export interface NodeConfig {
  readonly omniPaxos: OmniPaxosConfig;
  /** Real time of one protocol tick. */
  readonly tickMs: number;
  readonly segmentBytes: number;
  /** `never` skips fdatasync: a power cut then loses acknowledged data. */
  readonly sync: 'always' | 'never';
  /** Absolute (Z8). */
  readonly loggerFile: string;
  /** Hex. Equal exactly where two files tell a node the same; comments do not count. */
  readonly digest: string;
}

export interface LoadNodeConfigOptions {
  readonly fileSystem: FileSystem;
  readonly layout: ClusterLayout;
  readonly pid: number;
}

/** Throws `OMNIKV_INVALID_CONFIG`, or `OMNIKV_IO` where the file cannot be read. */
export function loadNodeConfig(_options: LoadNodeConfigOptions): NodeConfig {
  throw new Error('not built yet');
}
