/**
 * Is the process of a node alive, and is it really this node's (S5)?
 *
 * A pid is believed only together with start time, boot id and the data directory that the process
 * serves. What does not match is never signalled. A zombie is dead (S7).
 */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { parseRunFile, parseSpawnFile, type RunFile } from '../config/run-file.js';
import { OmnikvError } from '../errors.js';
import { readBootId, readProcessStat, type ProcessIdentity } from '../platform/process-identity.js';
import { hasCode, readIfThere, removeIfThere } from './cluster-files.js';
import type { Cluster } from './find-cluster.js';

export type NodeProcess =
  | { readonly kind: 'down' }
  | LiveProcess
  /** Alive, but not what the run file says: never signalled. */
  | { readonly kind: 'stale'; readonly osPid: number; readonly problem: string };

export interface LiveProcess {
  /** `starting`: spawned, and not yet in possession of its data directory. */
  readonly kind: 'starting' | 'running' | 'paused';
  readonly osPid: number;
  readonly identity: ProcessIdentity;
  readonly runFile: RunFile | undefined;
}

const STATE_POLL_MS = 5;

export async function inspectNode(cluster: Cluster, pid: number): Promise<NodeProcess> {
  const runFile = readRunFile(cluster, pid);
  if (runFile !== undefined && isAlive(runFile)) {
    const problem = await dataProblem(cluster, pid, runFile);
    if (problem === undefined) return live(runFile, runFile, 'running');
    return { kind: 'stale', osPid: runFile.osPid, problem };
  }
  const spawned = readIfThere(cluster.fileSystem, cluster.layout.spawnFile(pid));
  const file = spawned === undefined ? undefined : parseSpawnFile(spawned);
  if (file === undefined || !isAlive(file)) return { kind: 'down' };
  if (!servesDirectory(cluster, file.osPid)) {
    const problem = `process ${file.osPid} was started for another directory`;
    return { kind: 'stale', osPid: file.osPid, problem };
  }
  return live(file, undefined, 'starting');
}

export function isLive(process: NodeProcess): process is LiveProcess {
  return process.kind === 'starting' || process.kind === 'running' || process.kind === 'paused';
}

/**
 * Signals the group that the node leads, which is the one we made; a node without a group of its
 * own alone. False where the process is gone.
 */
export function signalProcess(process_: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(process_)) return false;
  const { osPid } = process_;
  try {
    process.kill(readGroup(osPid) === osPid ? -osPid : osPid, signal);
    return true;
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    const message = `process ${osPid} cannot be signalled: ${String(error)}`;
    throw new OmnikvError('OMNIKV_IO', message, {
      suggestions: ['The node belongs to another user: run the command as that user.'],
      cause: error,
    });
  }
}

/** True once the process holds nothing any more: not its data, not its sockets. */
export async function waitUntilGone(
  identity: ProcessIdentity,
  timeoutMs: number,
): Promise<boolean> {
  return await waitUntil(() => isGone(identity), timeoutMs);
}

/** False where it still runs after `timeoutMs`, or is gone. */
export async function waitUntilStopped(
  identity: ProcessIdentity,
  timeoutMs: number,
): Promise<boolean> {
  const isSettled = await waitUntil(() => isGone(identity) || isStopped(identity), timeoutMs);
  return isSettled && !isGone(identity);
}

/** True once it runs again, or is gone. */
export async function waitUntilContinued(
  identity: ProcessIdentity,
  timeoutMs: number,
): Promise<boolean> {
  return await waitUntil(() => isGone(identity) || !isStopped(identity), timeoutMs);
}

async function waitUntil(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!isTrue()) {
    if (performance.now() >= deadlineMs) return false;
    await sleep(STATE_POLL_MS);
  }
  return true;
}

