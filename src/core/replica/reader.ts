/**
 * Reads: linearizable ones by read rounds, local ones at once (protocol section 6, C7).
 *
 * All linearizable reads of one turn are one read of the protocol: they share its round and its
 * index, and are answered together when that index is applied. A read changes nothing, so it may
 * wait and be asked again when the leader changes, until its deadline.
 *
 * A scan needs the keys in order. Where many are new, sorting takes longer than the event loop may
 * be held (R8): the scan waits while each turn sorts a slice, and sees the state of a later index.
 */

import { KEY_SORT_SLICE, MAX_WAITING_REQUESTS } from '../limits.js';
import type { KvStateMachine } from '../kv/kv-state-machine.js';
import type { ReadOutcome } from '../omnipaxos/omnipaxos.js';
import type { ServerReplyBody } from '../wire/client-messages.js';
import type { Consensus } from './consensus.js';
import type { Disposition } from './leadership.js';
import { DEADLINE_PASSED, refuse, type Read, type ReadBody, type Refusal } from './request.js';

export interface ReaderOptions {
  readonly consensus: Consensus;
  readonly stateMachine: KvStateMachine;
}

interface AskedGroup {
  readonly id: number;
  readonly reads: readonly Read[];
}

interface ConfirmedGroup {
  readonly readIdx: number;
  readonly reads: readonly Read[];
}

const TOO_MANY_WAITING: Refusal = {
  code: 'OMNIKV_OVERLOADED',
  message: 'too many reads are waiting',
  leader: 0,
};

export class Reader {
  readonly #options: ReaderOptions;
  #arrived: Read[] = [];
  /** In the order of asking, which is the order of confirmation but for failures. */
  #asked: AskedGroup[] = [];
  #askedCount = 0;
  /** Confirmed, and waiting for their index to be applied; in order of confirmation. */
  #confirmed: ConfirmedGroup[] = [];
  /** Scans that could be answered once the keys are in order. */
  #unsorted: Read[] = [];
  #lastGroup = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  get waitingCount(): number {
    return this.#arrived.length;
  }

  /** Scans wait for the order of keys: another turn is needed. */
  get hasUnsorted(): boolean {
    return this.#unsorted.length > 0;
  }

  submit(read: Read): void {
    const heldCount = this.#arrived.length + this.#askedCount + this.#unsorted.length;
    if (heldCount >= MAX_WAITING_REQUESTS) refuse(read, TOO_MANY_WAITING);
    else if (read.body.consistency === 'local') this.#answer(read);
    else this.#arrived.push(read);
  }

  /** At the end of a turn: everything that arrived in it asks once, or waits. */
  admit(disposition: Disposition, nowMs: number): void {
    if (this.#arrived.length === 0) return;
    const arrived = this.#arrived;
    this.#arrived = [];
    const asking: Read[] = [];
    for (const read of arrived) {
      if (read.deadlineAtMs <= nowMs) refuse(read, DEADLINE_PASSED);
      else if (disposition.kind === 'serve') asking.push(read);
      else if (nowMs - read.arrivedAtMs >= disposition.patienceMs) {
        refuse(read, disposition.refusal);
      } else this.#arrived.push(read);
    }
    if (asking.length === 0) return;
    this.#lastGroup += 1;
    this.#asked.push({ id: this.#lastGroup, reads: asking });
    this.#askedCount += asking.length;
    this.#options.consensus.requestRead(this.#lastGroup);
  }

  handleOutcome(outcome: ReadOutcome): void {
    const at = this.#asked.findIndex((group) => group.id === outcome.id);
    const [asked] = at < 0 ? [] : this.#asked.splice(at, 1);
    const reads = asked?.reads ?? [];
    this.#askedCount -= reads.length;
    if (outcome.kind === 'ready') {
      this.#confirmed.push({ readIdx: outcome.readIdx, reads });
      return;
    }
    const { code } = outcome;
    // Asked again of whoever leads next, or refused by the table of leadership.ts.
    if (code === 'OMNIKV_NOT_LEADER') this.#arrived.push(...reads);
    else {
      // X7: another may lead that a neighbour hears.
      const leader = this.#options.consensus.routesToLeader()?.leader ?? 0;
      for (const read of reads) refuse(read, { code, message: messageOf(code), leader });
    }
  }

  /** Answers every confirmed group whose index is applied. */
  answerConfirmed(): void {
    if (this.#confirmed.length === 0) return;
    const { appliedIdx } = this.#options.stateMachine;
    const waiting: ConfirmedGroup[] = [];
    for (const group of this.#confirmed) {
      if (group.readIdx > appliedIdx) waiting.push(group);
      else for (const read of group.reads) this.#answer(read);
    }
    this.#confirmed = waiting;
  }

  /** Sorts a slice where scans wait for it; once a turn while `hasUnsorted`. */
  answerSorted(): void {
    if (!this.hasUnsorted || this.#options.stateMachine.sortKeys(KEY_SORT_SLICE)) return;
    const reads = this.#unsorted;
    this.#unsorted = [];
    for (const read of reads) this.#reply(read);
  }

  /** Reads without an answer at their deadline: certainly without effect. */
  expire(nowMs: number): void {
    this.#asked = this.#asked.map(({ id, reads }) => {
      const alive = this.#refuseExpired(reads, nowMs);
      this.#askedCount += alive.length - reads.length;
      return { id, reads: alive };
    });
    this.#confirmed = this.#confirmed.map(({ readIdx, reads }) => ({
      readIdx,
      reads: this.#refuseExpired(reads, nowMs),
    }));
    this.#unsorted = [...this.#refuseExpired(this.#unsorted, nowMs)];
  }

  refuseAll(refusal: Refusal): void {
    const groups = [...this.#asked, ...this.#confirmed].flatMap((group) => group.reads);
    const all = [...this.#arrived, ...groups, ...this.#unsorted];
    for (const read of all) refuse(read, refusal);
    this.#arrived = [];
    this.#asked = [];
    this.#askedCount = 0;
    this.#confirmed = [];
    this.#unsorted = [];
  }

  #refuseExpired(reads: readonly Read[], nowMs: number): readonly Read[] {
    if (!reads.some((read) => read.deadlineAtMs <= nowMs)) return reads;
    return reads.filter((read) => {
      const isAlive = read.deadlineAtMs > nowMs;
      if (!isAlive) refuse(read, DEADLINE_PASSED);
      return isAlive;
    });
  }

  #answer(read: Read): void {
    if (read.body.kind === 'scan' && this.#mustWaitForOrder()) this.#unsorted.push(read);
    else this.#reply(read);
  }

  /** Those that wait have had the slice of this turn. */
  #mustWaitForOrder(): boolean {
    return this.#unsorted.length > 0 || this.#options.stateMachine.sortKeys(KEY_SORT_SLICE);
  }

  #reply(read: Read): void {
    read.sink.reply(read.requestId, answerFrom(this.#options.stateMachine, read.body));
  }
}

function answerFrom(stateMachine: KvStateMachine, body: ReadBody): ServerReplyBody {
  const { appliedIdx } = stateMachine;
  if (body.kind === 'get') return { kind: 'value', found: stateMachine.get(body.key), appliedIdx };
  const { items, hasMore } = stateMachine.scan(body.range);
  return { kind: 'items', items, hasMore, appliedIdx };
}

function messageOf(code: Refusal['code']): string {
  if (code === 'OMNIKV_NO_QUORUM') return 'the leader has lost its quorum';
  return 'too many reads are waiting to be confirmed';
}
