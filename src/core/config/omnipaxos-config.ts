/**
 * OmniPaxosConfig: what an instance must know before it is built (Z3, Z4).
 *
 * Immutable, and legal once it exists: the constructor and `withToml` refuse what is not, and name
 * every problem at once. Both TOML layouts of the reference load; they never mix in one file.
 */

import type { OmniPaxos } from '../omnipaxos/omnipaxos.js';
import type { FlexibleQuorum } from '../omnipaxos/quorum.js';
import type { Storage } from '../omnipaxos/storage-port.js';
import type { FileSystem } from '../platform/ports.js';

export interface OmniPaxosConfigOptions {
  /** 1 or more; grows with every reconfiguration. */
  readonly configurationId: number;
  /** 1 to 2^32-1, never used twice (P10). */
  readonly pid: number;
  /** The other servers; empty for a cluster of one. */
  readonly peers: readonly number[];
  readonly flexibleQuorum?: FlexibleQuorum | undefined;
  readonly leaderPriority?: number | undefined;
  readonly electionTickTimeout?: number | undefined;
  readonly resendMessageTickTimeout?: number | undefined;
  readonly flushBatchTickTimeout?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly bufferSize?: number | undefined;
  readonly loggerFilePath?: string | undefined;
}

export interface BuildOptions<T> {
  readonly isEqualEntry?: ((a: T, b: T) => boolean) | undefined;
}

export class OmniPaxosConfig {
  readonly configurationId!: number;
  readonly pid!: number;
  readonly peers!: readonly number[];
  readonly flexibleQuorum: FlexibleQuorum | undefined;
  readonly leaderPriority!: number;
  readonly electionTickTimeout!: number;
  readonly resendMessageTickTimeout!: number;
  readonly flushBatchTickTimeout!: number;
  readonly batchSize!: number;
  readonly bufferSize!: number;
  /** As written; `resolveLoggerFile` tells the file (Z8). */
  readonly loggerFilePath: string | undefined;

  constructor(_options: OmniPaxosConfigOptions) {
    throw new Error('not built yet');
  }

  static withToml(_path: string, _fileSystem?: FileSystem): OmniPaxosConfig {
    throw new Error('not built yet');
  }

  build<T>(_storage: Storage<T>, _options: BuildOptions<T> = {}): OmniPaxos<T> {
    throw new Error('not built yet');
  }
}
