/**
 * The leader of one ballot: prepare, adopt, replicate, decide.
 *
 * Lives from the takeover to a higher promise or a restart, nothing else ends it (H11). In Prepare
 * it gathers promises until a prepare quorum holds, adopts the best log in one batch (P4), and from
 * then on (Accept) only appends. It counts its own promise and its own accepts last, when they are
 * on its own disk (P2, P5), and hands entries to the followers before that.
 */

import { assert } from '../assert.js';
import { ZERO_BALLOT, ballotsEqual, type Ballot, type LogIndex, type Pid } from './ballot.js';
import { sendChunk } from './decided-transfer.js';
import {
  bestPromise,
  planAdoption,
  syncIdx,
  type Candidate,
  type PromisedLog,
} from './log-sync.js';
import type { LeaderProgress, PromiseMessage } from './messages.js';
import { sendBallot, type ProtocolContext } from './protocol-context.js';
import { Replication } from './replication.js';
import { MAX_SYNC_BYTES, MAX_UNDECIDED_BYTES } from '../limits.js';

interface Fetch {
  readonly from: Pid;
  readonly upToIdx: LogIndex;
  /** Ticks since the last chunk. */
  silentTicks: number;
}

export class Leader<T> {
  readonly ballot: Ballot;
  readonly #context: ProtocolContext<T>;
  readonly #replication: Replication<T>;
  #phase: 'prepare' | 'accept' = 'prepare';
  readonly #promises = new Map<Pid, Candidate<T>>();
  /** Peers that have promised a higher ballot: preparing them again is useless. */
  readonly #lost = new Set<Pid>();
  readonly #acceptedIdxs = new Map<Pid, LogIndex>();
  #adopted: { readonly round: Ballot; readonly length: LogIndex } = {
    round: ZERO_BALLOT,
    length: 0,
  };
  #fetch: Fetch | undefined;
  #fetchAgeTicks = 0;
  #isReady = false;
  /** E8: to be told to lead as soon as it has been sent the whole log. */
  #successor: { readonly pid: Pid; ticks: number } | undefined;

  constructor(context: ProtocolContext<T>, ballot: Ballot) {
    this.#context = context;
    this.ballot = ballot;
    this.#replication = new Replication({ ballot, log: context.log, peers: context.peers });
    context.log.setPromise(ballot);
    for (const pid of context.peers) this.prepare(pid);
  }

  get phase(): 'prepare' | 'accept' {
    return this.#phase;
  }
  /** Q4: an accept quorum holds everything that was adopted. */
  get isReady(): boolean {
    return this.#isReady;
  }
  get fetchAgeTicks(): number {
    return this.#fetchAgeTicks;
  }
  /** H5: shown in heartbeats, by a leader in Accept only. */
  get progress(): LeaderProgress | undefined {
    if (this.#phase !== 'accept') return undefined;
    const { acceptedIdx, decidedIdx } = this.#context.log;
    return { n: this.ballot, acceptedIdx, decidedIdx };
  }

  acceptedIdxOf(pid: Pid): LogIndex | undefined {
    return this.#acceptedIdxs.get(pid);
  }

  /** Asks a peer for its promise; again after a reconnection (H19). Forgets nothing (H4). */
  prepare(pid: Pid): void {
    const { acceptedRound, decidedIdx, acceptedIdx } = this.#context.log;
    const n = this.ballot;
    sendBallot(this.#context, pid, { kind: 'prepare', n, acceptedRound, decidedIdx, acceptedIdx });
  }

  handlePromise(from: Pid, message: PromiseMessage<T>): void {
    if (!ballotsEqual(message.n, this.ballot)) return;
    this.#lost.delete(from);
    const { acceptedRound, decidedIdx, acceptedIdx, suffix } = message;
    this.#promises.set(from, { pid: from, acceptedRound, decidedIdx, acceptedIdx, suffix });
    if (this.#phase === 'prepare') this.tryFinishPrepare();
    else this.#syncFollower(from, message);
  }

  handleNotAccepted(from: Pid, promise: Ballot): void {
    this.#context.election.noteBallot(promise);
    this.#promises.delete(from);
    this.#replication.stop(from);
    this.#lost.add(from);
  }

  /** H10: a late Accepted never takes anything back. */
  handleAccepted(from: Pid, n: Ballot, acceptedIdx: LogIndex): void {
    if (this.#phase !== 'accept' || !ballotsEqual(n, this.ballot)) return;
    assert(acceptedIdx <= this.#context.log.acceptedIdx, 'a follower has only what it was sent');
    // R3: also where it says nothing new, what was sent once more has arrived.
    this.#replication.accepted(from, acceptedIdx);
    if (acceptedIdx <= (this.#acceptedIdxs.get(from) ?? -1)) return;
    this.#acceptedIdxs.set(from, acceptedIdx);
    // One more than the quorum that decided it: nothing can follow from that.
    if (this.#isReady && acceptedIdx <= this.#context.log.decidedIdx) return;
    this.#decideChosen();
  }

  /** The disk has caught up: own promise and own accepts count from now on (P2, P5). */
  handleDurable(): void {
    if (this.#phase === 'prepare') {
      this.tryFinishPrepare();
      return;
    }
    const { round, acceptedIdx } = this.#context.log.durableAccept;
    if (ballotsEqual(round, this.ballot)) {
      this.handleAccepted(this.#context.pid, round, acceptedIdx);
    }
  }

  /** One batch, one AcceptDecide per follower. */
  append(entries: readonly T[]): void {
    assert(this.#phase === 'accept', 'a leader appends after its Prepare phase');
    this.#context.log.append(entries, this.#context.log.decidedIdx);
  }

  /** R2: what may still be proposed. */
  get roomBytes(): number {
    return Math.max(0, MAX_UNDECIDED_BYTES - this.#context.log.undecidedBytes);
  }

  /** A quorum of promises, the own one durable: adopt the best log, or fetch what is missing. */
  tryFinishPrepare(): void {
    const { log, quorum } = this.#context;
    const isOwnPromiseDurable = log.durablePosition >= log.ownBallotPosition;
    const promiseCount = this.#promises.size + (isOwnPromiseDurable ? 1 : 0);
    if (this.#phase !== 'prepare' || !isOwnPromiseDurable) return;
    if (!quorum.isPrepareQuorum(promiseCount)) return;
    const best = bestPromise(log, this.#promises.values());
    if (best === undefined) {
      this.#adopt(log, { cutIdx: log.acceptedIdx, entries: [] });
      return;
    }
    const plan = planAdoption(log, best);
    if (plan.kind === 'adopt') this.#adopt(best, plan);
    else if (plan.kind === 'fetch') this.#startFetch(best.pid, plan.upToIdx);
    else {
      this.#promises.delete(best.pid);
      this.prepare(best.pid);
    }
  }

  /** A chunk of decided entries from `from` was installed. */
  handleTransfer(from: Pid): void {
    if (this.#phase !== 'prepare' || this.#fetch?.from !== from) return;
    if (this.#context.log.decidedIdx >= this.#fetch.upToIdx) this.#fetch = undefined;
    else this.#requestChunk(this.#fetch);
    if (this.#fetch === undefined) this.tryFinishPrepare();
  }

  handleDisconnected(pid: Pid): void {
    if (this.#fetch?.from === pid) this.#forgetFetch();
  }

  /**
   * E8: begins a hand-over, for an election timeout at most; this server leads on until a Prepare
   * ends its ballot. False where the peer is not in step.
   */
  handOver(pid: Pid): boolean {
    if (!this.#isReady || this.#lost.has(pid) || !this.#acceptedIdxs.has(pid)) return false;
    this.#successor = { pid, ticks: 0 };
    return true;
  }

  tick(): void {
    if (this.#successor !== undefined) {
      this.#successor.ticks += 1;
      if (this.#successor.ticks >= this.#context.electionTickTimeout) this.#successor = undefined;
    }
    if (this.#fetch === undefined) return;
    this.#fetchAgeTicks += 1;
    this.#fetch.silentTicks += 1;
    if (this.#fetch.silentTicks >= this.#context.electionTickTimeout) this.#forgetFetch();
  }

  /** Prepare again where no promise has come; a lost chunk is asked for again. */
  resend(): void {
    for (const pid of this.#context.peers) {
      if (!this.#promises.has(pid) && !this.#lost.has(pid)) this.prepare(pid);
    }
    if (this.#fetch !== undefined) this.#requestChunk(this.#fetch);
  }

  /** AcceptDecide and Decide to the followers, made when the owner takes messages. */
  replicate(): void {
    if (this.#phase !== 'accept') return;
    for (const { to, body } of this.#replication.takeMessages()) {
      sendBallot(this.#context, to, body);
    }
    this.#tellSuccessor();
  }

  /** E8: behind the entries, so that whoever takes over has them. */
  #tellSuccessor(): void {
    const pid = this.#successor?.pid;
    if (pid === undefined || !this.#replication.isAllSent(pid)) return;
    this.#successor = undefined;
    const { acceptedIdx } = this.#context.log;
    sendBallot(this.#context, pid, { kind: 'handOver', n: this.ballot, acceptedIdx });
  }

  #adopt(best: PromisedLog, plan: { cutIdx: LogIndex; entries: readonly T[] }): void {
    const { log, pid } = this.#context;
    const round = best.acceptedRound;
    const decidedIdxs = [...this.#promises.values()].map((promise) => promise.decidedIdx);
    log.acceptRound(this.ballot, {
      cutIdx: plan.cutIdx,
      entries: plan.entries,
      decidedIdx: Math.max(log.decidedIdx, ...decidedIdxs),
    });
    this.#phase = 'accept';
    this.#fetch = undefined;
    this.#fetchAgeTicks = 0;
    this.#adopted = { round, length: log.acceptedIdx };
    for (const [from, promise] of this.#promises) this.#syncFollower(from, promise);
    assert(ballotsEqual(log.promise, this.ballot), `server ${pid} leads what it has promised`);
    this.#context.emit({ kind: 'leaderKnown', ballot: this.ballot });
  }

  #syncFollower(pid: Pid, follower: PromisedLog): void {
    const { log } = this.#context;
    if (ballotsEqual(follower.acceptedRound, this.ballot)) {
      // A Promise is stamped like an Accepted, so it counts as one.
      this.#replication.startAgain(pid, follower.acceptedIdx, follower.decidedIdx);
      this.handleAccepted(pid, this.ballot, follower.acceptedIdx);
      return;
    }
    const firstIdx = syncIdx(follower, this.#adopted);
    // P4: the follower's log must hold everything adopted before its accepted round is n.
    const endIdx = Math.max(firstIdx, this.#adopted.length);
    const sizedEntries = log.entries(firstIdx, endIdx, MAX_SYNC_BYTES);
    const isWhole = firstIdx + sizedEntries.length === endIdx;
    if (!isWhole && follower.decidedIdx < log.decidedIdx) {
      // L4: the decided part goes first, in chunks; then the follower promises afresh.
      this.#replication.stop(pid);
      sendChunk(this.#context, pid, follower.decidedIdx);
      return;
    }
    const entries = isWhole ? sizedEntries : log.entries(firstIdx, endIdx);
    const { decidedIdx } = log;
    sendBallot(this.#context, pid, {
      kind: 'acceptSync',
      n: this.ballot,
      firstIdx,
      entries,
      decidedIdx,
    });
    this.#replication.start(pid, endIdx, Math.min(decidedIdx, endIdx));
  }

  #decideChosen(): void {
    const { log, quorum } = this.#context;
    const chosenIdx = quorum.chosenIdx(this.#acceptedIdxs.values());
    log.decide(Math.max(log.decidedIdx, chosenIdx));
    if (this.#isReady || chosenIdx < this.#adopted.length) return;
    if (!quorum.isAcceptQuorum(this.#acceptedIdxs.size)) return;
    this.#isReady = true;
    this.#context.emit({ kind: 'ready', ballot: this.ballot });
  }

  #startFetch(from: Pid, upToIdx: LogIndex): void {
    if (this.#fetch?.from === from && this.#fetch.upToIdx === upToIdx) return;
    this.#fetch = { from, upToIdx, silentTicks: 0 };
    this.#requestChunk(this.#fetch);
  }

  #requestChunk(fetch: Fetch): void {
    const fromIdx = this.#context.log.decidedIdx;
    sendBallot(this.#context, fetch.from, { kind: 'decidedRequest', fromIdx });
  }

  /** L2: any prepare quorum will do; judge the rest anew. */
  #forgetFetch(): void {
    if (this.#fetch !== undefined) this.#promises.delete(this.#fetch.from);
    this.#fetch = undefined;
    this.tryFinishPrepare();
  }
}
