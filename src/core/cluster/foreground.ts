/**
 * S4: nodes that live as long as the command that shows them.
 *
 * They are children on an IPC channel and end when it does, so that not even a killed command leaves
 * one behind. Ctrl-C reaches this process alone (the nodes have groups of their own), and becomes one
 * polite stop.
 */

import { DEFAULT_START_TIMEOUT_MS } from '../limits.js';
import type { Cluster } from './find-cluster.js';
import { launchNodes, type LaunchedNode } from './launch-nodes.js';
import { forgetProcess } from './node-process.js';
import { awaitReadiness } from './readiness.js';
import {
  refuseRunning,
  reportReadiness,
  type StartOptions,
  type StartReport,
} from './start-nodes.js';
import { stopNodes } from './stop-nodes.js';

export interface ForegroundOptions extends StartOptions {
  /** Aborted on Ctrl-C: the nodes are stopped then. */
  readonly signal: AbortSignal;
  /** Called once all is up. */
  readonly onReady?: ((report: StartReport) => void) | undefined;
}

/** Resolves when all nodes have ended, by themselves or after `signal`. */
export async function runInForeground(cluster: Cluster, options: ForegroundOptions): Promise<void> {
  const { pids, onStep, signal } = options;
  const launched = await launchNodes(cluster, { pids, purpose: 'start', channel: 'ipc', onStep });
  const spawned = launched.filter((node) => node.kind === 'spawned').map((node) => node.pid);
  try {
    refuseRunning(launched);
    const ended = allEnded(cluster, launched, options);
    const isOver = await Promise.race([
      awaitUp(cluster, launched, options).then(() => signal.aborted),
      aborted(signal).then(() => true),
    ]);
    if (!isOver) await Promise.race([ended, aborted(signal)]);
  } finally {
    await stopNodes(cluster, { pids: spawned, onStep });
  }
}

async function awaitUp(
  cluster: Cluster,
  launched: readonly LaunchedNode[],
  options: ForegroundOptions,
): Promise<void> {
  const { onStep } = options;
  const timeoutMs = options.timeoutMs ?? DEFAULT_START_TIMEOUT_MS;
  try {
    const readiness = await awaitReadiness(cluster, launched, {
      goal: 'leader',
      timeoutMs,
      onStep,
    });
    if (!options.signal.aborted) options.onReady?.(reportReadiness(cluster, launched, readiness));
  } catch (error) {
    // Interrupted while starting: that the nodes did not come up is no news then.
    if (!options.signal.aborted) throw error;
  }
}

async function allEnded(
  cluster: Cluster,
  launched: readonly LaunchedNode[],
  options: ForegroundOptions,
): Promise<void> {
  await Promise.all(
    launched.map(async (node) => {
      if (node.kind !== 'spawned' || node.spawned === undefined) return;
      const how = await node.spawned.ended;
      forgetProcess(cluster, node.pid, node.identity.osPid);
      options.onStep?.({ kind: 'ended', pid: node.pid, how });
    }),
  );
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
