/**
 * Application: every node's state machine is the decided log folded once by a shadow of its own (7),
 * its session and one-shot tables too (9), and what a client was told is what the fold says (11).
 *
 * Replies are compared at every entry, digests every now and then and at the end.
 */

import type { Command, CommandReply } from '../../kv/command.js';
import { KvStateMachine } from '../../kv/kv-state-machine.js';
import { nonceKey } from '../../kv/nonce.js';
import { areEntriesEqual } from '../../omnipaxos/entry-equality.js';
import { decodeCommand, encodeCommand } from '../../wire/command-codec.js';
import { areBytesEqual, describeEntry } from './entry-bytes.js';
import { InvariantViolation } from './invariant-violation.js';
import type { ObservedNode } from './observed-node.js';

/** Entries between two digests. */
const DIGEST_INTERVAL = 256;
/** Commands of the same request of which one is compared in full. */
const COMPARE_INTERVAL = 8;

interface Outcome {
  readonly idx: number;
  readonly reply: CommandReply;
}

interface Progress {
  life: number;
  nextIdx: number;
}

export class Application {
  readonly #decided: readonly Uint8Array[];
  readonly #machine = new KvStateMachine();
  readonly #commands: Command[] = [];
  readonly #replies: CommandReply[] = [];
  /** By applied length. */
  readonly #digests = new Map<number, string>();
  /** What each request did when it was executed. */
  readonly #outcomes = new Map<string, Outcome>();
  readonly #progress = new Map<number, Progress>();
  #acknowledgedIdx = 0;

  constructor(decided: readonly Uint8Array[]) {
    this.#decided = decided;
  }

  /** Everything below was acknowledged to some client, or stands before what was. */
  get acknowledgedIdx(): number {
    return this.#acknowledgedIdx;
  }

  /** The limits that entry 0 of the log has set. */
  get sessionLimit(): number {
    const first = this.#commands[0];
    return first?.kind === 'configure' ? first.sessionLimit : Infinity;
  }

  onApplied(
    node: ObservedNode,
    index: number,
    applied: Uint8Array | Command,
    reply: CommandReply,
  ): void {
    const { pid } = node;
    this.#mustBeNext(node, index);
    if (index >= this.#decided.length) {
      const what = `applied entry ${index}, ${this.#decided.length} are decided`;
      throw new InvariantViolation(7, `node ${pid} ${what}`);
    }
    this.#foldTo(index + 1);
    if (!this.#isDecided(index, applied)) {
      const what = `applied at ${index} what was not decided there`;
      throw new InvariantViolation(7, `node ${pid} ${what}: ${describeApplied(applied)}`);
    }
    const expected = this.#replies[index]!;
    if (!areEntriesEqual(reply, expected)) {
      throw new InvariantViolation(
        7,
        `node ${pid} answers entry ${index} with ${text(reply)}, the fold with ${text(expected)}`,
      );
    }
    this.#checkTables(node, index);
    const digest = this.#digests.get(index + 1);
    if (digest !== undefined && node.stateMachine.appliedIdx === index + 1) {
      this.#checkDigest(node, digest, this.#machine);
    }
  }

  /** What a node answers to a client. Only what was executed is a promise. */
  onAcknowledged(node: ObservedNode, command: Command, reply: CommandReply): void {
    this.#mustHaveExecuted(node, command, reply, node.stateMachine.appliedIdx);
  }

  /** X7: the node that it asked has applied it; this one may not have heard of it. */
  onPassedOn(node: ObservedNode, command: Command, reply: CommandReply): void {
    this.#mustHaveExecuted(node, command, reply, Infinity);
  }

