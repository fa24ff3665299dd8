/**
 * Agreement: one decided log for all nodes ever (1, 2), chosen by an accept quorum's disks (5), and
 * logs that agree where their accepted rounds are equal (6).
 *
 * Only what has changed since the last look is compared. A node is looked at after each of its
 * events, and before anything it says or applies is believed.
 */

import { compareBallots, formatBallot, type Ballot } from '../../omnipaxos/ballot.js';
import type { MessageBody } from '../../omnipaxos/messages.js';
import { areBytesEqual, describeEntry } from './entry-bytes.js';
import { InvariantViolation } from './invariant-violation.js';
import type { NodeShadow } from './node-shadow.js';
import type { ObservedNode } from './observed-node.js';

interface Seen {
  life: number;
  decidedIdx: number;
  /** Encoded bytes of the entries below decidedIdx. */
  decidedBytes: number;
}

export interface AgreementOptions {
  readonly acceptQuorumSize: number;
  readonly nodes: () => Iterable<ObservedNode>;
}

export class Agreement {
  /** The one decided log, as far as any node has ever known it. */
  readonly decided: Uint8Array[] = [];
  /** The round of the node that first knew each entry to be decided. */
  readonly #rounds: Ballot[] = [];
  readonly #options: AgreementOptions;
  readonly #seen = new Map<number, Seen>();

  constructor(options: AgreementOptions) {
    this.#options = options;
  }

  /** True where the node's log has changed. */
  observe(node: ObservedNode): boolean {
    const { shadow } = node;
    const seen = this.#seenBy(node);
    const change = shadow.takeChange();
    if (change !== undefined && change.cutAtIdx < seen.decidedIdx) {
      throw new InvariantViolation(
        2,
        `node ${node.pid} cut at ${change.cutAtIdx}, decided was ${seen.decidedIdx}`,
      );
    }
    const decidedIdx = node.consensus.getDecidedIdx();
    if (decidedIdx !== seen.decidedIdx) this.#checkDecided(node, seen, decidedIdx);
    // A batch of decided entries may have replaced what was accepted below its own end.
    if (change !== undefined) this.#checkRounds(shadow, change.fromIdx, decidedIdx);
    return change !== undefined;
  }

  /** Encoded bytes behind the decided length that was last seen. */
  undecidedBytes(node: ObservedNode): number {
    return node.shadow.visible.totalBytes - this.#seenBy(node).decidedBytes;
  }

  /** What a message says of decided entries, and what a leader says stands at decided positions. */
  checkMessage(node: ObservedNode, body: MessageBody<Uint8Array>): void {
    switch (body.kind) {
      case 'acceptSync':
      case 'acceptDecide':
        this.#checkClaim(node, body.decidedIdx);
        this.#checkSlice(node, body, body.n);
        break;
      case 'decidedEntries':
        this.#checkClaim(node, body.firstIdx + body.entries.length);
        this.#checkSlice(node, body, undefined);
        break;
      case 'decide':
      case 'heartbeatRequest':
      case 'prepare':
      case 'promise':
        this.#checkClaim(node, body.decidedIdx);
        break;
      default:
        break;
    }
  }

  #seenBy({ pid, life }: { readonly pid: number; readonly life: number }): Seen {
    let seen = this.#seen.get(pid);
    if (seen?.life !== life) {
      seen = { life, decidedIdx: 0, decidedBytes: 0 };
      this.#seen.set(pid, seen);
    }
    return seen;
  }

  #checkDecided(node: ObservedNode, seen: Seen, toIdx: number): void {
    const { pid } = node;
    const { entries, acceptedRound } = node.shadow.visible;
    if (toIdx < seen.decidedIdx) {
      const what = `decidedIdx fell from ${seen.decidedIdx} to ${toIdx}`;
      throw new InvariantViolation(2, `node ${pid}: ${what}`);
    }
    if (toIdx > entries.length) {
      throw new InvariantViolation(2, `node ${pid} decided ${toIdx} of ${entries.length}`);
    }
    const knownIdx = this.decided.length;
    for (let idx = seen.decidedIdx; idx < toIdx; idx++) {
      const entry = entries[idx]!;
      seen.decidedBytes += entry.length;
      if (idx >= knownIdx) {
        this.decided.push(entry);
        this.#rounds.push(acceptedRound);
      } else this.#mustBeDecided(node, idx, entry);
    }
    seen.decidedIdx = toIdx;
    if (toIdx > knownIdx) this.#checkChosen(pid, acceptedRound, knownIdx);
  }

  #mustBeDecided(node: ObservedNode, idx: number, entry: Uint8Array): void {
    const decided = this.decided[idx];
    if (areBytesEqual(decided, entry)) return;
    throw new InvariantViolation(
      1,
      `position ${idx}: ${describeEntry(decided)} was decided, ` +
        `node ${node.pid} says ${describeEntry(entry)}`,
    );
  }

  /** At the moment of deciding, an accept quorum's disks hold the entries. */
  #checkChosen(pid: number, round: Ballot, fromIdx: number): void {
    let holders = 0;
    for (const { shadow } of this.#options.nodes()) {
      const { acceptedRound, entries } = shadow.durable;
      let isHeld = compareBallots(acceptedRound, round) >= 0;
      for (let idx = fromIdx; isHeld && idx < this.decided.length; idx++) {
        isHeld = areBytesEqual(entries[idx], this.decided[idx]);
      }
      if (isHeld) holders++;
    }
    if (holders >= this.#options.acceptQuorumSize) return;
    throw new InvariantViolation(
      5,
      `node ${pid} decided [${fromIdx}, ${this.decided.length}) in ${formatBallot(round)}, ` +
        `but only ${holders} disks hold it`,
    );
  }

  #checkRounds(own: NodeShadow, changedFromIdx: number, decidedIdx: number): void {
    const { acceptedRound, entries } = own.visible;
    for (const { pid, life, shadow } of this.#options.nodes()) {
      if (pid === own.pid) continue;
      const theirs = shadow.visible;
      if (compareBallots(acceptedRound, theirs.acceptedRound) !== 0) continue;
      const otherDecidedIdx = this.#seenBy({ pid, life }).decidedIdx;
      const toIdx = Math.min(entries.length, theirs.entries.length);
      for (let idx = Math.max(changedFromIdx, decidedIdx, otherDecidedIdx); idx < toIdx; idx++) {
        if (areBytesEqual(entries[idx], theirs.entries[idx])) continue;
        throw new InvariantViolation(
          6,
          `position ${idx}: nodes ${own.pid} and ${pid} differ in accepted round ` +
            formatBallot(acceptedRound),
        );
      }
    }
  }

  #checkClaim(node: ObservedNode, decidedIdx: number): void {
    if (decidedIdx <= this.decided.length) return;
    this.observe(node);
    if (decidedIdx <= this.decided.length) return;
    throw new InvariantViolation(
      5,
      `node ${node.pid} says that ${decidedIdx} are decided, nobody knows more than ` +
        `${this.decided.length}`,
    );
  }

  /** A leader of a later round proposes what was chosen in an earlier one. */
  #checkSlice(
    node: ObservedNode,
    slice: { readonly firstIdx: number; readonly entries: readonly Uint8Array[] },
    round: Ballot | undefined,
  ): void {
    const toIdx = Math.min(slice.firstIdx + slice.entries.length, this.decided.length);
    for (let idx = slice.firstIdx; idx < toIdx; idx++) {
      const isEarlier = round !== undefined && compareBallots(round, this.#rounds[idx]!) < 0;
      if (!isEarlier) this.#mustBeDecided(node, idx, slice.entries[idx - slice.firstIdx]!);
    }
  }
}
