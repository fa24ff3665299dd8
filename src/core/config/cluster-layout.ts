/**
 * Where everything of a cluster directory lies.
 *
 * Paths only: nothing here makes, changes or removes a file. Server, command line and tests all
 * take their paths from here. A socket path longer than the kernel keeps (N2) lies in a short
 * directory that `run/sockets` names; `cluster/socket-directory.ts` makes it.
 */

import { join, resolve } from 'node:path';

import { OmnikvError } from '../errors.js';
import { MAX_PID, MAX_SOCKET_PATH_BYTES } from '../limits.js';
import type { FileSystem } from '../platform/ports.js';

const NODE_FILE = /^node([1-9][0-9]{0,9})\.toml$/;

export interface ClusterLayoutOptions {
  /** The cluster directory, made absolute here. */
  readonly directory: string;
  readonly fileSystem: FileSystem;
}

export class ClusterLayout {
  readonly directory: string;
  /** The marker that the walk-up looks for. */
  readonly clusterFile: string;
  readonly configDirectory: string;
  readonly dataDirectory: string;
  readonly logDirectory: string;
  readonly runDirectory: string;
  readonly cliLockFile: string;
  /** Faults of the links; commands write it, nodes obey it. */
  readonly linksFile: string;
  /** Text: the short directory, where the socket paths under `run/` would be too long. */
  readonly socketPointerFile: string;
  readonly #fileSystem: FileSystem;

  constructor(options: ClusterLayoutOptions) {
    this.directory = resolve(options.directory);
    this.configDirectory = join(this.directory, 'config');
    this.clusterFile = join(this.configDirectory, 'cluster.toml');
    this.dataDirectory = join(this.directory, 'data');
    this.logDirectory = join(this.directory, 'logs');
    this.runDirectory = join(this.directory, 'run');
    this.cliLockFile = join(this.runDirectory, 'cli.lock');
    this.linksFile = join(this.runDirectory, 'links.json');
    this.socketPointerFile = join(this.runDirectory, 'sockets');
    this.#fileSystem = options.fileSystem;
  }

  nodeConfigFile(pid: number): string {
    return join(this.configDirectory, `node${pid}.toml`);
  }

  nodeDataDirectory(pid: number): string {
    return join(this.dataDirectory, `node${pid}`);
  }

  /** Where the configuration names no other (Z8). */
  defaultLogFile(pid: number): string {
    return join(this.logDirectory, `node${pid}.log`);
  }

  /** Written by the node once it holds its data directory. */
  runFile(pid: number): string {
    return join(this.runDirectory, `node${pid}.json`);
  }

  /** Written by the command that spawned the node, until the node's own run file is there. */
  spawnFile(pid: number): string {
    return join(this.runDirectory, `node${pid}.spawn.json`);
  }

  /** Written by a node that could not start. */
  failureFile(pid: number): string {
    return join(this.runDirectory, `node${pid}.failure.json`);
  }

  /** The pids that have a configuration file, ascending. */
  pids(): readonly number[] {
    const pids = this.#fileSystem
      .list(this.configDirectory)
      .map((name) => Number(NODE_FILE.exec(name)?.[1] ?? 0))
      .filter((pid) => pid >= 1 && pid <= MAX_PID);
    return pids.sort((a, b) => a - b);
  }

  /** True where sockets under `run/` have paths that the kernel keeps whole, for any pid. */
  get hasShortRunDirectory(): boolean {
    const longest = join(this.runDirectory, socketName(MAX_PID));
    return Buffer.byteLength(longest) <= MAX_SOCKET_PATH_BYTES;
  }

  /** Read anew at each call: a start may have moved it. `OMNIKV_UNREACHABLE` before the first. */
  get socketDirectory(): string {
    if (this.hasShortRunDirectory) return this.runDirectory;
    const pointed = this.readSocketPointer();
    if (pointed !== undefined) return pointed;
    throw new OmnikvError(
      'OMNIKV_UNREACHABLE',
      `no socket directory is known for ${this.directory}: its nodes have not been started`,
      { suggestions: ['omnikv start'] },
    );
  }

  /** The short directory that `run/sockets` names; undefined where there is no such file. */
  readSocketPointer(): string | undefined {
    if (this.#fileSystem.status(this.socketPointerFile) === undefined) return undefined;
    const text = new TextDecoder().decode(this.#fileSystem.readFile(this.socketPointerFile));
    const path = text.split('\n')[0] ?? '';
    return path.startsWith('/') ? path : undefined;
  }

  socketPath(pid: number): string {
    return join(this.socketDirectory, socketName(pid));
  }
}

export function socketName(pid: number): string {
  return `node${pid}.sock`;
}
