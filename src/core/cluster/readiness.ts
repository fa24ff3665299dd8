/**
 * Waits until launched nodes are up, a leader serves, and (for recover) they have caught up.
 *
 * A node that ends meanwhile is noticed at once and its error is the answer. Without a quorum there
 * is no leader to wait for: then up is all there is.
 */

import { setTimeout as sleep } from 'node:timers/promises';

import { OmnikvError } from '../errors.js';
import type { NodeStatus } from '../wire/node-status.js';
import type { Cluster } from './find-cluster.js';
import { endedError, type LaunchedNode } from './launch-nodes.js';
import { NodeContact, servingLeader, type NodeAnswer } from './node-contact.js';
import { waitUntilGone } from './node-process.js';
import { quorumSizeOf } from './quorum-size.js';
import type { OnStep } from './steps.js';

export interface ReadinessOptions {
  readonly goal: 'leader' | 'caughtUp';
  readonly timeoutMs: number;
  readonly onStep?: OnStep | undefined;
}

export interface Readiness {
  /** Undefined: too few nodes run. */
  readonly leader: number | undefined;
  readonly runningCount: number;
  readonly quorumSize: number;
  /** Each launched node when it first answered, and now. */
  readonly first: ReadonlyMap<number, NodeStatus>;
  readonly last: ReadonlyMap<number, NodeStatus>;
  readonly downPids: readonly number[];
  readonly pausedPids: readonly number[];
}

type LiveNode = Exclude<LaunchedNode, { kind: 'refused' }>;

const POLL_MS = 20;
const MAX_ASK_MS = 1_000;

export async function awaitReadiness(
  cluster: Cluster,
  launched: readonly LaunchedNode[],
  options: ReadinessOptions,
): Promise<Readiness> {
  const waiter = new ReadinessWaiter(cluster, launched, options, await quorumSizeOf(cluster));
  try {
    return await waiter.run();
  } finally {
    waiter.close();
  }
}

class ReadinessWaiter {
  readonly #cluster: Cluster;
  readonly #launched: readonly LaunchedNode[];
  readonly #awaited: readonly LiveNode[];
  readonly #options: ReadinessOptions;
  readonly #quorumSize: number;
  readonly #contact: NodeContact;
  readonly #first = new Map<number, NodeStatus>();
  readonly #last = new Map<number, NodeStatus>();
  #targetIdx: number | undefined;
  #leader: number | undefined;
  #isWaitShown = false;

