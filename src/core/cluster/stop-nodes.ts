/** Ends nodes: politely, or as a crash would. */
import type { Cluster } from './find-cluster.js';
import type { OnStep } from './steps.js';

export interface StopOptions {
  /** Already resolved. */
  readonly pids: readonly number[];
  /** Until SIGKILL for `stopNodes` (default SHUTDOWN_GRACE_MS). */
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

/** S1: SIGTERM, then SIGKILL after the grace. */
export async function stopNodes(_cluster: Cluster, _options: StopOptions): Promise<StopReport> {
  throw new Error('not built yet');
}

/** SIGKILL; resolves when the processes are gone. */
export async function crashNodes(_cluster: Cluster, _options: StopOptions): Promise<StopReport> {
  throw new Error('not built yet');
}
