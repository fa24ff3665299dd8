/**
 * The bodies of State and Batch records: the small state whole, or a list of operations.
 *
 * One batch is one body and so one atomic unit (D12). Decoding trusts the checksum for damage but
 * not for meaning: what does not parse is a typed failure, and what a later version may have added
 * is told apart from what is broken (D4).
 */

import type { Ballot } from '../omnipaxos/ballot.js';
import type { StorageOperation, StoredState } from '../omnipaxos/storage-port.js';
import { MAX_PID } from '../limits.js';
import { readU32, readU64, writeU32, writeU64 } from './little-endian.js';
import { RECORD_HEADER_BYTES, type RecordDraft } from './record.js';
import type { StateOperation } from './stored-state.js';

/** Entries already encoded; the bytes are the caller's and are copied once, into the segment. */
export interface EncodedAppend {
  readonly kind: 'appendOnPrefix';
  readonly fromIdx: number;
  readonly encoded: readonly Uint8Array[];
}
type SmallOperation = Exclude<StorageOperation<never>, { kind: 'appendOnPrefix' }>;
export type EncodedOperation = EncodedAppend | SmallOperation;

/** An operation read back. `entriesOffset` counts from the start of the record. */
export type StoredOperation =
  | SmallOperation
  | (Extract<StateOperation, { kind: 'appendOnPrefix' }> & { readonly entriesOffset: number });

const KIND = {
  appendOnPrefix: 1,
  setPromise: 2,
  setAcceptedRound: 3,
  setDecidedRound: 4,
  setDecidedIdx: 5,
} as const;

const BALLOT_BYTES = 32;
const COUNT_BYTES = 4;
const KIND_BYTES = 4;
const APPEND_BYTES = KIND_BYTES + 12;
/** Its length, before each entry. */
export const ENTRY_PREFIX_BYTES = 4;
const STATE_BYTES = 3 * BALLOT_BYTES + 3 * 8 + 8;

/* ballot: 0 configurationId u64 | 8 n u64 | 16 priority u64 | 24 pid u32 | 28 zero u32 */
function writeBallot(bytes: Uint8Array, offset: number, ballot: Ballot): void {
  writeU64(bytes, offset, ballot.configurationId);
  writeU64(bytes, offset + 8, ballot.n);
  writeU64(bytes, offset + 16, ballot.priority);
  writeU32(bytes, offset + 24, ballot.pid);
}

function readBallot(bytes: Uint8Array, offset: number): Ballot | undefined {
  const ballot = {
    configurationId: readU64(bytes, offset),
    n: readU64(bytes, offset + 8),
    priority: readU64(bytes, offset + 16),
    pid: readU32(bytes, offset + 24),
  };
  const isValid =
    Object.values(ballot).every(Number.isSafeInteger) && readU32(bytes, offset + 28) === 0;
  return isValid ? ballot : undefined;
}

function isBallotWritable({ configurationId, n, priority, pid }: Ballot): boolean {
  const isUint = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  return isUint(configurationId) && isUint(n) && isUint(priority) && isUint(pid) && pid <= MAX_PID;
}

/** Whether the disk can hold the operation exactly: nothing is ever truncated (R5). */
export function isOperationWritable(operation: SmallOperation): boolean {
  if (operation.kind === 'setDecidedIdx') return Number.isSafeInteger(operation.idx);
  return isBallotWritable(operation.ballot);
}

function operationBytes(operation: EncodedOperation): number {
  switch (operation.kind) {
    case 'appendOnPrefix': {
      let bytes = APPEND_BYTES + operation.encoded.length * ENTRY_PREFIX_BYTES;
      for (const entry of operation.encoded) bytes += entry.length;
      return bytes;
    }
    case 'setDecidedIdx':
      return KIND_BYTES + 8;
    default:
      return KIND_BYTES + BALLOT_BYTES;
  }
}

/*
 * body:      operationCount u32 | operation …
 * operation: kind u8, zero 3 | append:  count u32, fromIdx u64, then count × (length u32, bytes)
 *                            | ballots: ballot 32
 *                            | decided: idx u64
 */
