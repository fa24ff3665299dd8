/**
 * Ballot Leader Election: who should lead, by quorum connectivity.
 *
 * Every election timeout is one heartbeat round. A server is *happy* while it hears a happy leader,
 * or leads and hears a quorum. An unhappy one takes over only where all that answered are unhappy
 * too and a prepare quorum answered: so the chained cut changes no leader at all.
 *
 * This decides liveness only; safety is Sequence Paxos'. Ballots of others are never passed on.
 * Connections that close or first come up may shorten rounds (the hint): no rule, no quorum changes.
 */

import {
  ballotsEqual,
  compareBallots,
  maxBallot,
  ZERO_BALLOT,
  type Ballot,
  type ConfigurationId,
  type Pid,
} from './ballot.js';
import type { HeartbeatReply } from './messages.js';
import type { Quorum } from './quorum.js';

/** What Sequence Paxos tells at the end of a round. */
export interface ElectionView {
  readonly promise: Ballot;
  /** True where this server is (Leader, Accept) of its own ballot. */
  readonly isAccepting: boolean;
  /** Ticks since the oldest outstanding flush began, 0 where there is none (P5). */
  readonly flushAgeTicks: number;
  /** Ticks that this leader has been fetching decided entries in its Prepare phase (L3). */
  readonly fetchAgeTicks: number;
}

export type RoundResult =
  | { readonly kind: 'unchanged' }
  /** Lead this ballot: larger than every promise this server knows of. */
  | { readonly kind: 'takeover'; readonly ballot: Ballot };

interface LeaderElectionOptions {
  readonly configurationId: ConfigurationId;
  readonly pid: Pid;
  readonly peers: readonly Pid[];
  readonly quorum: Quorum;
  readonly priority: number;
  readonly electionTickTimeout: number;
  /** The stored promise: after a restart it is followed until a round says otherwise. */
  readonly promise: Ballot;
}

