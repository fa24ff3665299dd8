/**
 * Starts the process of one node (S4).
 *
 * Detached in a process group of its own, with the node's log as its output, so that it survives
 * the command and its terminal; in the foreground with an IPC channel in addition, whose end is the
 * node's end. The caller holds the cluster's lock.
 */

import type { Options } from 'execa';
import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { encodeRunDirectoryFile } from '../config/run-file.js';
import { OmnikvError } from '../errors.js';
import { readBootId, readProcessStat, type ProcessIdentity } from '../platform/process-identity.js';
import { ensureDirectory, removeIfThere, writeFileAtomically, writing } from './cluster-files.js';
import type { Cluster } from './find-cluster.js';

/**
 * What bounds a node's memory, for at least as much speed (docs/benchmark.md, "Memory"): a young
 * generation of at most 2 × 8 MB, which V8 would let grow to 2 × 16 and not give back; and one arena
 * of malloc instead of one for each thread of V8's and libuv's pools.
 */
const NODE_ARGUMENTS = ['--max-semi-space-size=8'];
const NODE_ENVIRONMENT = { MALLOC_ARENA_MAX: '1' };

export interface SpawnNodeOptions {
  readonly pid: number;
  /** Absolute. */
  readonly loggerFile: string;
  readonly purpose: 'start' | 'recover';
  readonly channel: 'none' | 'ipc';
}

export interface SpawnedNode {
  readonly pid: number;
  readonly identity: ProcessIdentity;
  readonly loggerFile: string;
  /** Resolves when the process has ended; never rejects. "exit status 65", "SIGKILL". */
  readonly ended: Promise<string>;
}

export async function spawnNode(cluster: Cluster, options: SpawnNodeOptions): Promise<SpawnedNode> {
  const { fileSystem, layout } = cluster;
  const { pid, loggerFile } = options;
  removeIfThere(fileSystem, layout.failureFile(pid));
  removeIfThere(fileSystem, layout.runFile(pid));
  ensureDirectory(fileSystem, dirname(loggerFile));
  // execa's types know the descriptors up to 9; it takes any.
  const output = writing(loggerFile, () => openSync(loggerFile, 'a', 0o600)) as 3;
  try {
    const { execa } = await import('./execa.js');
    const isForeground = options.channel === 'ipc';
    const settings = {
      cwd: layout.directory,
      env: NODE_ENVIRONMENT,
      detached: true,
      cleanup: false,
      reject: false,
      stdio: ['ignore', output, output],
      ipc: isForeground,
    } satisfies Options;
    const child = execa(process.execPath, argumentsOf(cluster, options), settings);
    const ended = child.then((result) => {
      if (result.signal !== undefined) return result.signal;
      return result.exitCode === undefined
        ? (result.message ?? '')
        : `exit status ${result.exitCode}`;
    });
    if (child.pid === undefined) {
      throw new OmnikvError('OMNIKV_IO', `node ${pid} cannot be started: ${await ended}`);
    }
    if (!isForeground) child.unref();
    const identity = identityOf(child.pid);
    const bytes = encodeRunDirectoryFile({ pid, ...identity });
    writeFileAtomically(fileSystem, layout.spawnFile(pid), bytes);
    return { pid, identity, loggerFile, ended };
  } finally {
    closeSync(output);
  }
}

function argumentsOf(cluster: Cluster, options: SpawnNodeOptions): string[] {
  const words = [...NODE_ARGUMENTS, cluster.environment.serverEntry ?? serverEntry()];
  words.push('--dir', cluster.layout.directory, '--node', String(options.pid));
  if (options.purpose === 'recover') words.push('--recover');
  if (options.channel === 'ipc') words.push('--ipc');
  return words;
}

/** Beside this file once built; seen from the sources, in the build. */
function serverEntry(): string {
  const isSource = import.meta.url.endsWith('.ts');
  const path = isSource ? '../../../dist/core/server/main.bundle.js' : '../server/main.bundle.js';
  return fileURLToPath(new URL(path, import.meta.url));
}

/** A process that has ended already has start time 0, which no live one has. */
function identityOf(osPid: number): ProcessIdentity {
  const startTime = readProcessStat(osPid)?.startTime ?? 0;
  return { osPid, startTime, bootId: readBootId() };
}
