/**
 * Stops nodes where they stand (SIGSTOP): they keep their data, their sockets and their place.
 *
 * To the others a paused node is one that has fallen silent; what it believed when it stopped may
 * be long untrue when it goes on (S3). All nodes that are named are paused, or none.
 */

import { OmnikvError } from '../errors.js';
import { withCliLock } from './cli-lock.js';
import type { Cluster } from './find-cluster.js';
import {
  inspectNode,
  isLive,
  signalProcess,
  waitUntilGone,
  waitUntilStopped,
  type LiveProcess,
} from './node-process.js';
import type { OnStep } from './steps.js';
import { refuseStale } from './stop-nodes.js';

export interface PauseOptions {
  /** Already resolved. */
  readonly pids: readonly number[];
  readonly onStep?: OnStep | undefined;
}

export interface PausedNode {
  readonly pid: number;
  readonly osPid: number;
  readonly outcome: 'paused' | 'alreadyPaused';
}

export interface PauseReport {
  readonly nodes: readonly PausedNode[];
}

/** The kernel stops a process when none of its threads is inside a disk operation. */
const STOP_PATIENCE_MS = 5_000;

/** Resolves when the processes stand still. Throws `OMNIKV_NODE_DOWN`. */
export async function pauseNodes(cluster: Cluster, options: PauseOptions): Promise<PauseReport> {
  return await withCliLock(cluster, options, async () => {
    const found: (readonly [number, LiveProcess])[] = [];
    for (const pid of options.pids) found.push([pid, await findLive(cluster, pid)]);
    const nodes: PausedNode[] = [];
    for (const [pid, process] of found) {
      const { osPid, kind } = process;
      try {
        if (kind !== 'paused') await stop(pid, process);
      } catch (error) {
        for (const [, other] of found) {
          if (other.kind !== 'paused') signalProcess(other.identity, 'SIGCONT');
        }
        throw error;
      }
      options.onStep?.({ kind: kind === 'paused' ? 'alreadyPaused' : 'paused', pid, osPid });
      nodes.push({ pid, osPid, outcome: kind === 'paused' ? 'alreadyPaused' : 'paused' });
    }
    return { nodes };
  });
}

async function findLive(cluster: Cluster, pid: number): Promise<LiveProcess> {
  const process = await inspectNode(cluster, pid);
  if (isLive(process)) return process;
  if (process.kind === 'stale') throw refuseStale(pid, process.problem);
  throw isDown(pid, 'it does not run');
}

async function stop(pid: number, { identity, osPid }: LiveProcess): Promise<void> {
  signalProcess(identity, 'SIGSTOP');
  if (await waitUntilStopped(identity, STOP_PATIENCE_MS)) return;
  if (await waitUntilGone(identity, 0)) throw isDown(pid, 'it has just ended');
  throw new OmnikvError(
    'OMNIKV_IO',
    `node ${pid} (process ${osPid}) was told to stop and still runs: it waits for a disk`,
  );
}

function isDown(pid: number, why: string): OmnikvError {
  return new OmnikvError('OMNIKV_NODE_DOWN', `node ${pid} cannot be paused: ${why}`);
}
