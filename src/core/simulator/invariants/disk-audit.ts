/**
 * The disk knows (8): what was told durable is really there, read with the real recovery from a copy
 * that has lost everything unsynced.
 *
 * Opening a log costs more than all other checks, so it is done every so many durable reports, at
 * every other crash, when a process ends by itself, and at the end. The copy is thrown away; nothing
 * of the run is changed and nothing drawn.
 */

import type { FileSystem } from '../../platform/ports.js';
import {
  bytesCodec,
  PersistentStorage,
  type LogOptionFields,
  type StorageIdentity,
} from '../../storage/index.js';
import type { StoredState } from '../../omnipaxos/storage-port.js';
import { InvariantViolation } from './invariant-violation.js';
import type { ObservedNode } from './observed-node.js';

/** What a log that was opened from a copy holds. */
export interface AuditedLog {
  readonly state: StoredState;
  readonly entries: readonly Uint8Array[];
}

export type OpenCopy = (node: ObservedNode, copy: FileSystem) => AuditedLog;

export interface OpenForAuditOptions {
  readonly fileSystem: FileSystem;
  readonly path: string;
  readonly identity: StorageIdentity;
  readonly logOptions?: LogOptionFields | undefined;
}

/** Opens the log at `path` and reads all of it. Nothing runs afterwards. */
export function openForAudit(options: OpenForAuditOptions): AuditedLog {
  const { fileSystem, path } = options;
  const storage = PersistentStorage.openHeld<Uint8Array>(
    { ...options, codec: bytesCodec, ports: { fileSystem, ...IDLE_PORTS } },
    {
      guard: { release: noPromise },
      directoryIdentity: fileSystem.status(path)?.identity ?? '',
    },
  );
  const state = storage.state();
  return { state, entries: storage.entries(0, state.acceptedIdx) };
}

/** What is submitted during an fdatasync is what an early report would be about. */
const BUSY_WEIGHT = 4;
const CRASHES_PER_AUDIT = 2;

export class DiskAudit {
  readonly #openCopy: OpenCopy;
  readonly #interval: number;
  readonly #reports = new Map<number, number>();

  constructor(options: { readonly openCopy: OpenCopy; readonly interval: number }) {
    this.#openCopy = options.openCopy;
    this.#interval = options.interval;
  }

  /** One of many; they weigh more while more is being written. */
  onDurable(node: ObservedNode): void {
    this.#count(node, node.shadow.pendingCount > 0 ? BUSY_WEIGHT : 1);
  }

  /** Before the page cache hides, or the power takes, what was not synced. */
  onCrash(node: ObservedNode): void {
    this.#count(node, this.#interval / CRASHES_PER_AUDIT);
  }

  /** What the disk holds; undefined where it was damaged on purpose. */
  audit(node: ObservedNode): AuditedLog | undefined {
    if (node.isDamaged) return undefined;
    const log = this.#open(node);
    const loss = node.shadow.lossIn(log.state, log.entries);
    if (loss === undefined) return log;
    throw new InvariantViolation(8, `the disk of node ${node.pid}: ${loss.what}`);
  }

  #count(node: ObservedNode, weight: number): void {
    const count = (this.#reports.get(node.pid) ?? 0) + weight;
    this.#reports.set(node.pid, count >= this.#interval ? 0 : count);
    if (count >= this.#interval) this.audit(node);
  }

  #open(node: ObservedNode): AuditedLog {
    try {
      return this.#openCopy(node, node.disk.durableCopy());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const what = `the disk of node ${node.pid} cannot be opened after a power cut: ${reason}`;
      throw new InvariantViolation(8, what, { cause: error });
    }
  }
}

const IDLE_PORTS = {
  guard: { acquire: noPromise },
  random: { bytes: (count: number) => new Uint8Array(count), fraction: () => 0 },
  scheduler: { defer: () => undefined, after: () => ({ cancel: () => undefined }) },
};

function noPromise(): never {
  throw new Error('a log that is audited is never closed');
}
