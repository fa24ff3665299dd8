/**
 * Kills and pauses nodes of a running cluster for a while, and puts everything right again.
 *
 * As many lanes run side by side as nodes may be out at once; each waits, breaks a node, holds it so
 * and brings it back. However it ends, every node is resumed and recovered. A node that ends by
 * itself, or does not come back, is a problem: it ends the run, and the report names it.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { OmnikvError } from '../errors.js';
import { DEFAULT_START_TIMEOUT_MS } from '../limits.js';
import {
  chooseVictim,
  drawFault,
  type ChaosKind,
  type ChaosRandom,
  type PlannedFault,
} from './chaos-draws.js';
import type { Cluster } from './find-cluster.js';
import { NodeContact, servingLeader } from './node-contact.js';
import { inspectNode } from './node-process.js';
import { pauseNodes } from './pause-nodes.js';
import { quorumSizeOf } from './quorum-size.js';
import { recoverNodes } from './recover-nodes.js';
import { resumeNodes } from './resume-nodes.js';
import { crashNodes } from './stop-nodes.js';

export interface ChaosOptions {
  readonly durationMs: number;
  readonly mix: readonly ChaosKind[];
  /** A stream of its own for each lane. */
  readonly randomOf: (lane: number) => ChaosRandom;
  /** `minority`: a quorum of nodes is never broken at the same time. */
  readonly atOnce: 'minority' | 'any';
  /** Ends it early; everything is put right all the same. */
  readonly signal: AbortSignal;
  readonly onAction: (action: ChaosAction) => void;
}

/** `atMs` counts from the start. */
export type ChaosAction = { readonly atMs: number; readonly pid: number } & (
  | { readonly kind: ChaosKind; readonly isLeader: boolean; readonly holdMs: number }
  | { readonly kind: 'resume' }
  | {
      readonly kind: 'recover';
      readonly fromIdx: number;
      readonly toIdx: number;
      readonly tookMs: number;
    }
  | { readonly kind: 'problem'; readonly message: string }
);

export interface ChaosReport {
  readonly elapsedMs: number;
  readonly crashCount: number;
  readonly pauseCount: number;
  /** Of both, those that hit the leader. */
  readonly leaderCount: number;
  readonly leader: number | undefined;
  readonly runningCount: number;
  readonly nodeCount: number;
  /** The first thing that must not be; undefined: nothing. */
  readonly problem: OmnikvError | undefined;
}

const ASK_MS = 250;
const LOCK_RETRY_MS = 100;

/** Throws `OMNIKV_NODE_DOWN` where a node does not run, `OMNIKV_USAGE` where none may be broken. */
export async function runChaos(cluster: Cluster, options: ChaosOptions): Promise<ChaosReport> {
  for (const pid of cluster.pids) await requireRunning(cluster, pid);
  const laneCount = await laneCountOf(cluster, options.atOnce);
  const chaos = new Chaos(cluster, options);
  try {
    const lanes = Array.from({ length: laneCount }, (_, lane) => chaos.runLane(lane));
    const ends = await Promise.allSettled(lanes);
    const report = await chaos.putRight();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return report;
  } finally {
    chaos.close();
  }
}

async function requireRunning(cluster: Cluster, pid: number): Promise<void> {
  const { kind } = await inspectNode(cluster, pid);
  if (kind === 'running') return;
  const message = `chaos begins with a whole cluster: node ${pid} is ${kind}`;
  const next = kind === 'paused' ? `omnikv resume ${pid}` : `omnikv recover ${pid}`;
  throw new OmnikvError('OMNIKV_NODE_DOWN', message, { suggestions: [next] });
}

async function laneCountOf(cluster: Cluster, atOnce: ChaosOptions['atOnce']): Promise<number> {
  const nodeCount = cluster.pids.length;
  if (atOnce === 'any') return nodeCount;
  const laneCount = nodeCount - (await quorumSizeOf(cluster));
  if (laneCount > 0) return laneCount;
  const message = `no node of ${nodeCount} can be spared: without it there is no quorum`;
  throw new OmnikvError('OMNIKV_USAGE', message, { suggestions: ['omnikv chaos --quorum-loss'] });
}

class Chaos {
  readonly #cluster: Cluster;
  readonly #options: ChaosOptions;
  readonly #contact: NodeContact;
  readonly #startedMs = performance.now();
  /** Nodes that a lane has broken, or lost for good. */
  readonly #taken = new Set<number>();
  readonly #counts = { crash: 0, pause: 0, leader: 0 };
  #problem: OmnikvError | undefined;

  constructor(cluster: Cluster, options: ChaosOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#contact = new NodeContact(cluster);
  }

  close(): void {
    this.#contact.close();
  }

