/**
 * One command at a time changes a cluster: a lock on `run/cli.lock` (S8).
 *
 * Held around spawn, kill and changes of run files, never while waiting for readiness. It only
 * keeps commands from each other's feet: data is guarded by the kernel (D29), and a signal is only
 * sent after the process was identified (S5), so a lock that is lost costs nothing.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { encodeRunDirectoryFile, parseSpawnFile } from '../config/run-file.js';
import { OmnikvError } from '../errors.js';
import { currentProcessIdentity, isProcessAlive } from '../platform/process-identity.js';
import {
  ensureDirectory,
  hasCode,
  ioError,
  readIfThere,
  removeIfThere,
  writeFileAtomically,
} from './cluster-files.js';
import type { Cluster } from './find-cluster.js';
import type { OnStep } from './steps.js';

/** A holder that was killed does not renew its lock: after this it is taken over. */
export const LOCK_STALE_MS = 10_000;
const LOCK_UPDATE_MS = 2_000;
const LOCK_WAIT_MS = 5_000;
const LOCK_POLL_MS = 25;
const SHOW_WAIT_AFTER_MS = 300;

type LockedCluster = Pick<Cluster, 'layout' | 'fileSystem'>;

export interface CliLockOptions {
  /** How long to wait for a holder that lives. */
  readonly lockWaitMs?: number | undefined;
  readonly onStep?: OnStep | undefined;
}

/** Throws `OMNIKV_CLUSTER_BUSY`. */
export async function withCliLock<Result>(
  cluster: LockedCluster,
  options: CliLockOptions,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  ensureDirectory(cluster.fileSystem, cluster.layout.runDirectory);
  const release = await acquire(cluster, options);
  try {
    writeHolder(cluster);
    return await work();
  } finally {
    removeIfThere(cluster.fileSystem, holderFile(cluster));
    await release();
  }
}

async function acquire(
  cluster: LockedCluster,
  options: CliLockOptions,
): Promise<() => Promise<void>> {
  const startedMs = performance.now();
  let isShown = false;
  for (;;) {
    const release = await tryLock(cluster);
    if (release !== undefined) return release;
    const waitedMs = performance.now() - startedMs;
    const holder = readHolder(cluster);
    const isDead = holder !== undefined && !isProcessAlive(holder);
    const waitMs = options.lockWaitMs ?? LOCK_WAIT_MS;
    const limitMs = isDead ? LOCK_STALE_MS + LOCK_UPDATE_MS : waitMs;
    if (waitedMs > limitMs) throw busy(cluster, holder?.osPid, waitMs);
    if (!isShown && waitedMs > SHOW_WAIT_AFTER_MS) {
      isShown = true;
      options.onStep?.({ kind: 'waitingForLock', holder: nameHolder(holder?.osPid, isDead) });
    }
    await sleep(LOCK_POLL_MS);
  }
}

async function tryLock(cluster: LockedCluster): Promise<(() => Promise<void>) | undefined> {
  const { default: lockfile } = await import('proper-lockfile');
  const { layout } = cluster;
  try {
    const release = await lockfile.lock(layout.runDirectory, {
      lockfilePath: layout.cliLockFile,
      stale: LOCK_STALE_MS,
      update: LOCK_UPDATE_MS,
      // A command that was stopped for long loses the lock; see the head of this file.
      onCompromised: () => undefined,
    });
    return async () => {
      try {
        await release();
      } catch (error) {
        if (!hasCode(error, 'ERELEASED') && !hasCode(error, 'ENOTACQUIRED')) throw error;
      }
    };
  } catch (error) {
    if (hasCode(error, 'ELOCKED')) return undefined;
    throw ioError(`${layout.cliLockFile} cannot be made`, error);
  }
}

/** For the message of those who wait, and for knowing that a holder died. */
function writeHolder(cluster: LockedCluster): void {
  const bytes = encodeRunDirectoryFile({ pid: 1, ...currentProcessIdentity() });
  writeFileAtomically(cluster.fileSystem, holderFile(cluster), bytes);
}

function readHolder(cluster: LockedCluster) {
  const bytes = readIfThere(cluster.fileSystem, holderFile(cluster));
  return bytes === undefined ? undefined : parseSpawnFile(bytes);
}

function holderFile(cluster: LockedCluster): string {
  return `${cluster.layout.cliLockFile}.json`;
}

function nameHolder(osPid: number | undefined, isDead: boolean): string {
  if (osPid === undefined) return 'another omnikv command';
  return isDead ? `the lock of a command that was killed` : `another omnikv command (${osPid})`;
}

function busy(cluster: LockedCluster, osPid: number | undefined, waitMs: number): OmnikvError {
  const who = osPid === undefined ? 'another omnikv command' : `process ${osPid}`;
  return new OmnikvError(
    'OMNIKV_CLUSTER_BUSY',
    `${who} is changing ${cluster.layout.directory} and did not finish in ${waitMs / 1000} s`,
  );
}
