/**
 * Spawns the nodes that are down, under the cluster's lock, and tells why one ended while it started.
 *
 * A second command that comes meanwhile finds the spawn file and waits for the same processes: two
 * starts at once are one. A configuration that is illegal stops all before anything is spawned; a
 * data directory that is gone stops only its own node (P10).
 */

import { readFileSync } from 'node:fs';

import { parseFailureFile } from '../config/run-file.js';
import { OmnikvError } from '../errors.js';
import type { ProcessIdentity } from '../platform/process-identity.js';
import { withCliLock } from './cli-lock.js';
import { ensureDirectory, readIfThere } from './cluster-files.js';
import type { Cluster } from './find-cluster.js';
import { forgetProcess, inspectNode, isLive, type NodeProcess } from './node-process.js';
import { prepareSocketDirectory } from './socket-directory.js';
import { spawnNode, type SpawnedNode } from './spawn-node.js';
import type { OnStep } from './steps.js';
import { validateCluster } from './validate-cluster.js';

export interface LaunchOptions {
  readonly pids: readonly number[];
  readonly purpose: 'start' | 'recover';
  readonly channel: 'none' | 'ipc';
  readonly onStep?: OnStep | undefined;
}

export type LaunchedNode =
  | {
      readonly kind: 'spawned' | 'alreadyRunning' | 'paused';
      readonly pid: number;
      readonly identity: ProcessIdentity;
      readonly spawned: SpawnedNode | undefined;
    }
  | { readonly kind: 'refused'; readonly pid: number; readonly error: OmnikvError };

export async function launchNodes(
  cluster: Cluster,
  options: LaunchOptions,
): Promise<readonly LaunchedNode[]> {
  return await withCliLock(cluster, options, async () => {
    const found = await inspectAll(cluster);
    const isDown = (pid: number) => found.get(pid)?.kind === 'down';
    const loggerFiles = await readLoggerFiles(cluster, options.pids.filter(isDown));
    ensureDirectory(cluster.fileSystem, cluster.layout.runDirectory);
    const isAnyNodeRunning = [...found.values()].some((process) => process.kind !== 'down');
    prepareSocketDirectory(cluster, { isAnyNodeRunning });
    const launched: LaunchedNode[] = [];
    for (const pid of options.pids) {
      const process = found.get(pid) ?? { kind: 'down' };
      launched.push(await launchOne(cluster, options, { pid, process, loggerFiles }));
    }
    return launched;
  });
}

interface LaunchOne {
  readonly pid: number;
  readonly process: NodeProcess;
  readonly loggerFiles: ReadonlyMap<number, string>;
}

async function launchOne(
  cluster: Cluster,
  options: LaunchOptions,
  one: LaunchOne,
): Promise<LaunchedNode> {
  const { pid, process, loggerFiles } = one;
  if (isLive(process)) {
    const { osPid, identity } = process;
    const isPaused = process.kind === 'paused';
    options.onStep?.({ kind: isPaused ? 'alreadyPaused' : 'alreadyRunning', pid, osPid });
    const kind = isPaused ? 'paused' : 'alreadyRunning';
    return { kind, pid, identity, spawned: undefined };
  }
  const error =
    process.kind === 'stale' ? staleError(pid, process.problem) : dataError(cluster, pid);
  if (error !== undefined) return { kind: 'refused', pid, error };
  const loggerFile = loggerFiles.get(pid) ?? cluster.layout.defaultLogFile(pid);
  const { purpose, channel } = options;
  const spawned = await spawnNode(cluster, { pid, loggerFile, purpose, channel });
  options.onStep?.({ kind: 'spawned', pid, osPid: spawned.identity.osPid });
  return { kind: 'spawned', pid, identity: spawned.identity, spawned };
}

async function inspectAll(cluster: Cluster): Promise<ReadonlyMap<number, NodeProcess>> {
  const found = cluster.pids.map(async (pid) => [pid, await inspectNode(cluster, pid)] as const);
  return new Map(await Promise.all(found));
}

/** Reads the files of the nodes to spawn, and refuses all if one is illegal. */
async function readLoggerFiles(
  cluster: Cluster,
  pids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (pids.length === 0) return new Map();
  const reports = await validateCluster(cluster);
  const errors = reports
    .filter((report) => pids.includes(report.pid))
    .map((report) => report.error);
  const illegal = errors.filter((error) => error !== undefined);
  if (illegal[0] !== undefined) {
    const message = illegal.map((error) => error.message).join('\n');
    throw new OmnikvError(illegal[0].code, message, { suggestions: illegal[0].suggestions });
  }
  const { loadNodeConfig } = await import('../config/index.js');
  const { fileSystem, layout } = cluster;
  return new Map(pids.map((pid) => [pid, loadNodeConfig({ fileSystem, layout, pid }).loggerFile]));
}

/** P10: a node whose data is gone must not start empty under its old id. */
function dataError(cluster: Cluster, pid: number): OmnikvError | undefined {
  const path = cluster.layout.nodeDataDirectory(pid);
  if (cluster.fileSystem.status(`${path}/IDENTITY`) !== undefined) return undefined;
  const isThere = cluster.fileSystem.status(path) !== undefined;
  const what = isThere ? `${path} has lost its IDENTITY` : `${path} is gone`;
  return new OmnikvError('OMNIKV_DATA_MISSING', `node ${pid} cannot start: ${what}`);
}

function staleError(pid: number, problem: string): OmnikvError {
  return new OmnikvError('OMNIKV_IDENTITY_MISMATCH', `node ${pid} cannot start: ${problem}`, {
    suggestions: ['Put the data directories back in their places, then try again.'],
  });
}

/** The error of a node that ended: its own where it left one. */
export async function endedError(
  cluster: Cluster,
  node: Exclude<LaunchedNode, { kind: 'refused' }>,
): Promise<OmnikvError> {
  const { pid, identity, spawned } = node;
  forgetProcess(cluster, pid, identity.osPid);
  const bytes = readIfThere(cluster.fileSystem, cluster.layout.failureFile(pid));
  const failure = bytes === undefined ? undefined : parseFailureFile(bytes);
  if (failure !== undefined) {
    const { suggestions } = failure;
    return new OmnikvError(
      failure.code,
      `node ${pid} cannot run: ${failure.message}`,
      suggestions.length === 0 ? {} : { suggestions },
    );
  }
  const how = spawned === undefined ? 'it is gone' : await spawned.ended;
  const lastLine = spawned === undefined ? '' : readLastLine(spawned.loggerFile);
  return new OmnikvError(
    'OMNIKV_NODE_EXITED',
    `node ${pid} ended while it was starting (${how})${lastLine === '' ? '' : `: ${lastLine}`}`,
    { suggestions: [`omnikv logs ${pid}`] },
  );
}

function readLastLine(path: string): string {
  try {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    return (lines.at(-1) ?? '').slice(0, 300);
  } catch {
    return '';
  }
}
