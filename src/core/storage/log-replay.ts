/**
 * Applies scanned records in physical order (D23) and refuses a log that contradicts itself.
 *
 * Recovery and inspection share it. Checksums prove that the bytes are ours; this proves that they
 * mean something: states agree at every segment, entries are contiguous, decided <= accepted,
 * promise >= accepted round.
 */

import type { Ballot } from '../omnipaxos/ballot.js';
import type { StoredState } from '../omnipaxos/storage-port.js';
import {
  readBatchBody,
  readStateBody,
  type BodyFailure,
  type StoredOperation,
} from './batch-codec.js';
import type { ScannedRecord } from './log-scan.js';
import { CLEAN_FLAG, RECORD_TYPES } from './record.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';
import { corruptData, unsupportedFormat } from './storage-errors.js';
import { applyOperations, EMPTY_STATE } from './stored-state.js';

export type ReplayedRecord =
  | { readonly kind: 'state'; readonly state: StoredState }
  | { readonly kind: 'batch'; readonly operations: readonly StoredOperation[] }
  | { readonly kind: 'mark'; readonly isClean: boolean };

/** Like compareBallots, of which this room may import only the type. */
function isBelow(a: Ballot, b: Ballot): boolean {
  const difference =
    a.configurationId - b.configurationId || a.n - b.n || a.priority - b.priority || a.pid - b.pid;
  return difference < 0;
}

function isSameBallot(a: Ballot, b: Ballot): boolean {
  return !isBelow(a, b) && !isBelow(b, a);
}

export function isSameState(a: StoredState, b: StoredState): boolean {
  return (
    isSameBallot(a.promise, b.promise) &&
    isSameBallot(a.acceptedRound, b.acceptedRound) &&
    isSameBallot(a.decidedRound, b.decidedRound) &&
    a.decidedIdx === b.decidedIdx &&
    a.acceptedIdx === b.acceptedIdx &&
    a.compactedIdx === b.compactedIdx
  );
}

export class LogReplay {
  #state: StoredState = EMPTY_STATE;

  get state(): StoredState {
    return this.#state;
  }

  /** Throws OMNIKV_CORRUPT_DATA or OMNIKV_UNSUPPORTED_FORMAT. */
  apply(bytes: Uint8Array, { offset, header }: ScannedRecord, file: string): ReplayedRecord {
    const refuse = (what: string): Error => corruptData(file, offset, what);
    if (header.syncedLsn >= header.lsn) throw refuse('the record claims to be synced itself');
    const isFirst = offset === SEGMENT_HEADER_BYTES;
    // D7: a State record begins every segment, and stands nowhere else.
    if (isFirst !== (header.type === RECORD_TYPES.state)) {
      if (Object.values<number>(RECORD_TYPES).includes(header.type)) {
        throw refuse(`a record of type ${header.type} in the wrong place`);
      }
    }
    const knownFlags = header.type === RECORD_TYPES.mark ? CLEAN_FLAG : 0;
    if ((header.flags & ~knownFlags) !== 0) {
      throw unsupportedFormat(file, `record ${header.lsn} has unknown flags ${header.flags}`);
    }
    const replayed = this.#applyBody(bytes, { offset, header }, file);
    if (header.firstIndex + header.count !== this.#state.acceptedIdx) {
      throw refuse(
        `entries ${header.firstIndex}+${header.count} do not end at ${this.#state.acceptedIdx}`,
      );
    }
    return replayed;
  }

  /** D23, after the last record. */
  checkEnd(file: string, offset: number): void {
    const { promise, acceptedRound, compactedIdx, decidedIdx, acceptedIdx } = this.#state;
    if (isBelow(promise, acceptedRound)) {
      throw corruptData(file, offset, 'the accepted round is above the promise');
    }
    if (compactedIdx > decidedIdx || decidedIdx > acceptedIdx) {
      throw corruptData(file, offset, `${compactedIdx} <= ${decidedIdx} <= ${acceptedIdx} fails`);
    }
  }

  #applyBody(bytes: Uint8Array, record: ScannedRecord, file: string): ReplayedRecord {
    const { offset, header } = record;
    switch (header.type) {
      case RECORD_TYPES.state: {
        const state = this.#read(readStateBody(bytes, offset, header.sizeBytes), record, file);
        // No snapshot can stand for older segments yet: the log starts empty.
        if (!isSameState(state, this.#state)) {
          throw corruptData(file, offset, 'the state does not follow from the records before it');
        }
        return { kind: 'state', state };
      }
      case RECORD_TYPES.batch: {
        const operations = this.#read(readBatchBody(bytes, offset, header.sizeBytes), record, file);
        this.#applyBatch(operations, record, file);
        return { kind: 'batch', operations };
      }
      case RECORD_TYPES.mark:
        return { kind: 'mark', isClean: (header.flags & CLEAN_FLAG) !== 0 };
      default:
        // D4.
        throw unsupportedFormat(file, `record ${header.lsn} has unknown type ${header.type}`);
    }
  }

  #applyBatch(operations: readonly StoredOperation[], record: ScannedRecord, file: string): void {
    try {
      this.#state = applyOperations(this.#state, operations);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw corruptData(file, record.offset, reason);
    }
  }

  #read<R>(body: R | BodyFailure, { offset, header }: ScannedRecord, file: string): R {
    if (typeof body !== 'object' || body === null || !('what' in body)) return body;
    const { kind, what } = body;
    if (kind === 'unsupported') throw unsupportedFormat(file, `record ${header.lsn}: ${what}`);
    throw corruptData(file, offset, what);
  }
}
