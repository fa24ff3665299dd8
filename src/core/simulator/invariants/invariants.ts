/**
 * The thirteen invariants of a simulated cluster (INVARIANTS), checked as it runs.
 *
 * | hook             | when                                             | checks            |
 * |------------------|--------------------------------------------------|-------------------|
 * | `afterEvent`     | after every event that a live node handled       | 1 2 4 5 6 8* 12   |
 * | `onSend`         | a message leaves its node                        | 1 4 5 8 12        |
 * | `onApplied`      | the state machine has applied an entry           | 1 2 5 7 9         |
 * | `onAcknowledged` | a node answers a client that a write was executed | 11               |
 * | `onReadAnswered` | a node answers a linearizable read               | 10                |
 * | `onCrash`        | a process was killed, or the power is cut        | 8*                |
 * | `onExit`         | a process ended by itself                        | 13, 8*            |
 * | `atEnd`          | the run is over                                  | 1 2 5–12          |
 *
 * 8*: the disk itself is opened, every so often. 2 and 3 are checked by `NodeShadow` at every batch
 * and at every start. A violation that is thrown inside a node may be swallowed there: it is kept,
 * and thrown again by `afterEvent`, `onExit` and `atEnd`.
 */

import type { Verdict } from '../../checker/index.js';
import type { Command, CommandReply } from '../../kv/command.js';
import type { Message } from '../../omnipaxos/messages.js';
import { Agreement } from './agreement.js';
import { Application } from './application.js';
import { DiskAudit, type OpenCopy } from './disk-audit.js';
import { checkDurability } from './durability.js';
import { checkAcknowledged, checkExit, checkVerdict } from './end.js';
import { InvariantViolation } from './invariant-violation.js';
import { Leadership } from './leadership.js';
import type { ObservedNode } from './observed-node.js';
import { checkMessageSize, checkQueues } from './queue-limits.js';

/** Durable reports of a node between two looks at its disk. */
const AUDIT_INTERVAL = 400;

export interface InvariantsOptions {
  readonly acceptQuorumSize: number;
  /** All nodes, also those that are down. */
  readonly nodes: () => Iterable<ObservedNode>;
  /** Opens the copy of a node's disk. Without it no disk is looked at. */
  readonly openCopy?: OpenCopy | undefined;
  readonly auditInterval?: number | undefined;
}

export class Invariants {
  readonly #options: InvariantsOptions;
  readonly #agreement: Agreement;
  readonly #application: Application;
  readonly #leadership = new Leadership();
  readonly #audit: DiskAudit | undefined;
  /** The last durable position that was seen of each node. */
  readonly #durable = new Map<number, number>();
  #violation: InvariantViolation | undefined;

  constructor(options: InvariantsOptions) {
    this.#options = options;
    this.#agreement = new Agreement(options);
    this.#application = new Application(this.#agreement.decided);
    const { openCopy, auditInterval: interval = AUDIT_INTERVAL } = options;
    if (openCopy !== undefined) this.#audit = new DiskAudit({ openCopy, interval });
  }

  /** The one decided log, as far as any node has ever known it. */
  get decided(): readonly Uint8Array[] {
    return this.#agreement.decided;
  }

  /** The first violation, wherever it was thrown. */
  get violation(): InvariantViolation | undefined {
    return this.#violation;
  }

  afterEvent(node: ObservedNode): void {
    this.#rethrow(node);
    this.#check(() => {
      const hasChanged = this.#agreement.observe(node);
      if (hasChanged) {
        this.#leadership.observe(node);
        this.#checkQueues(node);
      }
      this.#observeDurable(node);
    });
  }

  onSend(node: ObservedNode, { body }: Pick<Message<Uint8Array>, 'body'>): void {
    this.#check(() => {
      checkDurability(node.shadow, body);
      this.#leadership.checkMessage(node, body);
      this.#agreement.checkMessage(node, body);
      checkMessageSize(node.pid, body);
    });
  }

  /** `applied` is the entry as it was read, or the command that was applied (`observeApplies`). */
  onApplied(
    node: ObservedNode,
    index: number,
    applied: Uint8Array | Command,
    reply: CommandReply,
  ): void {
    this.#check(() => {
      if (index >= this.decided.length) this.#agreement.observe(node);
      this.#application.onApplied(node, index, applied, reply);
    });
  }

  /** A client's write was answered. Replies that promise nothing are ignored. */
  onAcknowledged(node: ObservedNode, command: Command, reply: CommandReply): void {
    this.#check(() => this.#application.onAcknowledged(node, command, reply));
  }

  /** X7: the answer of some other node, which must have applied it. */
  onPassedOn(node: ObservedNode, command: Command, reply: CommandReply): void {
    this.#check(() => this.#application.onPassedOn(node, command, reply));
  }

  /** A linearizable read was asked for when `floorIdx` entries were decided (`decided.length`). */
  onReadAnswered(node: ObservedNode, floorIdx: number, appliedIdx: number): void {
    if (appliedIdx >= floorIdx) return;
    this.#check(() => {
      const what = `answered a read at ${appliedIdx}, ${floorIdx} were decided before it was asked`;
      throw new InvariantViolation(10, `node ${node.pid} ${what}`);
    });
  }

  /** The process was killed, or the power is about to be cut; the node may be down already. */
  onCrash(node: ObservedNode): void {
    this.#check(() => this.#audit?.onCrash(node));
  }

  /** `isExpected`: a fault that the world brought about explains it. */
  onExit(node: ObservedNode, error: unknown, isExpected: boolean): void {
    if (error instanceof InvariantViolation) this.#violation ??= error;
    this.#rethrow(node);
    this.#check(() => {
      checkExit(node.pid, error, isExpected);
      this.#audit?.audit(node);
    });
  }

  /** After the last event. `verdict`: what the checker says of the clients' history. */
  atEnd(options: { readonly verdict?: Verdict | undefined } = {}): void {
    for (const node of this.#options.nodes()) {
      this.#rethrow(node);
      if (node.isAlive) this.afterEvent(node);
    }
    this.#check(() => {
      for (const node of this.#options.nodes()) if (node.isAlive) this.#checkQueues(node);
      this.#application.atEnd(this.#options.nodes());
      this.#checkDisks();
      if (options.verdict !== undefined) checkVerdict(options.verdict);
    });
  }

  #checkDisks(): void {
    const logs: (readonly Uint8Array[])[] = [];
    for (const node of this.#options.nodes()) {
      // A damaged disk held it once: the quorum was there when the write was acknowledged.
      logs.push(this.#audit?.audit(node)?.entries ?? node.shadow.durable.entries);
    }
    const { acknowledgedIdx } = this.#application;
    const { acceptQuorumSize } = this.#options;
    checkAcknowledged({ decided: this.decided, acknowledgedIdx, acceptQuorumSize }, logs);
  }

  #checkQueues(node: ObservedNode): void {
    const undecidedBytes = this.#agreement.undecidedBytes(node);
    checkQueues(node, { undecidedBytes, sessionLimit: this.#application.sessionLimit });
  }

  #observeDurable(node: ObservedNode): void {
    if (this.#audit === undefined) return;
    const { durablePosition } = node.shadow;
    if (this.#durable.get(node.pid) === durablePosition) return;
    this.#durable.set(node.pid, durablePosition);
    this.#audit.onDurable(node);
  }

  /** Somebody caught it and made an exit of it. */
  #rethrow(node: ObservedNode): void {
    this.#violation ??= node.shadow.violation;
    if (this.#violation !== undefined) throw this.#violation;
  }

  #check(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof InvariantViolation) this.#violation ??= error;
      throw error;
    }
  }
}
