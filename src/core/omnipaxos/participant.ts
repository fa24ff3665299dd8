/**
 * One server's part in the protocol: routes each input to its roles, and changes between them.
 *
 * Every server is an acceptor (Follower) always; while it leads a ballot it has a Leader too. The
 * role changes in three places only: a takeover of the election, a higher promise, a restart.
 */

import type { ErrorId } from '../errors.js';
import { MAX_WAITING_READS } from '../limits.js';
import { unreachable } from '../assert.js';
import { ballotsEqual, compareBallots, type Ballot, type Pid } from './ballot.js';
import { handleDecidedRequest, installChunk, requestDecided } from './decided-transfer.js';
import { Follower } from './follower.js';
import { Leader } from './leader.js';
import type {
  DecidedEntries,
  HandOver,
  HeartbeatReply,
  HeartbeatRequest,
  Message,
  ReadConfirmation,
  ReadRequest,
} from './messages.js';
import { FlushAge, sendHeartbeatReply, sendHeartbeatRequests } from './heartbeats.js';
import type { ParticipantStatus } from './participant-status.js';
import { Proposals, type BatchOptions } from './proposals.js';
import { sendBallot, sendContent, type ProtocolContext } from './protocol-context.js';
import { ReadRounds, type ReadFailure, type ReadOutcome } from './reads.js';

export class Participant<T> {
  readonly #context: ProtocolContext<T>;
  readonly #follower: Follower<T>;
  #leader: Leader<T> | undefined;
  #reads: ReadRounds;
  #readOutcomes: ReadOutcome[] = [];
  readonly #proposals: Proposals<T>;
  readonly #flushAge = new FlushAge();
  #resendTicks = 0;
  #hadQuorum = true;