/** Removes what a process left in `run/`, unless another one has written it anew. */
export function forgetProcess(cluster: Cluster, pid: number, osPid: number): void {
  const { fileSystem, layout } = cluster;
  if (readRunFile(cluster, pid)?.osPid === osPid) removeIfThere(fileSystem, layout.runFile(pid));
  const spawned = readIfThere(fileSystem, layout.spawnFile(pid));
  const file = spawned === undefined ? undefined : parseSpawnFile(spawned);
  if (file?.osPid === osPid) removeIfThere(fileSystem, layout.spawnFile(pid));
}

function readRunFile(cluster: Cluster, pid: number): RunFile | undefined {
  const bytes = readIfThere(cluster.fileSystem, cluster.layout.runFile(pid));
  const runFile = bytes === undefined ? undefined : parseRunFile(bytes);
  return runFile?.pid === pid ? runFile : undefined;
}

function live(
  identity: ProcessIdentity,
  runFile: RunFile | undefined,
  kind: 'running' | 'starting',
): LiveProcess {
  const { osPid, startTime, bootId } = identity;
  return {
    kind: isStopped(identity) ? 'paused' : kind,
    osPid,
    identity: { osPid, startTime, bootId },
    runFile,
  };
}

function isStopped({ osPid }: ProcessIdentity): boolean {
  const state = readProcessStat(osPid)?.state;
  return state === 'T' || state === 't';
}

function isAlive(identity: ProcessIdentity): boolean {
  return !isGone(identity);
}

function isGone(identity: ProcessIdentity): boolean {
  if (identity.bootId !== readBootId()) return true;
  const stat = readProcessStat(identity.osPid);
  if (stat?.startTime !== identity.startTime) return true;
  if (stat.state === 'X') return true;
  // The first thread can be a zombie while others still hold files and sockets.
  return stat.state === 'Z' && countThreads(identity.osPid) <= 1;
}

/** What speaks against this process serving this data directory; undefined: nothing. */
async function dataProblem(
  cluster: Cluster,
  pid: number,
  runFile: RunFile,
): Promise<string | undefined> {
  const { fileSystem, layout } = cluster;
  const path = layout.nodeDataDirectory(pid);
  const status = fileSystem.status(path);
  if (status === undefined || fileSystem.status(`${path}/IDENTITY`) === undefined) {
    // The data is gone under a running node; its command line still tells whose it is.
    if (servesDirectory(cluster, runFile.osPid)) return undefined;
    return `process ${runFile.osPid} serves another directory, and ${path} is gone`;
  }
  if (runFile.dataIdentity !== '' && status.identity !== runFile.dataIdentity) {
    return `process ${runFile.osPid} serves another directory than ${path}`;
  }
  const { readIdentity } = await import('../storage/index.js');
  const dirId = readDirId(() => readIdentity({ fileSystem, path }).dirId);
  if (dirId === undefined || dirId === runFile.dirId) return undefined;
  return `process ${runFile.osPid} serves other data than ${path} holds now`;
}

/** An IDENTITY that cannot be read tells nothing against the process. */
function readDirId(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof OmnikvError) return undefined;
    throw error;
  }
}

/** By its command line: `--dir` names this directory, under whatever path. */
function servesDirectory(cluster: Cluster, osPid: number): boolean {
  const words = readProcFile(osPid, 'cmdline').split('\0');
  const at = words.indexOf('--dir');
  const directory = at === -1 ? undefined : words[at + 1];
  if (directory === undefined) return false;
  const { fileSystem, layout } = cluster;
  const own = fileSystem.status(layout.directory)?.identity;
  return own !== undefined && fileSystem.status(directory)?.identity === own;
}

/** Field 5 of /proc/PID/stat; the command name before it may hold anything. */
function readGroup(osPid: number): number {
  const text = readProcFile(osPid, 'stat');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[2]);
}

function countThreads(osPid: number): number {
  try {
    return readdirSync(`/proc/${osPid}/task`).length;
  } catch {
    return 0;
  }
}

function readProcFile(osPid: number, name: string): string {
  try {
    return readFileSync(`/proc/${osPid}/${name}`, 'utf8');
  } catch {
    // Gone meanwhile, which the caller finds out by itself.
    return '';
  }
}
