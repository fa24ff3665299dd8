/** Spawns nodes and waits until a leader serves. */
import type { Cluster } from './find-cluster.js';
import type { OnStep } from './steps.js';

export interface StartOptions {
  /** Already resolved. */
  readonly pids: readonly number[];
  /** Default: `leader`. */
  readonly readiness?: 'leader' | 'none' | undefined;
  /** Default: DEFAULT_START_TIMEOUT_MS. */
  readonly timeoutMs?: number | undefined;
  readonly onStep?: OnStep | undefined;
}

export interface StartedNode {
  readonly pid: number;
  readonly osPid: number;
  readonly outcome: 'started' | 'alreadyRunning';
  /** Undefined where nobody waited for it. */
  readonly decidedIdx: number | undefined;
}

export interface StartReport {
  readonly nodes: readonly StartedNode[];
  /** Undefined with `readiness: none`, or where there is no quorum. */
  readonly leader: number | undefined;
  readonly runningCount: number;
  readonly nodeCount: number;
  readonly hasQuorum: boolean;
  /** What to say when there is no quorum: "waiting for a quorum (1 of 3 runs); next: …". */
  readonly note: string | undefined;
}

export async function startNodes(_cluster: Cluster, _options: StartOptions): Promise<StartReport> {
  throw new Error('not built yet');
}

export interface ForegroundOptions extends StartOptions {
  /** Aborted on Ctrl-C: the nodes are stopped then. */
  readonly signal: AbortSignal;
  /** Called once all is up. */
  readonly onReady?: ((report: StartReport) => void) | undefined;
}

/** S4: keeps the nodes as children on an IPC channel; resolves when all of them have ended. */
export async function runInForeground(
  _cluster: Cluster,
  _options: ForegroundOptions,
): Promise<void> {
  throw new Error('not built yet');
}

export interface RestartOptions extends StartOptions {
  /** `rolling`: one after the other, the leader last, each caught up before the next. */
  readonly mode: 'atOnce' | 'rolling';
}

export async function restartNodes(
  _cluster: Cluster,
  _options: RestartOptions,
): Promise<StartReport> {
  throw new Error('not built yet');
}