  constructor(context: ProtocolContext<T>, batchOptions: BatchOptions) {
    this.#context = context;
    this.#follower = new Follower(context);
    this.#proposals = new Proposals(context, {
      ...batchOptions,
      destination: () => ({
        leader: this.#leader,
        forwardTo: this.#leader === undefined ? this.#follower.leader : undefined,
      }),
    });
    this.#reads = new ReadRounds(context.quorum);
  }

  start(): void {
    this.#openRound();
    this.#follower.startRecovery();
  }

  failRecovery(): void {
    if (this.#leader === undefined) this.#follower.startRecovery();
  }

  get currentLeader(): { pid: Pid; ballot: Ballot; isReady: boolean } | undefined {
    const ballot = this.#context.log.promise;
    if (this.#leader !== undefined) {
      return { pid: this.#context.pid, ballot, isReady: this.#leader.isReady };
    }
    const pid = this.#follower.leader;
    return pid === undefined ? undefined : { pid, ballot, isReady: false };
  }

  get status(): ParticipantStatus {
    const leader = this.#leader;
    const { election } = this.#context;
    const { ballot, leader: leaderBallot, isHappy } = election;
    return {
      role: leader === undefined ? 'follower' : 'leader',
      phase: leader?.phase ?? this.#follower.phase,
      leader: this.currentLeader?.pid,
      isServing: leader?.isReady === true && this.#context.election.hasAcceptQuorum,
      election: { ballot, leader: leaderBallot, isHappy, hasQuorum: election.hasAcceptQuorum },
      peers: this.#context.peers.map((pid) => ({
        pid,
        isConnected: election.isConnected(pid),
        acceptedIdx: leader?.acceptedIdxOf(pid),
        lastReply: election.lastReplyOf(pid),
      })),
    };
  }

  refusal(sizeBytes: number): ErrorId | undefined {
    return this.#proposals.refusal(sizeBytes);
  }

  propose(entries: readonly T[]): void {
    this.#proposals.propose(entries);
  }

  /** E8. False where it cannot begin: this server does not lead, or that one is not in step. */
  handOver(pid: Pid): boolean {
    const { election } = this.#context;
    const canBegin = election.hasAcceptQuorum && election.hasAnsweredLately(pid);
    return canBegin && this.#leader?.handOver(pid) === true;
  }

  /** X7. */
  get routesToLeader(): { readonly leader: Pid; readonly via: readonly Pid[] } | undefined {
    const { election, log } = this.#context;
    // A leader without its quorum may have missed that another one leads.
    if (this.#leader !== undefined && election.hasAcceptQuorum) return undefined;
    const leader = this.#follower.leader;
    const isHeard =
      leader !== undefined && (election.isHappy || election.hasAnsweredLately(leader));
    return election.routesToLeader(isHeard ? log.promise : undefined);
  }

  requestRead(id: number): void {
    const code = this.#readRefusal();
    if (code === undefined) this.#reads.add(id);
    else this.#readOutcomes.push({ kind: 'failed', id, code });
  }

  takeReadOutcomes(): ReadOutcome[] {
    const outcomes = this.#readOutcomes;
    this.#readOutcomes = [];
    return outcomes;
  }

  /** What one turn has gathered becomes messages when the owner takes them. */
  prepareMessages(): void {
    const leader = this.#leader;
    if (leader === undefined) return;
    leader.replicate();
    if (!leader.isReady) return;
    // Q4: decidedIdx is noted only once ready.
    const round = this.#reads.startRound(this.#context.log.decidedIdx);
    if (round !== undefined) this.#sendReadRound(leader, round);
    this.#takeConfirmedReads();
  }

  handleDurable(): void {
    this.#leader?.handleDurable();
    this.#afterProgress();
  }

  reconnected(pid: Pid): void {
    if (this.#context.election.reconnected(pid)) this.#openRound();
    // H19: whatever was lost on the way is found by a fresh Promise.
    if (this.#leader !== undefined) this.#leader.prepare(pid);
    else this.#follower.reconnected(pid);
  }

  disconnected(pid: Pid): void {
    this.#leader?.handleDisconnected(pid);
    if (this.#context.election.disconnected(pid)) this.#openRound();
    this.#endHurriedRound();
  }

  tick(): void {
    const { election, log, resendMessageTickTimeout } = this.#context;
    this.#flushAge.tick(log);
    this.#follower.tick();
    this.#leader?.tick();
    const step = election.tick();
    if (step === 'endRound') this.#endRound();
    if (step === 'startRound') this.#openRound();
    this.#endHurriedRound();
    this.#resendTicks += 1;
    if (this.#resendTicks >= resendMessageTickTimeout) this.#resend();
    this.#proposals.tick();
  }

  handle(message: Message<T>): void {
    const { pid, peers, configurationId } = this.#context;
    const { from, body } = message;
    // H17, H23: only a known peer, only for us.
    if (message.to !== pid || !peers.includes(from)) return;
    const isTransfer = body.kind === 'decidedRequest' || body.kind === 'decidedEntries';
    if (message.configurationId !== configurationId && !isTransfer) return;
    this.#dispatch(from, message);
    this.#afterProgress();
  }

  #dispatch(from: Pid, { body }: Message<T>): void {
    switch (body.kind) {
      case 'prepare':
        if (body.n.pid === from && this.#follower.handlePrepare(from, body)) this.#stepDown();
        break;
      case 'promise':
        this.#leader?.handlePromise(from, body);
        break;
      case 'prepareRequest':
        this.#handlePrepareRequest(from, body.n);
        break;
      case 'acceptSync':
        this.#follower.handleAcceptSync(from, body);
        break;
      case 'acceptDecide':
        this.#follower.handleAcceptDecide(from, body);
        break;
      case 'decide':
        this.#follower.handleDecide(from, body);
        break;
      case 'accepted':
        this.#leader?.handleAccepted(from, body.n, body.acceptedIdx);
        break;
      case 'notAccepted':
        this.#handleNotAccepted(from, body.promise);
        break;
      case 'proposalForward':
        this.#proposals.proposeForwarded(body.entries);
        break;
      case 'decidedRequest':
        handleDecidedRequest(this.#context, from, body);
        break;
      case 'decidedEntries':
        this.#handleDecidedEntries(from, body);
        break;
      case 'readRequest':
        this.#handleReadRequest(from, body);
        break;
      case 'readConfirmation':
        this.#handleReadConfirmation(from, body);
        break;
      case 'handOver':
        this.#handleHandOver(from, body);
        break;
      case 'heartbeatRequest':
        this.#handleHeartbeat(from, body);
        break;
      case 'heartbeatReply':
        this.#handleHeartbeatReply(from, body);
        break;
      default:
        unreachable(body);
    }
  }

  #handlePrepareRequest(from: Pid, n: Ballot): void {
    if (this.#leader === undefined) return;
    if (compareBallots(n, this.#leader.ballot) <= 0) this.#leader.prepare(from);
    else this.#context.election.noteBallot(n);
  }

  #handleNotAccepted(from: Pid, promise: Ballot): void {
    if (this.#leader === undefined) return;
    if (compareBallots(promise, this.#leader.ballot) <= 0) return;
    this.#leader.handleNotAccepted(from, promise);
  }

  #handleDecidedEntries(from: Pid, message: DecidedEntries<T>): void {
    const { log } = this.#context;
    const promise = log.promise;
    const isNewer = compareBallots(message.decidedRound, promise) > 0;
    // A leader in Accept decides for itself; only a newer round tells it something.
    if (this.#leader?.phase === 'accept' && !isNewer) return;
    if (!installChunk(this.#context, from, message)) return;
    if (isNewer && this.#leader !== undefined) {
      // X2: it would spread a stale suffix.
      this.#stepDown();
      this.#follower.startRecovery();
    }
    if (this.#leader !== undefined) this.#leader.handleTransfer(from);
    else if (log.decidedIdx < message.decidedIdx) requestDecided(this.#context, from);
    else this.#follower.handleTransferEnd();
  }

  /**
   * Q2: only the promise of Sequence Paxos speaks, never the election's leader. A yes waits for no
   * disk: a ready leader's ballot is durable on an accept quorum, which every lower one must meet.
   */
  #handleReadRequest(from: Pid, { n, round }: ReadRequest): void {
    const { promise } = this.#context.log;
    const order = compareBallots(n, promise);
    if (order === 0) sendBallot(this.#context, from, { kind: 'readConfirmation', n, round });
    if (order < 0) sendContent(this.#context, from, { kind: 'notAccepted', promise });
  }

  #handleReadConfirmation(from: Pid, { n, round }: ReadConfirmation): void {
    if (this.#leader === undefined || !ballotsEqual(n, this.#leader.ballot)) return;
    this.#reads.confirm(from, round);
  }

  /** E8: in step with the sender's ballot, as long as its log, and connected to a quorum. */
  #handleHandOver(from: Pid, { n, acceptedIdx }: HandOver): void {
    const { log, election } = this.#context;
    const isInStep = this.#follower.leader === from && ballotsEqual(n, log.promise);
    if (!isInStep || log.acceptedIdx < acceptedIdx) return;
    const { promise } = log;
    const ballot = election.takeOverFromLeader({ promise, flushAgeTicks: this.#flushAge.ticks });
    if (ballot === undefined) return;
    this.#becomeLeader(ballot);
    this.#context.emit({ kind: 'tookOver', ballot });
  }

  #handleHeartbeatReply(from: Pid, reply: HeartbeatReply): void {
    this.#context.election.handleReply(from, reply);
    if (reply.accepted !== undefined) {
      this.#leader?.handleAccepted(from, reply.accepted.n, reply.accepted.acceptedIdx);
    }
    this.#endHurriedRound();
  }

  #handleHeartbeat(from: Pid, { round, decidedIdx, progress }: HeartbeatRequest): void {
    sendHeartbeatReply(this.#context, from, round);
    if (progress !== undefined) this.#follower.handleProgress(from, progress);
    this.#follower.handleDecidedHint(from, decidedIdx);
  }

  #openRound(): void {
    this.#context.election.startRound();
    sendHeartbeatRequests(this.#context, this.#leader?.progress);
  }

  #endHurriedRound(): void {
    if (this.#context.election.isHurriedRoundComplete) this.#endRound();
  }

  #endRound(): void {
    const { election, log } = this.#context;
    const result = election.endRound({
      promise: log.promise,
      isAccepting: this.#leader?.phase === 'accept',
      flushAgeTicks: this.#flushAge.ticks,
      fetchAgeTicks: this.#leader?.fetchAgeTicks ?? 0,
    });
    if (result.kind === 'takeover') this.#becomeLeader(result.ballot);
    else this.#noteQuorum();
    if (result.opensNextNow) this.#openRound();
  }

  #becomeLeader(ballot: Ballot): void {
    this.#endLeadership();
    this.#follower.stopAsking();
    this.#reads = new ReadRounds(this.#context.quorum);
    this.#hadQuorum = true;
    this.#leader = new Leader(this.#context, ballot);
    this.#context.emit({ kind: 'becameLeader', ballot });
  }

  /** A higher ballot was promised: the only way, but for a restart, to stop leading (H11). */
  #stepDown(): void {
    this.#endLeadership();
    this.#leader = undefined;
  }

  #endLeadership(): void {
    if (this.#leader === undefined) return;
    this.#readOutcomes.push(...this.#reads.failAll('OMNIKV_NOT_LEADER'));
    this.#context.emit({ kind: 'lostLeadership', ballot: this.#leader.ballot });
  }

  /** H11: refuses while the quorum is away; keeps ballot, role and log, which may be chosen. */
  #noteQuorum(): void {
    const leader = this.#leader;
    if (leader?.phase !== 'accept') return;
    const hasQuorum = this.#context.election.hasAcceptQuorum;
    if (hasQuorum === this.#hadQuorum) return;
    this.#hadQuorum = hasQuorum;
    this.#context.emit({ kind: hasQuorum ? 'quorumBack' : 'quorumLost', ballot: leader.ballot });
    if (!hasQuorum) this.#readOutcomes.push(...this.#reads.failAll('OMNIKV_NO_QUORUM'));
  }

  #resend(): void {
    this.#resendTicks = 0;
    if (this.#leader === undefined) {
      this.#follower.resend();
      return;
    }
    this.#leader.resend();
    const round = this.#reads.openRound;
    if (round !== undefined) this.#sendReadRound(this.#leader, round);
  }

  #readRefusal(): ReadFailure | undefined {
    if (this.#leader === undefined) return 'OMNIKV_NOT_LEADER';
    const isAccepting = this.#leader.phase === 'accept';
    if (isAccepting && !this.#context.election.hasAcceptQuorum) return 'OMNIKV_NO_QUORUM';
    return this.#reads.waitingCount >= MAX_WAITING_READS ? 'OMNIKV_OVERLOADED' : undefined;
  }

  #sendReadRound(leader: Leader<T>, round: number): void {
    for (const pid of this.#context.peers) {
      sendBallot(this.#context, pid, { kind: 'readRequest', n: leader.ballot, round });
    }
  }

  /** After any input that may have moved the log: reads, waiting proposals. */
  #afterProgress(): void {
    this.#takeConfirmedReads();
    this.#proposals.afterProgress();
  }

  #takeConfirmedReads(): void {
    if (this.#leader?.phase !== 'accept') return;
    this.#readOutcomes.push(...this.#reads.takeConfirmed());
  }
}