export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  /** H16: by pid, so that a duplicate reply does not count twice. */
  #replies = new Map<Pid, HeartbeatReply>();
  /** The answers of the last round that was closed. */
  #lastReplies: ReadonlyMap<Pid, HeartbeatReply> = new Map();
  readonly #connected: Set<Pid>;
  #round = 0;
  #ticksInRound = 0;
  /** Peers whose connection has not come up since the start. */
  readonly #awaited: Set<Pid>;
  /** Ticks left in which rounds end early: the leader's connection closed, or all peers are there. */
  #hurriedTicks = 0;
  #isRoundOpen = true;
  #ballot: Ballot;
  #leader: Ballot;
  #isHappy = false;
  #hasAcceptQuorum = false;
  #largestSeenN = 0;
  /** Full rounds in a row in which a peer was stranded with a dead candidate. */
  #strandedRounds = 0;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#connected = new Set(options.peers);
    this.#awaited = new Set(options.peers);
    const { configurationId, pid, priority, promise } = options;
    // n = 0 after every start: a restarted leader must not silently keep its ballot.
    this.#ballot = { configurationId, n: 0, priority, pid };
    this.#leader = promise;
  }

  get ballot(): Ballot {
    return this.#ballot;
  }
  get leader(): Ballot {
    return this.#leader;
  }
  get isHappy(): boolean {
    return this.#isHappy;
  }
  get round(): number {
    return this.#round;
  }
  /** H11: whether an accept quorum followed this leader in the last full round. */
  get hasAcceptQuorum(): boolean {
    return this.#hasAcceptQuorum;
  }

  isConnected(pid: Pid): boolean {
    return this.#connected.has(pid);
  }

  /** E8: it has answered in this round or the last: a paused or cut off server soon has not. */
  hasAnsweredLately(pid: Pid): boolean {
    return this.#connected.has(pid) && (this.#replies.has(pid) || this.#lastReplies.has(pid));
  }

  /** What it answered in the last round that was closed; undefined: nothing. */
  lastReplyOf(pid: Pid): HeartbeatReply | undefined {
    return this.#lastReplies.get(pid);
  }

  /**
   * X7: through whom requests reach the leader, best first: the leader itself, where it has answered
   * lately, then those who have and are happy with it. `inStep`: the ballot that this server follows; a
   * newer one than all have answered with has just been heard of from its leader.
   */
  routesToLeader(
    inStep: Ballot | undefined,
  ): { readonly leader: Pid; readonly via: readonly Pid[] } | undefined {
    const lately = new Map([...this.#lastReplies, ...this.#replies]);
    const happy = [...lately].filter(([pid, reply]) => reply.isHappy && this.#connected.has(pid));
    const leader = happy.reduce((best, [, reply]) => maxBallot(best, reply.leader), ZERO_BALLOT);
    if (inStep !== undefined && compareBallots(inStep, leader) > 0) {
      return { leader: inStep.pid, via: [inStep.pid] };
    }
    if (leader.n === 0 || leader.pid === this.#options.pid) return undefined;
    const via = happy.filter(([, reply]) => ballotsEqual(reply.leader, leader));
    const pids = via.map(([pid]) => pid).sort((a, b) => a - b);
    const others = pids.filter((pid) => pid !== leader.pid);
    return {
      leader: leader.pid,
      via: pids.includes(leader.pid) ? [leader.pid, ...others] : others,
    };
  }

  /** H22: the next takeover goes beyond a promise that turned a ballot of ours down. */
  noteBallot(ballot: Ballot): void {
    this.#largestSeenN = Math.max(this.#largestSeenN, ballot.n);
  }

  startRound(): void {
    this.#round += 1;
    this.#replies = new Map();
    this.#ticksInRound = 0;
    this.#isRoundOpen = true;
  }

  handleReply(from: Pid, reply: HeartbeatReply): void {
    if (reply.round !== this.#round) return;
    this.#replies.set(from, reply);
    this.#largestSeenN = Math.max(this.#largestSeenN, reply.leader.n);
  }

  /** True where a short round should start: no leader is known, and now every peer is there (E5). */
  reconnected(pid: Pid): boolean {
    if (!this.#options.peers.includes(pid)) return false;
    this.#connected.add(pid);
    const isLastAwaited = this.#awaited.delete(pid) && this.#awaited.size === 0;
    if (!isLastAwaited || this.#isHappy) return false;
    this.#hurriedTicks = this.#options.electionTickTimeout;
    return true;
  }

  /** True where a short round should start: the connection was the leader's. */
  disconnected(pid: Pid): boolean {
    this.#connected.delete(pid);
    if (pid !== this.#leader.pid) return false;
    this.#hurriedTicks = this.#options.electionTickTimeout;
    return true;
  }

  /** Advances time by one tick; tells whether to end the round, or to open a hurried one. */
  tick(): 'wait' | 'endRound' | 'startRound' {
    this.#ticksInRound += 1;
    if (this.#hurriedTicks > 0) this.#hurriedTicks -= 1;
    if (!this.#isRoundOpen) return 'startRound';
    return this.#ticksInRound >= this.#options.electionTickTimeout ? 'endRound' : 'wait';
  }

  /** True where a hurried round has every answer it can get. */
  get isHurriedRoundComplete(): boolean {
    if (this.#hurriedTicks === 0 || !this.#isRoundOpen) return false;
    return [...this.#connected].every((pid) => this.#replies.has(pid));
  }

  /** Closes the round; the caller opens the next with `startRound`, at once or one tick later. */
  endRound(view: ElectionView): RoundResult & { readonly opensNextNow: boolean } {
    const result = this.#judge(view);
    const goesOnHurrying = this.#hurriedTicks > 0 && result.kind === 'unchanged' && !this.#isHappy;
    if (!goesOnHurrying) this.#hurriedTicks = 0;
    this.#isRoundOpen = false;
    this.#lastReplies = this.#replies;
    return { ...result, opensNextNow: !goesOnHurrying };
  }

  /**
   * E8: the leader's own word stands for the unhappiness of all; whatever else a takeover needs, the
   * last round must have shown (H15). Undefined where it did not.
   */
  takeOverFromLeader(view: Pick<ElectionView, 'promise' | 'flushAgeTicks'>): Ballot | undefined {
    const { quorum, electionTickTimeout } = this.#options;
    const reachedCount = this.#lastReplies.size + 1;
    const hasQuorum = quorum.isPrepareQuorum(reachedCount) && quorum.isAcceptQuorum(reachedCount);
    if (!hasQuorum || view.flushAgeTicks >= electionTickTimeout) return undefined;
    this.noteBallot(view.promise);
    return this.#takeOver();
  }

  #judge(view: ElectionView): RoundResult {
    if (compareBallots(view.promise, this.#leader) > 0) {
      // Before anything else: who has just promised a new leader must not run against it.
      this.#leader = view.promise;
      this.#isHappy = true;
      this.#hasAcceptQuorum = false;
      return { kind: 'unchanged' };
    }
    for (const { ballot } of this.#replies.values()) {
      if (ballot.n > 0) this.#leader = maxBallot(this.#leader, ballot);
    }
    this.#isHappy = this.#judgeHappiness(view);
    return this.#judgeTakeover(view);
  }

  #judgeHappiness(view: ElectionView): boolean {
    const { electionTickTimeout, quorum } = this.#options;
    const replies = [...this.#replies.values()];
    if (!ballotsEqual(this.#leader, this.#ballot)) {
      this.#hasAcceptQuorum = false;
      return replies.some((reply) => ballotsEqual(reply.ballot, this.#leader) && reply.isHappy);
    }
    const followers = replies.filter((reply) => compareBallots(reply.leader, this.#ballot) <= 0);
    this.#hasAcceptQuorum = quorum.isAcceptQuorum(followers.length + 1);
    // P5, L3: a leader that cannot write, or cannot finish its Prepare phase, gives way.
    if (view.flushAgeTicks >= 2 * electionTickTimeout) return false;
    if (view.fetchAgeTicks >= electionTickTimeout) return false;
    const hasQuorum = view.isAccepting
      ? this.#hasAcceptQuorum
      : quorum.isPrepareQuorum(followers.length + 1);
    return (
      hasQuorum ||
      replies.some((reply) => compareBallots(reply.leader, this.#ballot) > 0 && reply.isHappy)
    );
  }

  #judgeTakeover(view: ElectionView): RoundResult {
    const { quorum, electionTickTimeout } = this.#options;
    // H15: the replies of a whole round, counted by pid. E3: with one of the two quorums alone a
    // candidate could win for ever and never decide.
    const reachedCount = this.#replies.size + 1;
    const hasQuorum = quorum.isPrepareQuorum(reachedCount) && quorum.isAcceptQuorum(reachedCount);
    const isUnhappy =
      !this.#isHappy && [...this.#replies.values()].every((reply) => !reply.isHappy);
    const hasReason = isUnhappy || this.#hasStrandedPeer(view);
    const isOwnDiskSlow = view.flushAgeTicks >= electionTickTimeout;
    const isOwnFetchSlow = view.fetchAgeTicks >= electionTickTimeout;
    if (!hasQuorum || !hasReason || isOwnDiskSlow || isOwnFetchSlow) return { kind: 'unchanged' };
    return { kind: 'takeover', ballot: this.#takeOver() };
  }

  #takeOver(): Ballot {
    const { configurationId, pid, priority } = this.#options;
    this.#strandedRounds = 0;
    const n = Math.max(this.#leader.n, this.#largestSeenN) + 1;
    this.#ballot = { configurationId, n, priority, pid };
    this.#leader = this.#ballot;
    this.#isHappy = true;
    this.#hasAcceptQuorum = true;
    return this.#ballot;
  }

  /**
   * E7: a happy leader leads anew where a peer has promised a candidate that died: that peer can take
   * nothing of a lower ballot, so the cluster would go on with one server less. Unhappy in two
   * rounds: a candidate that lives would have won by then, or made it happy.
   */
  #hasStrandedPeer(view: ElectionView): boolean {
    const isStranded =
      view.isAccepting &&
      this.#hasAcceptQuorum &&
      [...this.#replies.values()].some(
        (reply) => compareBallots(reply.leader, this.#ballot) > 0 && !reply.isHappy,
      );
    this.#strandedRounds = isStranded ? this.#strandedRounds + 1 : 0;
    return this.#strandedRounds >= 2;
  }
}