  async runLane(lane: number): Promise<void> {
    const random = this.#options.randomOf(lane);
    for (;;) {
      const fault = drawFault(random, this.#options.mix);
      await this.#rest(fault.waitMs);
      if (this.#isOver) return;
      const leader = await this.#leader();
      const free = this.#cluster.pids.filter((pid) => !this.#taken.has(pid));
      const pid = chooseVictim(fault, free, leader);
      if (pid === undefined) continue;
      // A node that does not come back stays taken: no more nodes than allowed are out at once.
      this.#taken.add(pid);
      if (!(await this.#breakAndMend(fault, pid, pid === leader))) return;
      this.#taken.delete(pid);
    }
  }

  /** All nodes run again, as far as they can. */
  async putRight(): Promise<ChaosReport> {
    const { pids } = this.#cluster;
    let leader: number | undefined;
    let runningCount = 0;
    try {
      await this.#noticeEnded();
      await resumeNodes(this.#cluster, { pids });
      ({ leader, runningCount } = await this.#patiently(async () => {
        return await recoverNodes(this.#cluster, { pids });
      }));
    } catch (error) {
      this.#tellProblem(pids[0] ?? 0, error);
      runningCount = await this.#countRunning();
    }
    return {
      elapsedMs: this.#elapsedMs,
      crashCount: this.#counts.crash,
      pauseCount: this.#counts.pause,
      leaderCount: this.#counts.leader,
      leader,
      runningCount,
      nodeCount: pids.length,
      problem: this.#problem,
    };
  }

  /** Whoever is down now, and was not lost before, ended while nobody touched it. */
  async #noticeEnded(): Promise<void> {
    for (const pid of this.#cluster.pids) {
      if (this.#taken.has(pid)) continue;
      if ((await inspectNode(this.#cluster, pid)).kind !== 'down') continue;
      this.#tellProblem(pid, endedByItself(pid, 'while nobody touched it'));
    }
  }

  /** False where the node is lost to chaos. */
  async #breakAndMend(fault: PlannedFault, pid: number, isLeader: boolean): Promise<boolean> {
    const { kind, holdMs } = fault;
    const pids = [pid];
    try {
      await this.#patiently(async () => await this.#break(kind, pid));
      this.#counts[kind] += 1;
      if (isLeader) this.#counts.leader += 1;
      this.#tell({ atMs: this.#elapsedMs, pid, kind, isLeader, holdMs });
      await this.#rest(holdMs);
      if (kind === 'crash') await this.#recover(pid);
      else {
        const { nodes } = await resumeNodes(this.#cluster, { pids });
        if (nodes[0]?.outcome === 'down') throw endedByItself(pid, 'while it was paused');
        this.#tell({ atMs: this.#elapsedMs, pid, kind: 'resume' });
      }
      return true;
    } catch (error) {
      this.#tellProblem(pid, error);
      return false;
    }
  }

  async #break(kind: ChaosKind, pid: number): Promise<void> {
    if ((await inspectNode(this.#cluster, pid)).kind === 'down') {
      throw endedByItself(pid, 'while nobody touched it');
    }
    if (kind === 'crash') await crashNodes(this.#cluster, { pids: [pid] });
    else await pauseNodes(this.#cluster, { pids: [pid] });
  }

  async #recover(pid: number): Promise<void> {
    const startedMs = performance.now();
    const { nodes } = await this.#patiently(async () => {
      return await recoverNodes(this.#cluster, { pids: [pid] });
    });
    const { fromIdx = 0, toIdx = 0 } = nodes[0] ?? {};
    const tookMs = Math.round(performance.now() - startedMs);
    this.#tell({ atMs: this.#elapsedMs, pid, kind: 'recover', fromIdx, toIdx, tookMs });
  }

  /** Another command, or another lane, holds the cluster's lock: that is no problem of a node. */
  async #patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    const deadlineMs = performance.now() + DEFAULT_START_TIMEOUT_MS;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const isBusy = error instanceof OmnikvError && error.code === 'OMNIKV_CLUSTER_BUSY';
        if (!isBusy || performance.now() > deadlineMs) throw error;
        await sleep(LOCK_RETRY_MS);
      }
    }
  }

  get #elapsedMs(): number {
    return Math.round(performance.now() - this.#startedMs);
  }

  get #isOver(): boolean {
    const { signal, durationMs } = this.#options;
    return signal.aborted || this.#problem !== undefined || this.#elapsedMs >= durationMs;
  }

  async #rest(durationMs: number): Promise<void> {
    const { signal } = this.#options;
    const leftMs = this.#options.durationMs - this.#elapsedMs;
    try {
      await sleep(Math.max(Math.min(durationMs, leftMs), 0), undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #leader(): Promise<number | undefined> {
    return servingLeader(await this.#contact.ask(this.#cluster.pids, ASK_MS))?.pid;
  }

  async #countRunning(): Promise<number> {
    const kinds = this.#cluster.pids.map(
      async (pid) => (await inspectNode(this.#cluster, pid)).kind,
    );
    return (await Promise.all(kinds)).filter((kind) => kind === 'running').length;
  }

  #tell(action: ChaosAction): void {
    this.#options.onAction(action);
  }

  #tellProblem(pid: number, error: unknown): void {
    if (!(error instanceof OmnikvError)) throw error;
    this.#problem ??= error;
    this.#tell({ atMs: this.#elapsedMs, pid, kind: 'problem', message: error.message });
  }
}

function endedByItself(pid: number, when: string): OmnikvError {
  return new OmnikvError('OMNIKV_NODE_EXITED', `node ${pid} ended by itself ${when}`, {
    suggestions: [`omnikv logs ${pid}`],
  });
}
