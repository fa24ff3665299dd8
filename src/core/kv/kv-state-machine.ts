/**
 * The replicated state machine of the store: log entries in, answers out.
 *
 * It must depend on the log alone: same entries, same answers and same state on every node, whatever
 * the clock, the batch or the restart. `appliedIdx` is an exclusive length, as all indices are; entry
 * 0 sets the limits. A command is judged here and nowhere else (C2).
 */

import { assert, unreachable } from '../assert.js';
import type { Command, CommandReply, VersionedValue } from './command.js';
import { Digest } from './digest.js';
import { nonceKey } from './nonce.js';
import { OneShotTable } from './one-shots.js';
import { SessionTable } from './sessions.js';
import { Store, type ScanBounds, type ScanResult } from './store.js';

interface Tables {
  readonly sessions: SessionTable;
  readonly oneShots: OneShotTable;
}

const CONFIGURED: CommandReply = { kind: 'configured' };

export class KvStateMachine {
  readonly #store = new Store();
  /** Undefined until entry 0 has set their limits. */
  #tables: Tables | undefined;
  #appliedIdx = 0;

  /** How many entries of the log have been applied; the next one has this index. */
  get appliedIdx(): number {
    return this.#appliedIdx;
  }

  get keyCount(): number {
    return this.#store.size;
  }

  get sessionCount(): number {
    return this.#tables?.sessions.size ?? 0;
  }

  /** Applies the entry at `index`, which is the next one, and answers it. */
  apply(index: number, command: Command): CommandReply {
    assert(index === this.#appliedIdx, 'entries are applied in log order');
    const reply = this.#applyCommand(index, command);
    this.#appliedIdx = index + 1;
    return reply;
  }

  /** Of commands that are applied next: fetches what they will touch, and changes nothing. */
  readAhead(commands: readonly Command[]): void {
    if (!this.#store.isLarge) return;
    const keys: string[] = [];
    for (const command of commands) {
      if (command.kind !== 'request' && command.kind !== 'oneShot') continue;
      const { operation } = command;
      if (operation.kind === 'delete') keys.push(...operation.keys);
      else keys.push(operation.key);
    }
    this.#store.readAhead(keys);
  }

  /** What the key holds at `appliedIdx`. */
  get(key: string): VersionedValue | undefined {
    return this.#store.get(key);
  }

  /** Items in the order of their keys' UTF-8 bytes, within the limits of one answer. */
  scan(bounds: ScanBounds): ScanResult {
    return this.#store.scan(bounds);
  }

  /** The stored reply, where `sequence` is the session's last; undefined says nothing at all. */
  findReply(sessionId: number, sequence: number): CommandReply | undefined {
    return this.#tables?.sessions.findReply(sessionId, sequence);
  }

  /** The stored reply of this one-shot; undefined says nothing at all. */
  findOneShot(nonce: Uint8Array): CommandReply | undefined {
    return this.#tables?.oneShots.find(nonceKey(nonce));
  }

  /** Sorts at most so many keys into the order that a scan needs; false when it is complete. */
  sortKeys(atMost: number): boolean {
    return this.#store.sortKeys(atMost);
  }

  /** Canonical fingerprint of data, sessions, one-shots and `appliedIdx`: 16 hex digits. */
  digest(): string {
    const digest = new Digest().number(this.#appliedIdx).number(this.#store.size);
    for (const { key, value, version } of this.#store.entries()) {
      digest.text(key).versionedValue({ value, version });
    }
    if (this.#tables !== undefined) digestTables(digest, this.#tables);
    return digest.hex();
  }

  #applyCommand(index: number, command: Command): CommandReply {
    if (command.kind === 'configure') return this.#configure(command);
    const tables = this.#tables;
    assert(tables !== undefined, 'entry 0 sets the limits, before any other');
    switch (command.kind) {
      case 'register':
        return tables.sessions.register(nonceKey(command.nonce), index);
      case 'request': {
        const verdict = tables.sessions.judge(command.sessionId, command.sequence);
        if (verdict.kind === 'answered') return verdict.reply;
        const reply = this.#store.execute(command.operation, index);
        const answer: CommandReply = { kind: 'executed', reply };
        tables.sessions.executed(verdict.session, answer, index);
        return answer;
      }
      case 'oneShot': {
        const nonce = nonceKey(command.nonce);
        const verdict = tables.oneShots.judge(nonce, command.floorIdx, index);
        if (verdict.kind === 'answered') return verdict.reply;
        const reply = this.#store.execute(command.operation, index);
        return tables.oneShots.executed(nonce, reply, index);
      }
      default:
        return unreachable(command);
    }
  }

  /** Two leaders may each have proposed one: the first counts, a later one changes nothing. */
  #configure(limits: {
    readonly sessionLimit: number;
    readonly oneShotLimit: number;
  }): CommandReply {
    this.#tables ??= {
      sessions: new SessionTable(limits.sessionLimit),
      oneShots: new OneShotTable(limits.oneShotLimit),
    };
    return CONFIGURED;
  }
}

function digestTables(digest: Digest, tables: Tables): void {
  const { sessions, oneShots } = tables;
  digest.number(sessions.limit).number(sessions.size);
  for (const session of sessions.sessions()) {
    digest.number(session.id).binary(session.nonce).number(session.lastSequence);
    digest.number(session.lastCommittedIdx);
    digest.number(session.lastReply === undefined ? 0 : 1);
    if (session.lastReply !== undefined) digest.commandReply(session.lastReply);
  }
  digest
    .number(oneShots.limit)
    .number(oneShots.size)
    .number(oneShots.fallenIdx + 1);
  for (const oneShot of oneShots.oneShots()) {
    digest.number(oneShot.index).binary(oneShot.nonce).commandReply(oneShot.reply);
  }
}
