/**
 * Applies decided entries to the state machine, in order, each exactly once.
 *
 * In slices: a node that catches up on a long log must still answer heartbeats (R8). A decided
 * entry that cannot be decoded stops the node: another node may have applied it (D4).
 */

import { AssertionError } from '../assert.js';
import { APPLY_SLICE_MS, MAX_CHUNK_BYTES } from '../limits.js';
import type { Command, CommandReply } from '../kv/command.js';
import type { KvStateMachine } from '../kv/kv-state-machine.js';
import type { Clock } from '../platform/ports.js';
import { decodeCommand } from '../wire/command-codec.js';
import type { Consensus } from './consensus.js';
import type { Proposal } from './request.js';

/** So many entries are decoded before the first of them is applied. */
const GROUP_SIZE = 64;

/** Who waits for the entries of the log. */
export interface AppliedListener {
  takeOldestIf(entry: Uint8Array): Proposal | undefined;
  take(command: Command): Proposal | undefined;
  answer(proposal: Proposal, reply: CommandReply): void;
}

export interface ApplierOptions {
  readonly consensus: Consensus;
  readonly stateMachine: KvStateMachine;
  readonly clock: Clock;
  readonly listener: AppliedListener;
}

export class Applier {
  readonly #options: ApplierOptions;

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  /** Applies what is decided, for about one slice of time. True where more is left. */
  applySlice(): boolean {
    const { consensus, stateMachine, clock } = this.#options;
    const decidedIdx = consensus.getDecidedIdx();
    if (stateMachine.appliedIdx >= decidedIdx) return false;
    const startedAtMs = clock.nowMs();
    while (stateMachine.appliedIdx < decidedIdx) {
      this.#applyAll(consensus.readDecided(stateMachine.appliedIdx, MAX_CHUNK_BYTES / 4));
      if (clock.nowMs() - startedAtMs >= APPLY_SLICE_MS) break;
    }
    return stateMachine.appliedIdx < decidedIdx;
  }

  #applyAll(entries: readonly Uint8Array[]): void {
    for (let from = 0; from < entries.length; from += GROUP_SIZE) {
      this.#applyGroup(entries, from, Math.min(from + GROUP_SIZE, entries.length));
    }
  }

  #applyGroup(entries: readonly Uint8Array[], from: number, to: number): void {
    const { stateMachine, listener } = this.#options;
    const firstIdx = stateMachine.appliedIdx;
    const own = new Array<Proposal | undefined>(to - from);
    const commands = new Array<Command>(to - from);
    for (let i = 0; i < commands.length; i++) {
      const entry = entries[from + i]!;
      // A leader finds its own proposals without decoding them again.
      own[i] = listener.takeOldestIf(entry);
      commands[i] = own[i]?.command ?? decode(entry, firstIdx + i);
    }
    stateMachine.readAhead(commands);
    commands.forEach((command, i) => {
      const reply = stateMachine.apply(firstIdx + i, command);
      const proposal = own[i] ?? listener.take(command);
      if (proposal !== undefined) listener.answer(proposal, reply);
    });
  }
}

function decode(entry: Uint8Array, idx: number): Command {
  const decoded = decodeCommand(entry);
  if (decoded.ok) return decoded.value;
  throw new AssertionError(`the decided entry ${idx} is no command: ${decoded.error.reason}`);
}
