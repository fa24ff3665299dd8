/**
 * What must hold after every event of a test cluster, whatever the faults were.
 *
 * Checked: one value per decided position over all nodes ever; decided never shrinks nor changes;
 * promise and accepted round never go back (ControlledStorage); one leader per ballot and no
 * ballot used twice; an accept quorum's disks hold what is decided, with a round as high;
 * logs of equal accepted rounds agree behind both decidedIdx; what a message says is durable
 * before it leaves (P1, P2, P3); a linearizable read covers all that was decided before it.
 */

import { compareBallots, formatBallot, type Ballot } from '../../src/core/omnipaxos/ballot.js';
import type { Message } from '../../src/core/omnipaxos/messages.js';
import type { OmniPaxos } from '../../src/core/omnipaxos/omnipaxos.js';
import type { ControlledStorage, Disk } from './controlled-storage.js';

/** What the checks need to see of a node. */
export interface ObservedNode<T> {
  readonly pid: number;
  readonly disk: Disk<T>;
  readonly incarnation: number;
  readonly storage: ControlledStorage<T>;
  readonly omniPaxos: OmniPaxos<T>;
}

interface Seen {
  incarnation: number;
  decidedIdx: number;
  batchCount: number;
}

export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

export class Invariants<T> {
  /** The one decided log, as far as any node has ever known it. */
  readonly decided: T[] = [];
  readonly #acceptQuorumSize: number;
  readonly #nodes: () => Iterable<ObservedNode<T>>;
  readonly #seen = new Map<number, Seen>();
  readonly #leaders = new Map<string, string>();

  constructor(options: {
    readonly acceptQuorumSize: number;
    readonly nodes: () => Iterable<ObservedNode<T>>;
  }) {
    this.#acceptQuorumSize = options.acceptQuorumSize;
    this.#nodes = options.nodes;
  }

  /** After every event that a node took part in. */
  afterEvent(node: ObservedNode<T>): void {
    const seen = this.#seenBy(node);
    const { storage } = node;
    const decidedIdx = node.omniPaxos.getDecidedIdx();
    if (storage.batches.length !== seen.batchCount) {
      seen.batchCount = storage.batches.length;
      check(
        storage.visible.lowestCutIdx >= seen.decidedIdx,
        `node ${node.pid} cut at ${storage.visible.lowestCutIdx}, decided was ${seen.decidedIdx}`,
      );
      storage.visible.lowestCutIdx = Infinity;
      this.#checkAgreement(node, decidedIdx);
    }
    if (decidedIdx !== seen.decidedIdx) {
      check(
        decidedIdx > seen.decidedIdx,
        `node ${node.pid}: decidedIdx fell from ${seen.decidedIdx} to ${decidedIdx}`,
      );
      this.#checkDecided(node, seen.decidedIdx, decidedIdx);
      seen.decidedIdx = decidedIdx;
    }
  }

  /** When a message leaves its sender: the disk must hold what it says. */
  onSend(node: ObservedNode<T>, message: Message<T>): void {
    const { body } = message;
    const { durable } = node.disk;
    switch (body.kind) {
      case 'promise':
        this.#mustBePromised(node, body.n, 'P1: a Promise');
        check(
          compareBallots(durable.acceptedRound, body.acceptedRound) >= 0,
          `P3: node ${node.pid} shows accepted round ${formatBallot(body.acceptedRound)} in a Promise`,
        );
        break;
      case 'accepted':
        this.#mustBeAccepted(node, body.n, body.acceptedIdx);
        break;
      case 'prepare':
      case 'acceptSync':
      case 'acceptDecide':
      case 'decide':
        check(body.n.pid === node.pid, `node ${node.pid} leads the ballot of ${body.n.pid}`);
        this.#mustBePromised(node, body.n, `P2: ${body.kind}`);
        this.#mustBeOnlyLeader(node, body.n);
        break;
      case 'heartbeatReply':
        if (body.ballot.n > 0) this.#mustBePromised(node, body.ballot, 'P2: a heartbeat');
        if (body.leader.pid === node.pid) this.#mustBePromised(node, body.leader, 'P2: a leader');
        if (body.accepted !== undefined) {
          this.#mustBeAccepted(node, body.accepted.n, body.accepted.acceptedIdx);
        }
        break;
      case 'heartbeatRequest':
        if (body.progress !== undefined) {
          this.#mustBePromised(node, body.progress.n, 'P2: progress');
          this.#mustBeOnlyLeader(node, body.progress.n);
        }
        break;
      default:
        break;
    }
  }