export function batchBodyBytes(operations: readonly EncodedOperation[]): number {
  return operations.reduce((bytes, operation) => bytes + operationBytes(operation), COUNT_BYTES);
}

/** Writes the body into zeroed bytes; `appended` hears where each append's entries begin. */
export function writeBatchBody(
  bytes: Uint8Array,
  offset: number,
  operations: readonly EncodedOperation[],
  appended: (entriesOffset: number) => void,
): void {
  writeU32(bytes, offset, operations.length);
  let at = offset + COUNT_BYTES;
  for (const operation of operations) {
    bytes[at] = KIND[operation.kind];
    at += KIND_BYTES;
    if (operation.kind === 'appendOnPrefix') {
      writeU32(bytes, at, operation.encoded.length);
      writeU64(bytes, at + 4, operation.fromIdx);
      at += APPEND_BYTES - KIND_BYTES;
      appended(at);
      for (const entry of operation.encoded) {
        writeU32(bytes, at, entry.length);
        bytes.set(entry, at + ENTRY_PREFIX_BYTES);
        at += ENTRY_PREFIX_BYTES + entry.length;
      }
    } else if (operation.kind === 'setDecidedIdx') {
      writeU64(bytes, at, operation.idx);
      at += 8;
    } else {
      writeBallot(bytes, at, operation.ballot);
      at += BALLOT_BYTES;
    }
  }
}

export interface BodyFailure {
  readonly kind: 'unsupported' | 'malformed';
  readonly what: string;
}

const MALFORMED: BodyFailure = { kind: 'malformed', what: 'the body does not parse' };

/** The operations of the batch record at `record[0..]`, whose checksums were verified. */
export function readBatchBody(
  bytes: Uint8Array,
  recordOffset: number,
  sizeBytes: number,
): readonly StoredOperation[] | BodyFailure {
  const end = recordOffset + sizeBytes;
  let at = recordOffset + RECORD_HEADER_BYTES;
  if (at + COUNT_BYTES > end) return MALFORMED;
  const operationCount = readU32(bytes, at);
  at += COUNT_BYTES;
  const operations: StoredOperation[] = [];
  while (at < end) {
    const next = readOperation(bytes, at, { recordOffset, end });
    if ('what' in next) return next;
    operations.push(next.operation);
    at = next.end;
  }
  return operations.length === operationCount && at === end ? operations : MALFORMED;
}

type ReadOperation = { readonly operation: StoredOperation; readonly end: number } | BodyFailure;

interface RecordBounds {
  readonly recordOffset: number;
  readonly end: number;
}

function readOperation(bytes: Uint8Array, at: number, bounds: RecordBounds): ReadOperation {
  const { end } = bounds;
  if (at + KIND_BYTES + 8 > end) return MALFORMED;
  const kind = bytes[at]!;
  const flags = bytes[at + 1]! | bytes[at + 2]! | bytes[at + 3]!;
  const from = at + KIND_BYTES;
  if (flags !== 0) return { kind: 'unsupported', what: `operation ${kind} with flags` };
  switch (kind) {
    case KIND.appendOnPrefix:
      return readAppend(bytes, from, bounds);
    case KIND.setPromise:
      return readBallotOperation('setPromise', bytes, from, end);
    case KIND.setAcceptedRound:
      return readBallotOperation('setAcceptedRound', bytes, from, end);
    case KIND.setDecidedRound:
      return readBallotOperation('setDecidedRound', bytes, from, end);
    case KIND.setDecidedIdx: {
      const idx = readU64(bytes, from);
      if (!Number.isSafeInteger(idx)) return MALFORMED;
      return { operation: { kind: 'setDecidedIdx', idx }, end: from + 8 };
    }
    default:
      return { kind: 'unsupported', what: `operation ${kind} is not known to this version` };
  }
}

