/**
 * OmniPaxosConfig: what an instance must know before it is built (Z3, Z4).
 *
 * Immutable, and legal once it exists: the constructor and `withToml` refuse what is not, and name
 * every problem at once. Both TOML layouts of the reference load; they never mix in one file.
 */

import {
  DEFAULT_BATCH_SIZE,
  DEFAULT_BUFFER_SIZE,
  DEFAULT_ELECTION_TICK_TIMEOUT,
  DEFAULT_FLUSH_BATCH_TICK_TIMEOUT,
  DEFAULT_RESEND_MESSAGE_TICK_TIMEOUT,
} from '../limits.js';
import { OmniPaxos } from '../omnipaxos/omnipaxos.js';
import type { FlexibleQuorum } from '../omnipaxos/quorum.js';
import type { Storage } from '../omnipaxos/storage-port.js';
import { nodeFileSystem } from '../platform/node-file-system.js';
import type { FileSystem } from '../platform/ports.js';
import { CONFIG_FIELDS, fieldOfOption } from './config-fields.js';
import { readConfigFile } from './config-file.js';
import { configError, shown } from './config-problem.js';
import { checkProtocolOptions, valueAt, type OptionProblem } from './config-schema.js';
import { nearestKey } from './nearest-key.js';

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
  /** Kept for files of the Rust library; here what waits is bounded in bytes (R2). */
  readonly bufferSize?: number | undefined;
  readonly loggerFilePath?: string | undefined;
}

export interface BuildOptions<T> {
  readonly isEqualEntry?: ((a: T, b: T) => boolean) | undefined;
}

export class OmniPaxosConfig {
  readonly configurationId: number;
  readonly pid: number;
  readonly peers: readonly number[];
  readonly flexibleQuorum: FlexibleQuorum | undefined;
  readonly leaderPriority: number;
  readonly electionTickTimeout: number;
  readonly resendMessageTickTimeout: number;
  readonly flushBatchTickTimeout: number;
  readonly batchSize: number;
  readonly bufferSize: number;
  /** As written; `resolveLoggerFile` tells the file (Z8). */
  readonly loggerFilePath: string | undefined;

  /** Throws `OMNIKV_INVALID_CONFIG`, naming every problem. */
  constructor(options: OmniPaxosConfigOptions) {
    refuseIllegal(options);
    this.configurationId = options.configurationId;
    this.pid = options.pid;
    this.peers = Object.freeze([...options.peers]);
    this.flexibleQuorum = options.flexibleQuorum;
    this.leaderPriority = options.leaderPriority ?? 0;
    this.electionTickTimeout = options.electionTickTimeout ?? DEFAULT_ELECTION_TICK_TIMEOUT;
    this.resendMessageTickTimeout =
      options.resendMessageTickTimeout ?? DEFAULT_RESEND_MESSAGE_TICK_TIMEOUT;
    this.flushBatchTickTimeout = options.flushBatchTickTimeout ?? DEFAULT_FLUSH_BATCH_TICK_TIMEOUT;
    this.batchSize = options.batchSize ?? DEFAULT_BATCH_SIZE;
    this.bufferSize = options.bufferSize ?? DEFAULT_BUFFER_SIZE;
    this.loggerFilePath = options.loggerFilePath;
    Object.freeze(this);
  }

  /** Reads a TOML file of either layout. A relative path counts from the working directory. */
  static withToml(path: string, fileSystem: FileSystem = nodeFileSystem): OmniPaxosConfig {
    return new OmniPaxosConfig(readConfigFile({ fileSystem, path }).options);
  }

  /** An instance on this storage. On a used one it starts in Recover by itself (A3). */
  build<T>(storage: Storage<T>, options: BuildOptions<T> = {}): OmniPaxos<T> {
    const { flexibleQuorum } = this;
    const { isEqualEntry } = options;
    return new OmniPaxos<T>(
      {
        configurationId: this.configurationId,
        pid: this.pid,
        peers: this.peers,
        leaderPriority: this.leaderPriority,
        electionTickTimeout: this.electionTickTimeout,
        resendMessageTickTimeout: this.resendMessageTickTimeout,
        flushBatchTickTimeout: this.flushBatchTickTimeout,
        batchSize: this.batchSize,
        ...(flexibleQuorum === undefined ? {} : { flexibleQuorum }),
        ...(isEqualEntry === undefined ? {} : { isEqualEntry }),
      },
      storage,
    );
  }
}

function refuseIllegal(options: OmniPaxosConfigOptions): void {
  const problems = checkProtocolOptions(options).map((problem) => {
    const name = problem.path.join('.');
    const field = fieldOfOption(String(problem.path[0]));
    const message =
      problem.kind === 'unknown'
        ? unknownOption(name)
        : `${describe(problem, name, options)}; allowed: ${field?.allowed ?? ''}`;
    return { place: 'OmniPaxosConfig', message };
  });
  if (problems.length > 0) throw configError(problems, []);
}

function describe(problem: OptionProblem, name: string, options: unknown): string {
  if (problem.reason !== undefined) return `${name} ${problem.reason}`;
  if (problem.kind === 'missing') return `${name} is missing`;
  const value = valueAt(options, problem.path);
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return `${name} is ${shown(text)}`;
}

function unknownOption(name: string): string {
  const nearest = nearestKey(
    name,
    CONFIG_FIELDS.map((field) => field.option),
  );
  return `unknown option ${name}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}