  /** A read that was asked for when `floorIdx` entries were decided somewhere. */
  onRead(node: ObservedNode<T>, floorIdx: number, readIdx: number): void {
    check(
      readIdx >= floorIdx && readIdx <= node.omniPaxos.getDecidedIdx(),
      `node ${node.pid} read at ${readIdx} of ${node.omniPaxos.getDecidedIdx()}, ` +
        `though ${floorIdx} entries were decided before the read`,
    );
  }

  #seenBy(node: ObservedNode<T>): Seen {
    let seen = this.#seen.get(node.pid);
    if (seen?.incarnation !== node.incarnation) {
      seen = { incarnation: node.incarnation, decidedIdx: 0, batchCount: -1 };
      this.#seen.set(node.pid, seen);
    }
    return seen;
  }

  #checkDecided(node: ObservedNode<T>, fromIdx: number, toIdx: number): void {
    const { log, acceptedRound } = node.storage.visible;
    check(toIdx <= log.length, `node ${node.pid} decided ${toIdx} of ${log.length}`);
    const known = this.decided.length;
    for (let idx = fromIdx; idx < toIdx; idx++) {
      const entry = log[idx] as T;
      if (idx < known) {
        check(
          Object.is(this.decided[idx], entry),
          `position ${idx}: ${String(this.decided[idx])} was decided, node ${node.pid} says ${String(entry)}`,
        );
      } else {
        this.decided.push(entry);
      }
    }
    if (toIdx > known) this.#checkChosen(node, acceptedRound, known);
  }

  /** At the moment of deciding, an accept quorum's disks hold the entries. */
  #checkChosen(decider: ObservedNode<T>, ballot: Ballot, fromIdx: number): void {
    let holders = 0;
    for (const { disk } of this.#nodes()) {
      const { acceptedRound, log } = disk.durable;
      let isHeld = compareBallots(acceptedRound, ballot) >= 0;
      for (let idx = fromIdx; isHeld && idx < this.decided.length; idx++) {
        isHeld = Object.is(log[idx], this.decided[idx]);
      }
      if (isHeld) holders++;
    }
    check(
      holders >= this.#acceptQuorumSize,
      `node ${decider.pid} decided [${fromIdx}, ${this.decided.length}) in ${formatBallot(ballot)} ` +
        `but only ${holders} disks hold it`,
    );
  }

  #checkAgreement(node: ObservedNode<T>, decidedIdx: number): void {
    const own = node.storage.visible;
    for (const other of this.#nodes()) {
      if (other.pid === node.pid) continue;
      const theirs = other.storage.visible;
      if (compareBallots(own.acceptedRound, theirs.acceptedRound) !== 0) continue;
      const from = Math.max(decidedIdx, other.omniPaxos.getDecidedIdx());
      const to = Math.min(own.log.length, theirs.log.length);
      for (let idx = from; idx < to; idx++) {
        check(
          Object.is(own.log[idx], theirs.log[idx]),
          `position ${idx}: nodes ${node.pid} and ${other.pid} differ in accepted round ` +
            formatBallot(own.acceptedRound),
        );
      }
    }
  }

  #mustBePromised(node: ObservedNode<T>, ballot: Ballot, what: string): void {
    const { promise } = node.disk.durable;
    check(
      compareBallots(promise, ballot) >= 0,
      `${what} of ${formatBallot(ballot)} left node ${node.pid}, whose disk has promised ` +
        formatBallot(promise),
    );
  }

  #mustBeAccepted(node: ObservedNode<T>, n: Ballot, acceptedIdx: number): void {
    const { acceptedRound, log } = node.disk.durable;
    check(
      compareBallots(acceptedRound, n) >= 0 &&
        (compareBallots(acceptedRound, n) > 0 || log.length >= acceptedIdx),
      `P3: node ${node.pid} says accepted(${formatBallot(n)}, ${acceptedIdx}), its disk ` +
        `(${formatBallot(acceptedRound)}, ${log.length})`,
    );
  }

  #mustBeOnlyLeader(node: ObservedNode<T>, ballot: Ballot): void {
    const key = formatBallot(ballot);
    const name = `node ${node.pid}, life ${node.incarnation}`;
    const known = this.#leaders.get(key) ?? name;
    this.#leaders.set(key, name);
    check(known === name, `ballot ${key} is led by ${name} and by ${known}`);
  }
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new InvariantViolation(message);
}