  constructor(
    cluster: Cluster,
    launched: readonly LaunchedNode[],
    options: ReadinessOptions,
    quorumSize: number,
  ) {
    this.#cluster = cluster;
    this.#launched = launched;
    this.#awaited = launched.filter(
      (node): node is LiveNode => node.kind === 'spawned' || node.kind === 'alreadyRunning',
    );
    this.#options = options;
    this.#quorumSize = quorumSize;
    this.#contact = new NodeContact(cluster);
  }

  close(): void {
    this.#contact.close();
  }

  async run(): Promise<Readiness> {
    const deadlineMs = performance.now() + this.#options.timeoutMs;
    for (;;) {
      const leftMs = Math.max(deadlineMs - performance.now(), 1);
      const answers = await this.#contact.ask(this.#cluster.pids, Math.min(leftMs, MAX_ASK_MS));
      await this.#throwIfEnded();
      this.#note(answers);
      if (this.#isReady(answers)) return this.#result(answers);
      if (performance.now() >= deadlineMs) throw this.#timedOut(answers);
      await sleep(Math.min(POLL_MS, leftMs));
    }
  }

  async #throwIfEnded(): Promise<void> {
    for (const node of this.#awaited) {
      if (!(await waitUntilGone(node.identity, 0))) continue;
      throw this.#withOthers(node.pid, await endedError(this.#cluster, node));
    }
    const refused = this.#launched.find((node) => node.kind === 'refused');
    const isRestUp = this.#awaited.every((node) => this.#first.has(node.pid));
    // The others get the time to come up, so that what the message says of them is true.
    if (refused?.kind === 'refused' && isRestUp) throw this.#withOthers(refused.pid, refused.error);
  }

  #withOthers(pid: number, error: OmnikvError): OmnikvError {
    const others = this.#awaited.filter((node) => node.pid !== pid).map((node) => node.pid);
    if (others.length === 0) return error;
    const message = `${error.message} (node ${others.join(', ')} runs on)`;
    return new OmnikvError(error.code, message, { suggestions: error.suggestions, cause: error });
  }

  #note(answers: readonly NodeAnswer[]): void {
    const { onStep } = this.#options;
    for (const { pid } of this.#awaited) {
      const status = answers.find((answer) => answer.pid === pid)?.status;
      if (status === undefined) continue;
      if (!this.#first.has(pid)) {
        this.#first.set(pid, status);
        onStep?.({ kind: 'up', pid, decidedIdx: status.decidedIdx });
      }
      this.#last.set(pid, status);
    }
    const leader = servingLeader(answers);
    if (leader?.pid !== this.#leader && leader !== undefined) {
      onStep?.({ kind: 'leader', pid: leader.pid });
    }
    this.#leader = leader?.pid;
    // Fixed once: a leader under load would run away from the newcomer for ever.
    this.#targetIdx ??= leader?.status?.decidedIdx;
  }

  #isReady(answers: readonly NodeAnswer[]): boolean {
    const isUp = this.#awaited.every(({ pid }) => {
      return answers.find((answer) => answer.pid === pid)?.status !== undefined;
    });
    if (!isUp) return false;
    if (this.#leader === undefined) {
      const hasQuorum = liveCount(answers) >= this.#quorumSize;
      if (hasQuorum && !this.#isWaitShown) {
        this.#isWaitShown = true;
        this.#options.onStep?.({ kind: 'waitingForLeader' });
      }
      return !hasQuorum;
    }
    return this.#options.goal === 'leader' || this.#laggard() === undefined;
  }

  #laggard(): { readonly pid: number; readonly decidedIdx: number } | undefined {
    const targetIdx = this.#targetIdx ?? 0;
    for (const [pid, { decidedIdx }] of this.#last) {
      if (decidedIdx >= targetIdx) continue;
      this.#options.onStep?.({ kind: 'catchingUp', pid, decidedIdx, targetIdx });
      return { pid, decidedIdx };
    }
    return undefined;
  }

  #result(answers: readonly NodeAnswer[]): Readiness {
    const pidsThatAre = (kind: 'down' | 'paused') =>
      answers.filter((answer) => answer.process.kind === kind).map((answer) => answer.pid);
    return {
      leader: this.#leader,
      runningCount: liveCount(answers),
      quorumSize: this.#quorumSize,
      first: this.#first,
      last: this.#last,
      downPids: pidsThatAre('down'),
      pausedPids: pidsThatAre('paused'),
    };
  }

  #timedOut(answers: readonly NodeAnswer[]): OmnikvError {
    const seconds = this.#options.timeoutMs / 1000;
    const silent = this.#awaited.filter((node) => !this.#first.has(node.pid));
    const facts: string[] = [];
    for (const { pid } of silent) {
      const problem = answers.find((answer) => answer.pid === pid)?.problem;
      facts.push(`node ${pid} does not answer${problem === undefined ? '' : `: ${problem}`}`);
    }
    const laggard = this.#laggard();
    if (this.#leader === undefined) facts.push('no leader serves');
    else if (laggard !== undefined) {
      facts.push(`node ${laggard.pid} is at ${laggard.decidedIdx} of ${this.#targetIdx ?? 0}`);
    }
    const message = `after ${seconds} s ${facts.join('; ')}`;
    const suggestions = ['omnikv status', `omnikv logs ${this.#awaited[0]?.pid ?? ''}`.trim()];
    return new OmnikvError('OMNIKV_START_TIMEOUT', message, { suggestions });
  }
}

function liveCount(answers: readonly NodeAnswer[]): number {
  const kinds = answers.map((answer) => answer.process.kind);
  return kinds.filter((kind) => kind === 'running' || kind === 'starting').length;
}

/** "waiting for a quorum (1 of 3 runs); next: omnikv recover 2"; undefined where there is one. */
export function quorumNote(cluster: Cluster, readiness: Readiness): string | undefined {
  const { leader, runningCount, quorumSize, downPids, pausedPids } = readiness;
  if (leader !== undefined) return undefined;
  const nodeCount = cluster.pids.length;
  const runs = `${runningCount} of ${nodeCount} ${runningCount === 1 ? 'runs' : 'run'}`;
  const missingCount = Math.max(quorumSize - runningCount, 1);
  // A paused node needs no recovery: it comes back at once.
  const [verb, pids] =
    pausedPids.length >= missingCount || downPids.length === 0
      ? ['resume', pausedPids]
      : ['recover', downPids];
  const next = pids.slice(0, missingCount).join(' ');
  return `waiting for a quorum (${runs}); next: omnikv ${verb} ${next}`.trimEnd();
}