function readBallotOperation(
  kind: 'setPromise' | 'setAcceptedRound' | 'setDecidedRound',
  bytes: Uint8Array,
  from: number,
  end: number,
): ReadOperation {
  const ballot = from + BALLOT_BYTES <= end ? readBallot(bytes, from) : undefined;
  if (ballot === undefined) return MALFORMED;
  return { operation: { kind, ballot }, end: from + BALLOT_BYTES };
}

function readAppend(
  bytes: Uint8Array,
  from: number,
  { recordOffset, end }: RecordBounds,
): ReadOperation {
  if (from + 12 > end) return MALFORMED;
  const entryCount = readU32(bytes, from);
  const fromIdx = readU64(bytes, from + 4);
  if (!Number.isSafeInteger(fromIdx + entryCount)) return MALFORMED;
  let at = from + 12;
  for (let i = 0; i < entryCount; i++) {
    if (at + ENTRY_PREFIX_BYTES > end) return MALFORMED;
    at += ENTRY_PREFIX_BYTES + readU32(bytes, at);
  }
  if (at > end) return MALFORMED;
  const entriesOffset = from + 12 - recordOffset;
  return { operation: { kind: 'appendOnPrefix', fromIdx, entryCount, entriesOffset }, end: at };
}

/** Steps over entries: the offset of the entry `count` places behind the one at `offset`. */
export function skipEntries(bytes: Uint8Array, offset: number, count: number): number {
  let at = offset;
  for (let i = 0; i < count; i++) at += ENTRY_PREFIX_BYTES + readU32(bytes, at);
  return at;
}

/** Bytes of the encoded entry at `offset`. */
export function entrySize(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset);
}

/** A view of the encoded entry at `offset`. */
export function entryAt(bytes: Uint8Array, offset: number, buffer = bytes.buffer): Uint8Array {
  const from = bytes.byteOffset + offset + ENTRY_PREFIX_BYTES;
  // Half of what `subarray` takes.
  return new Uint8Array(buffer, from, readU32(bytes, offset));
}

/*
 * state body: 0 promise 32 | 32 acceptedRound 32 | 64 decidedRound 32 | 96 decidedIdx u64
 *           104 acceptedIdx u64 | 112 compactedIdx u64 | 120 snapshot reference u8 (0: none), zero 7
 */
export function stateDraft(state: StoredState): RecordDraft {
  return {
    type: 'state',
    flags: 0,
    firstIndex: state.acceptedIdx,
    count: 0,
    bodyBytes: STATE_BYTES,
    writeBody: (bytes, offset) => {
      writeBallot(bytes, offset, state.promise);
      writeBallot(bytes, offset + 32, state.acceptedRound);
      writeBallot(bytes, offset + 64, state.decidedRound);
      writeU64(bytes, offset + 96, state.decidedIdx);
      writeU64(bytes, offset + 104, state.acceptedIdx);
      writeU64(bytes, offset + 112, state.compactedIdx);
    },
    placed: () => undefined,
  };
}

export function readStateBody(
  bytes: Uint8Array,
  recordOffset: number,
  sizeBytes: number,
): StoredState | BodyFailure {
  if (sizeBytes !== RECORD_HEADER_BYTES + STATE_BYTES) return MALFORMED;
  const at = recordOffset + RECORD_HEADER_BYTES;
  if (readU64(bytes, at + 120) !== 0) {
    return { kind: 'unsupported', what: 'the state refers to a snapshot' };
  }
  const promise = readBallot(bytes, at);
  const acceptedRound = readBallot(bytes, at + 32);
  const decidedRound = readBallot(bytes, at + 64);
  const decidedIdx = readU64(bytes, at + 96);
  const acceptedIdx = readU64(bytes, at + 104);
  const compactedIdx = readU64(bytes, at + 112);
  if (!promise || !acceptedRound || !decidedRound) return MALFORMED;
  const areSafe = [decidedIdx, acceptedIdx, compactedIdx].every(Number.isSafeInteger);
  if (!areSafe) return MALFORMED;
  return { promise, acceptedRound, decidedRound, decidedIdx, acceptedIdx, compactedIdx };
}
