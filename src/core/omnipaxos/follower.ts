/**
 * The acceptor in every server: what it promises, what it accepts, and how it asks for what it lacks.
 *
 * Entries of ballot n are taken only where promise = n (AcceptSync), or promise = acceptedRound = n
 * (AcceptDecide, Decide); a higher promise answers NotAccepted (L5). In one ballot the log only
 * grows (H3). Whatever is missing is asked for: at once, then every resend timeout (L6).
 */

import {
  ZERO_BALLOT,
  ballotsEqual,
  compareBallots,
  type Ballot,
  type LogIndex,
  type Pid,
} from './ballot.js';
import { requestDecided } from './decided-transfer.js';
import { promiseSuffix } from './log-sync.js';
import type { AcceptDecide, AcceptSync, Decide, LeaderProgress, Prepare } from './messages.js';
import { sendContent, type ProtocolContext } from './protocol-context.js';

type Question = 'whereToStart' | 'whoLeads' | 'whatIsDecided';

export class Follower<T> {
  readonly #context: ProtocolContext<T>;
  /** The Prepare of the promised ballot: what its leader's log looked like. */
  #prepare: Prepare | undefined;
  /** After a restart: until the leader of the promise is heard, or another. */
  #isRecovering: boolean;
  #hasGap = false;
  #tick = 0;
  /** When each kind of question was last asked: a burst asks one, and none silences another. */
  readonly #askedAtTick = new Map<Question, number>();
  /** The accepted length at the last question where to start. */
  #askedAtIdx: LogIndex | undefined;
  /** The accepted length at the last heartbeat that showed a longer leader's log. */
  #shortAtIdx: LogIndex | undefined;
  /** Since when some server has been known to have decided more, and our decided length then. */
  #behindSince: { readonly tick: number; readonly decidedIdx: LogIndex } | undefined;
  #knownLeader: Ballot = ZERO_BALLOT;

  constructor(context: ProtocolContext<T>) {
    this.#context = context;
    this.#isRecovering = !ballotsEqual(context.log.promise, ZERO_BALLOT);
  }