  #mustHaveExecuted(
    { pid }: ObservedNode,
    command: Command,
    reply: CommandReply,
    appliedIdx: number,
  ): void {
    if (reply.kind !== 'executed' && reply.kind !== 'registered') return;
    const key = requestKey(command);
    if (key === undefined) return;
    const outcome = this.#outcomeOf(key, reply);
    if (outcome === undefined || outcome.idx >= appliedIdx) {
      const what = `acknowledged a ${command.kind} that it has not applied: ${text(reply)}`;
      throw new InvariantViolation(11, `node ${pid} ${what}`);
    }
    if (!areEntriesEqual(outcome.reply, reply)) {
      const what = `acknowledged entry ${outcome.idx} with ${text(reply)}`;
      throw new InvariantViolation(11, `node ${pid} ${what}, the fold says ${text(outcome.reply)}`);
    }
    this.#acknowledgedIdx = Math.max(this.#acknowledgedIdx, outcome.idx + 1);
  }

  /** Folds the log again from its start and compares every node that runs. */
  atEnd(nodes: Iterable<ObservedNode>): void {
    const alive = [...nodes].filter((node) => node.isAlive);
    alive.sort((a, b) => a.stateMachine.appliedIdx - b.stateMachine.appliedIdx);
    const machine = new KvStateMachine();
    let digest: string | undefined;
    for (const node of alive) {
      const { appliedIdx } = node.stateMachine;
      if (appliedIdx > this.#decided.length) {
        const what = `applied ${appliedIdx} of ${this.#decided.length} decided entries`;
        throw new InvariantViolation(7, `node ${node.pid} ${what}`);
      }
      if (digest === undefined || machine.appliedIdx < appliedIdx) {
        this.#foldTo(appliedIdx);
        while (machine.appliedIdx < appliedIdx) {
          machine.apply(machine.appliedIdx, this.#commands[machine.appliedIdx]!);
        }
        digest = machine.digest();
      }
      this.#checkDigest(node, digest, machine);
    }
  }

  /** A session that was evicted may be registered again with its nonce: its id tells which entry. */
  #outcomeOf(key: string, reply: CommandReply): Outcome | undefined {
    if (reply.kind !== 'registered') return this.#outcomes.get(key);
    const idx = reply.sessionId;
    const command = this.#commands[idx];
    const registered = this.#replies[idx];
    if (command === undefined || registered === undefined || requestKey(command) !== key) {
      return undefined;
    }
    return { idx, reply: registered };
  }

  #mustBeNext(node: ObservedNode, index: number): void {
    let progress = this.#progress.get(node.pid);
    if (progress?.life !== node.life) {
      progress = { life: node.life, nextIdx: 0 };
      this.#progress.set(node.pid, progress);
    }
    if (index !== progress.nextIdx) {
      const what = `applied entry ${index}, entry ${progress.nextIdx} was next`;
      throw new InvariantViolation(7, `node ${node.pid} ${what}`);
    }
    progress.nextIdx = index + 1;
  }

  #foldTo(toIdx: number): void {
    const machine = this.#machine;
    while (machine.appliedIdx < toIdx) {
      const idx = machine.appliedIdx;
      const decoded = decodeCommand(this.#decided[idx]!);
      if (!decoded.ok) {
        throw new InvariantViolation(7, `the decided entry ${idx}: ${decoded.error.reason}`);
      }
      const command = decoded.value;
      const reply = machine.apply(idx, command);
      this.#commands.push(command);
      this.#replies.push(reply);
      this.#rememberOutcome(command, { idx, reply });
      if (machine.appliedIdx % DIGEST_INTERVAL === 0) {
        this.#digests.set(machine.appliedIdx, machine.digest());
      }
    }
  }

  #rememberOutcome(command: Command, outcome: Outcome): void {
    if (outcome.reply.kind !== 'executed') return;
    const key = requestKey(command);
    if (key !== undefined && !this.#outcomes.has(key)) this.#outcomes.set(key, outcome);
  }

  #isDecided(index: number, applied: Uint8Array | Command): boolean {
    if (applied instanceof Uint8Array) return areBytesEqual(applied, this.#decided[index]);
    const expected = this.#commands[index]!;
    if (!isSameRequest(applied, expected)) return false;
    // The bytes of every read were compared already: this is about the decoder.
    if (index % COMPARE_INTERVAL !== 0 || areEntriesEqual(applied, expected)) return true;
    return areBytesEqual(encodeCommand(applied), this.#decided[index]);
  }

  /** The stored reply of the request that was just executed. */
  #checkTables({ pid, stateMachine }: ObservedNode, index: number): void {
    // Looked at later, the table may have moved on.
    if (stateMachine.appliedIdx !== index + 1) return;
    const command = this.#commands[index]!;
    const expected = this.#replies[index]!;
    if (expected.kind !== 'executed') return;
    let stored: CommandReply | undefined;
    if (command.kind === 'request') {
      stored = stateMachine.findReply(command.sessionId, command.sequence);
    } else if (command.kind === 'oneShot') stored = stateMachine.findOneShot(command.nonce);
    if (areEntriesEqual(stored, expected)) return;
    throw new InvariantViolation(
      9,
      `node ${pid} keeps ${text(stored)} for the request of entry ${index}, not ${text(expected)}`,
    );
  }

  #checkDigest(node: ObservedNode, digest: string, fold: KvStateMachine): void {
    const { stateMachine, pid } = node;
    const found = stateMachine.digest();
    if (found === digest) return;
    // The tables' part of a digest differs where the store's part does not.
    const invariant = hasEqualItems(stateMachine, fold) ? 9 : 7;
    const what = invariant === 9 ? 'tables of sessions and one-shots' : 'data';
    throw new InvariantViolation(
      invariant,
      `node ${pid} has other ${what} at ${stateMachine.appliedIdx}: digest ${found}, not ${digest}`,
    );
  }
}

/** `fold` has applied the same length, or a little more than a node that is looked at later. */
function hasEqualItems(a: KvStateMachine, b: KvStateMachine): boolean {
  if (a.keyCount !== b.keyCount) return false;
  const { items } = a.scan({
    prefix: '',
    from: undefined,
    to: undefined,
    limit: a.keyCount,
    isReverse: false,
    isKeysOnly: false,
  });
  return items.every(({ key, value, version }) => areEntriesEqual({ value, version }, b.get(key)));
}

function isSameRequest(a: Command, b: Command): boolean {
  if (a.kind === 'request') {
    return b.kind === 'request' && a.sequence === b.sequence && a.sessionId === b.sessionId;
  }
  if (a.kind === 'configure') return b.kind === 'configure';
  return a.kind === b.kind && areBytesEqual(a.nonce, b.nonce);
}

/** The identity of a request: whoever forwards it, however often it is sent. */
function requestKey(command: Command): string | undefined {
  switch (command.kind) {
    case 'configure':
      return undefined;
    case 'register':
      return `register ${nonceKey(command.nonce)}`;
    case 'request':
      return `request ${command.sessionId} ${command.sequence}`;
    case 'oneShot':
      return `one-shot ${nonceKey(command.nonce)}`;
  }
}

function describeApplied(applied: Uint8Array | Command): string {
  return applied instanceof Uint8Array ? describeEntry(applied) : text(applied);
}

function text(value: unknown): string {
  if (value === undefined) return 'nothing';
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? `${part}n` : part,
  );
}
