/**
 * Ends nodes: politely, or as a crash would.
 *
 * A node that is down already is no error. The lock is held around signals and changes of run
 * files; a polite stop does not hold it while it waits (S8).
 */

import { OmnikvError } from '../errors.js';
import { SHUTDOWN_GRACE_MS } from '../limits.js';
import { withCliLock } from './cli-lock.js';
import type { Cluster } from './find-cluster.js';
import {
  forgetProcess,
  inspectNode,
  isLive,
  signalProcess,
  waitUntilGone,
  type LiveProcess,
} from './node-process.js';
import type { OnStep } from './steps.js';

export interface StopOptions {
  /** Already resolved. */
  readonly pids: readonly number[];
  /** Until SIGKILL for `stopNodes` (default: a little more than SHUTDOWN_GRACE_MS). */
  readonly timeoutMs?: number | undefined;
  readonly onStep?: OnStep | undefined;
}

export interface StoppedNode {
  readonly pid: number;
  readonly outcome: 'stopped' | 'killed' | 'alreadyDown';
}

export interface StopReport {
  readonly nodes: readonly StoppedNode[];
}

interface Target {
  readonly pid: number;
  readonly process: LiveProcess;
}

/** A node that ends itself at the end of its grace is not killed in the same moment. */
const EXIT_MARGIN_MS = 250;
/** After SIGKILL only a disk that hangs keeps a process. */
const KILL_PATIENCE_MS = 5_000;

/** S1: SIGTERM, then SIGKILL after the grace. */
export async function stopNodes(cluster: Cluster, options: StopOptions): Promise<StopReport> {
  const onStep = options.onStep ?? (() => undefined);
  const targets = await withCliLock(cluster, options, async () => {
    const found = await findTargets(cluster, options);
    for (const { pid, process } of found) {
      onStep({ kind: 'stopping', pid, osPid: process.osPid });
      signalProcess(process.identity, 'SIGTERM');
      // A paused process takes its signals when it goes on. Of one that is being paused right now the
      // system may say that it runs, and one that runs does not mind.
      signalProcess(process.identity, 'SIGCONT');
    }
    return found;
  });
  const graceMs = options.timeoutMs ?? SHUTDOWN_GRACE_MS + EXIT_MARGIN_MS;
  const outcomes = await Promise.all(
    targets.map(async (target) => {
      const isGone = await waitUntilGone(target.process.identity, graceMs);
      if (isGone) onStep({ kind: 'stopped', pid: target.pid });
      return { target, isGone };
    }),
  );
  const hanging = outcomes.filter((outcome) => !outcome.isGone).map((outcome) => outcome.target);
  await withCliLock(cluster, options, async () => {
    for (const { pid } of hanging) onStep({ kind: 'escalated', pid });
    await kill(hanging);
    for (const { pid, process } of targets) forgetProcess(cluster, pid, process.osPid);
  });
  return report(options, (pid) => {
    if (hanging.some((target) => target.pid === pid)) return 'killed';
    return targets.some((target) => target.pid === pid) ? 'stopped' : 'alreadyDown';
  });
}

/** SIGKILL; resolves when the processes are gone. */
export async function crashNodes(cluster: Cluster, options: StopOptions): Promise<StopReport> {
  const onStep = options.onStep ?? (() => undefined);
  return await withCliLock(cluster, options, async () => {
    const targets = await findTargets(cluster, options);
    await kill(targets);
    for (const { pid, process } of targets) {
      forgetProcess(cluster, pid, process.osPid);
      onStep({ kind: 'killed', pid, osPid: process.osPid });
    }
    return report(options, (pid) =>
      targets.some((target) => target.pid === pid) ? 'killed' : 'alreadyDown',
    );
  });
}

async function findTargets(cluster: Cluster, options: StopOptions): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const pid of options.pids) {
    const process = await inspectNode(cluster, pid);
    if (isLive(process)) targets.push({ pid, process });
    else if (process.kind === 'stale') throw refuseStale(pid, process.problem);
    else options.onStep?.({ kind: 'alreadyDown', pid });
  }
  return targets;
}

async function kill(targets: readonly Target[]): Promise<void> {
  for (const { process } of targets) signalProcess(process.identity, 'SIGKILL');
  for (const { pid, process } of targets) {
    if (await waitUntilGone(process.identity, KILL_PATIENCE_MS)) continue;
    throw new OmnikvError(
      'OMNIKV_IO',
      `node ${pid} (process ${process.osPid}) was killed and has not ended: it waits for a disk`,
    );
  }
}

export function refuseStale(pid: number, problem: string): OmnikvError {
  return new OmnikvError('OMNIKV_IDENTITY_MISMATCH', `node ${pid} is not signalled: ${problem}`, {
    suggestions: ['Put the data directories back in their places, then try again.'],
  });
}

function report(
  options: StopOptions,
  outcomeOf: (pid: number) => StoppedNode['outcome'],
): StopReport {
  return { nodes: options.pids.map((pid) => ({ pid, outcome: outcomeOf(pid) })) };
}