  get phase(): 'none' | 'prepare' | 'accept' | 'recover' {
    const { log } = this.#context;
    if (this.#isRecovering) return 'recover';
    if (ballotsEqual(log.promise, ZERO_BALLOT)) return 'none';
    return log.isSynced ? 'accept' : 'prepare';
  }

  /** The leader to forward to: only while in step with it. */
  get leader(): Pid | undefined {
    const { promise } = this.#context.log;
    return this.phase === 'accept' && promise.pid !== this.#context.pid ? promise.pid : undefined;
  }

  /** A restart, or the loss of leadership without a new leader (X2). */
  startRecovery(): void {
    this.#isRecovering = !ballotsEqual(this.#context.log.promise, ZERO_BALLOT);
    this.#prepare = undefined;
    if (this.#isRecovering) this.ask();
  }

  /** This server leads: it follows nobody. */
  stopAsking(): void {
    this.#isRecovering = false;
    this.#hasGap = false;
    this.#prepare = undefined;
  }

  /** True where the promise is new: whoever led before leads no more. */
  handlePrepare(from: Pid, prepare: Prepare): boolean {
    const { log } = this.#context;
    const order = compareBallots(prepare.n, log.promise);
    if (order < 0) {
      // H22: a stale candidate learns it at once.
      sendContent(this.#context, from, { kind: 'notAccepted', promise: log.promise });
      return false;
    }
    this.#prepare = prepare;
    this.#isRecovering = false;
    if (order > 0) {
      log.setPromise(prepare.n);
      this.#hasGap = false;
    }
    // H4, L6: a Prepare of the promised ballot is answered again, and changes nothing.
    this.#sendPromise();
    return order > 0;
  }

  handleAcceptSync(from: Pid, message: AcceptSync<T>): void {
    const { log } = this.#context;
    if (!this.#isPromised(from, message.n, message.decidedIdx)) return;
    if (ballotsEqual(log.acceptedRound, message.n)) {
      // H3: a duplicate or a delayed one never cuts what this ballot has appended.
      this.#appendNew(message);
      return;
    }
    if (message.firstIdx > log.acceptedIdx) {
      this.#askAboutGap();
      return;
    }
    log.assertDecidedAgree(message);
    const cutIdx = Math.max(message.firstIdx, log.decidedIdx);
    const entries = message.entries.slice(cutIdx - message.firstIdx);
    log.acceptRound(message.n, { cutIdx, entries, decidedIdx: message.decidedIdx });
    this.#hasGap = false;
    this.#heardLeader(message.n);
    this.#sendAccepted();
  }

  handleAcceptDecide(from: Pid, message: AcceptDecide<T>): void {
    if (this.#isAcceptedRound(from, message.n, message.decidedIdx)) this.#appendNew(message);
  }

  handleDecide(from: Pid, message: Decide): void {
    if (!this.#isAcceptedRound(from, message.n, message.decidedIdx)) return;
    this.#heardLeader(message.n);
    this.#decide(message.decidedIdx);
  }

  /** H5: the tail of a burst is repaired without new traffic. */
  handleProgress(from: Pid, progress: LeaderProgress): void {
    const { log } = this.#context;
    const order = compareBallots(progress.n, log.promise);
    if (order > 0) this.#askSoon('whoLeads', () => this.#requestPrepare(from));
    // Only where promise and accepted round are n do the leader's indices speak of our log.
    if (order !== 0 || !log.isSynced) return;
    this.#heardLeader(progress.n);
    this.#decide(progress.decidedIdx);
    if (progress.acceptedIdx <= log.acceptedIdx) {
      this.#shortAtIdx = undefined;
      this.#hasGap = false;
    } else if (this.#shortAtIdx === log.acceptedIdx) this.#askAboutGap();
    else this.#shortAtIdx = log.acceptedIdx;
  }

  /** A bare decided length moves no index; it may start a transfer after an idle timeout. */
  handleDecidedHint(from: Pid, decidedIdx: LogIndex): void {
    const { log, electionTickTimeout } = this.#context;
    if (decidedIdx <= log.decidedIdx) return;
    if (this.#behindSince?.decidedIdx !== log.decidedIdx) {
      this.#behindSince = { tick: this.#tick, decidedIdx: log.decidedIdx };
    } else if (this.#tick - this.#behindSince.tick >= electionTickTimeout) {
      this.#behindSince = undefined;
      requestDecided(this.#context, from);
    }
  }

  /** A transfer has ended: a server that waits for its AcceptSync promises afresh (L4). */
  handleTransferEnd(): void {
    if (this.#context.log.isSynced) this.#hasGap = false;
    else this.ask();
  }

  reconnected(pid: Pid): void {
    const { promise } = this.#context.log;
    if (ballotsEqual(promise, ZERO_BALLOT)) return;
    if (pid === promise.pid && this.#canPromiseAgain) this.#sendPromise();
    else if (this.phase !== 'accept' || pid === promise.pid) this.#requestPrepare(pid);
  }

  tick(): void {
    this.#tick += 1;
  }

  resend(): void {
    const phase = this.phase;
    if (phase === 'prepare' || phase === 'recover' || this.#hasGap) this.ask();
  }

  /** Shows the leader where this log stands; asks everybody where the leader is not known. */
  ask(): void {
    this.#askedAtTick.set('whereToStart', this.#tick);
    this.#askedAtIdx = this.#context.log.acceptedIdx;
    if (this.#canPromiseAgain && !this.#isRecovering) this.#sendPromise();
    else for (const pid of this.#context.peers) this.#requestPrepare(pid);
  }

  get #canPromiseAgain(): boolean {
    const { log, pid } = this.#context;
    if (log.promise.pid === pid) return false;
    return (
      log.isSynced || (this.#prepare !== undefined && ballotsEqual(this.#prepare.n, log.promise))
    );
  }

  #appendNew(message: AcceptSync<T> | AcceptDecide<T>): void {
    const { log } = this.#context;
    this.#heardLeader(message.n);
    if (message.firstIdx > log.acceptedIdx) {
      this.#decide(message.decidedIdx);
      this.#askAboutGap();
      return;
    }
    const entries = message.entries.slice(log.acceptedIdx - message.firstIdx);
    if (entries.length > 0) {
      log.append(entries, message.decidedIdx);
      this.#hasGap = false;
    } else this.#decide(message.decidedIdx);
    this.#sendAccepted();
  }

  #decide(decidedIdx: LogIndex): void {
    const { log } = this.#context;
    log.decide(Math.min(decidedIdx, log.acceptedIdx));
  }

  #isAcceptedRound(from: Pid, n: Ballot, decidedIdx: LogIndex): boolean {
    if (!this.#isPromised(from, n, decidedIdx)) return false;
    if (this.#context.log.isSynced) return true;
    this.#askSoon('whereToStart', () => this.ask());
    return false;
  }

  /** True where promise = n; otherwise answers, or asks (L5, L6). */
  #isPromised(from: Pid, n: Ballot, decidedIdx: LogIndex): boolean {
    const { log } = this.#context;
    const order = compareBallots(n, log.promise);
    if (order < 0) {
      sendContent(this.#context, from, { kind: 'notAccepted', promise: log.promise });
      if (decidedIdx > log.decidedIdx) {
        this.#askSoon('whatIsDecided', () => requestDecided(this.#context, from));
      }
    }
    if (order > 0) this.#askSoon('whoLeads', () => this.#requestPrepare(from));
    return order === 0;
  }

  #heardLeader(n: Ballot): void {
    this.#isRecovering = false;
    if (ballotsEqual(this.#knownLeader, n)) return;
    this.#knownLeader = n;
    this.#context.emit({ kind: 'leaderKnown', ballot: n });
  }

  #askAboutGap(): void {
    this.#hasGap = true;
    // L6: the answer has come since, at least in part; this is another gap.
    if (this.#context.log.acceptedIdx !== this.#askedAtIdx) this.ask();
    else this.#askSoon('whereToStart', () => this.ask());
  }

  /** At once, then at most once a resend timeout: a burst asks one question. */
  #askSoon(question: Question, send: () => void): void {
    const lastTick = this.#askedAtTick.get(question) ?? Number.NEGATIVE_INFINITY;
    if (this.#tick - lastTick < this.#context.resendMessageTickTimeout) return;
    this.#askedAtTick.set(question, this.#tick);
    send();
  }

  #requestPrepare(to: Pid): void {
    sendContent(this.#context, to, { kind: 'prepareRequest', n: this.#context.log.promise });
  }

  #sendPromise(): void {
    const { log } = this.#context;
    const { acceptedRound, decidedIdx, acceptedIdx, promise } = log;
    const suffix =
      log.isSynced || this.#prepare === undefined
        ? { firstIdx: acceptedIdx, entries: [] }
        : promiseSuffix(log, this.#prepare);
    sendContent(this.#context, promise.pid, {
      kind: 'promise',
      n: promise,
      acceptedRound,
      decidedIdx,
      acceptedIdx,
      suffix,
    });
  }

  /** P3: stamped with the end of the write queue, even where this call wrote nothing. */
  #sendAccepted(): void {
    const { acceptedRound, acceptedIdx } = this.#context.log;
    sendContent(this.#context, acceptedRound.pid, {
      kind: 'accepted',
      n: acceptedRound,
      acceptedIdx,
    });
  }
}
