/**
 * A hand-over of the lead as its owner sees it: whom to ask, for how long, and what came of it (E8).
 *
 * The protocol tells one follower to lead, and no answer comes but that it does. So one after the other
 * is asked, the one with the longest log first, until another leader is known or the time is over.
 * Until then this node leads on: nothing is held back, and a hand-over that fails costs nothing.
 */

import { HAND_OVER_ATTEMPT_MS } from '../limits.js';
import type { Consensus } from './consensus.js';
import type { Refusal } from './request.js';

export interface HandOverRequest {
  /** 0: whoever can lead soonest. */
  readonly to: number;
  readonly timeoutMs: number;
}

export type HandOverOutcome =
  | { readonly kind: 'handedOver'; readonly leader: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export type OnHandOver = (outcome: HandOverOutcome) => void;

export interface HandOverOptions {
  readonly pid: number;
  readonly peers: readonly number[];
  readonly consensus: Pick<Consensus, 'getCurrentLeader' | 'handOver' | 'status'>;
  /** Peers with an open connection. */
  readonly connected: ReadonlySet<number>;
}

interface Task {
  readonly to: number;
  readonly deadlineAtMs: number;
  readonly done: OnHandOver;
  /** Who is asked now; 0: nobody. */
  asked: number;
  attemptEndsAtMs: number;
  readonly tried: Set<number>;
}

export class HandOver {
  readonly #options: HandOverOptions;
  #task: Task | undefined;

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  get isUnderWay(): boolean {
    return this.#task !== undefined;
  }

  begin({ to, timeoutMs }: HandOverRequest, nowMs: number, done: OnHandOver): void {
    const refusal = this.#refusal(to);
    if (refusal !== undefined) {
      done({ kind: 'refused', refusal });
      return;
    }
    if (to === this.#options.pid) {
      done({ kind: 'handedOver', leader: to });
      return;
    }
    const deadlineAtMs = nowMs + timeoutMs;
    this.#task = { to, deadlineAtMs, done, asked: 0, attemptEndsAtMs: 0, tried: new Set() };
    this.look(nowMs);
  }

  /** Gives up; whoever was asked may still take the lead over. */
  end(refusal: Refusal): void {
    this.#finish({ kind: 'refused', refusal });
  }

  /** Once a turn: has another taken over, is it time to ask the next? */
  look(nowMs: number): void {
    const task = this.#task;
    if (task === undefined) return;
    const leader = this.#options.consensus.getCurrentLeader();
    if (leader !== undefined && leader.pid !== this.#options.pid) {
      this.#finish(outcomeUnder(leader.pid, task.to));
    } else if (nowMs >= task.deadlineAtMs) {
      const who = task.to === 0 ? 'no other node' : `node ${task.to} has not`;
      this.#finish(notHandedOver(`${who} taken the lead over in time`, leader?.pid ?? 0));
    } else if (leader !== undefined) this.#ask(task, nowMs);
  }

  #ask(task: Task, nowMs: number): void {
    const { peers, connected, consensus } = this.#options;
    if (connected.has(task.asked) && nowMs < task.attemptEndsAtMs) return;
    task.asked = 0;
    const wanted = task.to === 0 ? peers : [task.to];
    const reachable = wanted.filter((pid) => connected.has(pid));
    if (reachable.length === 0) {
      const who = task.to === 0 ? 'any other node' : `node ${task.to}`;
      this.#finish(notHandedOver(`the leader has no link to ${who}`, this.#options.pid));
      return;
    }
    if (reachable.every((pid) => task.tried.has(pid))) task.tried.clear();
    for (const pid of this.#longestFirst(reachable)) {
      if (task.tried.has(pid) || !consensus.handOver(pid)) continue;
      task.tried.add(pid);
      task.asked = pid;
      task.attemptEndsAtMs = nowMs + HAND_OVER_ATTEMPT_MS;
      return;
    }
  }

  #longestFirst(pids: readonly number[]): readonly number[] {
    const lengths = new Map(
      this.#options.consensus.status().peers.map((peer) => [peer.pid, peer.acceptedIdx ?? -1]),
    );
    return [...pids].sort((a, b) => (lengths.get(b) ?? -1) - (lengths.get(a) ?? -1));
  }

  #refusal(to: number): Refusal | undefined {
    const { pid, peers, consensus } = this.#options;
    const leader = consensus.getCurrentLeader()?.pid ?? 0;
    if (to !== 0 && to !== pid && !peers.includes(to)) {
      return { code: 'OMNIKV_UNKNOWN_NODE', message: `there is no node ${to}`, leader };
    }
    if (leader !== pid) {
      const message = leader === 0 ? 'no leader is known' : `node ${leader} leads`;
      return { code: 'OMNIKV_NOT_LEADER', message, leader };
    }
    if (this.#task === undefined) return undefined;
    return { code: 'OMNIKV_OVERLOADED', message: 'a hand-over is under way', leader };
  }

  #finish(outcome: HandOverOutcome): void {
    const task = this.#task;
    this.#task = undefined;
    task?.done(outcome);
  }
}

/** Another may have been elected, or have heard a call that was given up for the next one. */
function outcomeUnder(leader: number, to: number): HandOverOutcome {
  if (to === 0 || to === leader) return { kind: 'handedOver', leader };
  return notHandedOver(`node ${leader} leads now`, leader);
}

function notHandedOver(message: string, leader: number): HandOverOutcome {
  return { kind: 'refused', refusal: { code: 'OMNIKV_NOT_HANDED_OVER', message, leader } };
}
