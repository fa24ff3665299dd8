/**
 * Looks at a log without the guard: for `omnikv log show` and `omnikv log verify`.
 *
 * Read-only: it never repairs, removes or creates anything (D31), and judges by the same scan,
 * table and replay as recovery. While a node writes, the end of the log may look torn.
 */

import { OmnikvError } from '../errors.js';
import type { Ballot } from '../omnipaxos/ballot.js';
import type { StoredState } from '../omnipaxos/storage-port.js';
import type { FileSystem } from '../platform/ports.js';
import { entryAt, skipEntries, type StoredOperation } from './batch-codec.js';
import { logPathOf, readIdentity, withoutTrailingSlash } from './data-directory.js';
import { recordSeed, type DirectoryIdentity } from './identity.js';
import { scanSegment, writtenEnd, type ScannedRecord, type SegmentEnd } from './log-scan.js';
import { LogReplay, type ReplayedRecord } from './log-replay.js';
import { checkSegmentHeader, describeEnd, listSegments } from './recovery.js';
import type { SegmentName } from './segment-header.js';
import { EMPTY_STATE } from './stored-state.js';
import { withIo } from './storage-errors.js';

export type InspectedOperation =
  | {
      readonly kind: 'appendOnPrefix';
      readonly fromIdx: number;
      /** Encoded entries. */
      readonly entries: readonly Uint8Array[];
    }
  | {
      readonly kind: 'setPromise' | 'setAcceptedRound' | 'setDecidedRound';
      readonly ballot: Ballot;
    }
  | { readonly kind: 'setDecidedIdx'; readonly idx: number };

export interface LogProblem {
  readonly file: string;
  readonly offset: number;
  readonly what: string;
}

export type InspectedItem =
  | {
      readonly kind: 'segment';
      readonly file: string;
      readonly seq: number;
      readonly firstIndex: number;
      readonly firstLsn: number;
      readonly sizeBytes: number;
    }
  | {
      readonly kind: 'record';
      readonly file: string;
      readonly offset: number;
      readonly sizeBytes: number;
      readonly lsn: number;
      readonly syncedLsn: number;
      readonly firstIndex: number;
      readonly count: number;
      readonly record:
        | { readonly kind: 'state'; readonly state: StoredState }
        | { readonly kind: 'batch'; readonly operations: readonly InspectedOperation[] }
        | { readonly kind: 'mark'; readonly isClean: boolean };
      /** The state of the log after the record. */
      readonly state: StoredState;
    }
  | {
      /** After the records of a segment: how it ends. */
      readonly kind: 'end';
      readonly file: string;
      readonly offset: number;
      readonly verdict: 'clean' | 'tornTail';
      /** Bytes of the torn tail. */
      readonly tornBytes: number;
    }
  /** Corrupt data: the last item. */
  | ({ readonly kind: 'problem' } & LogProblem);

export interface InspectionOptions {
  readonly fileSystem: FileSystem;
  /** The data directory. */
  readonly path: string;
}

/** Item by item, one segment in memory. Throws OMNIKV_DATA_MISSING, OMNIKV_UNSUPPORTED_FORMAT. */
export function* inspectLog(options: InspectionOptions): Generator<InspectedItem, void> {
  const { fileSystem } = options;
  const path = withoutTrailingSlash(options.path);
  const logPath = logPathOf(path);
  let file = path;
  try {
    const identity = readIdentity({ fileSystem, path });
    const names = withIo(logPath, 'listing', () => listSegments(fileSystem, path));
    const inspector = new SegmentInspector(identity);
    for (const name of names) {
      file = `${logPath}/${name.file}`;
      const bytes = withIo(file, 'reading', () => fileSystem.readFile(file));
      const segment = name.seq === names.length ? 'last' : 'notLast';
      yield* inspector.inspect({ bytes, file, name, segment });
      if (inspector.isStopped) return;
    }
  } catch (error) {
    const problem = problemOf(error, file);
    if (problem === undefined) throw error;
    yield problem;
  }
}

/** Damage is an answer of the inspection; anything else is an error of it. */
function problemOf(error: unknown, file: string): InspectedItem | undefined {
  const codes: readonly string[] = ['OMNIKV_CORRUPT_DATA', 'OMNIKV_IDENTITY_MISMATCH'];
  if (!(error instanceof OmnikvError) || !codes.includes(error.code)) return undefined;
  const offset = / at offset (\d+): /.exec(error.message)?.[1];
  return { kind: 'problem', file, offset: Number(offset ?? 0), what: error.message };
}

interface SegmentBytes {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly name: SegmentName;
  readonly segment: 'last' | 'notLast';
}

class SegmentInspector {
  readonly #identity: DirectoryIdentity;
  readonly #replay = new LogReplay();
  #position: SegmentEnd['position'] = { nextLsn: 1, prevHeaderCrc: 0 };
  isStopped = false;

  constructor(identity: DirectoryIdentity) {
    this.#identity = identity;
  }

  *inspect({ bytes, file, name, segment }: SegmentBytes): Generator<InspectedItem, void> {
    const position = this.#position;
    const identity = this.#identity;
    const { acceptedIdx } = this.#replay.state;
    const header = checkSegmentHeader(bytes, file, { identity, name, position, acceptedIdx });
    const { seq, firstIndex, firstLsn } = header;
    yield { kind: 'segment', file, seq, firstIndex, firstLsn, sizeBytes: bytes.length };
    const items: InspectedItem[] = [];
    let failure: unknown;
    let end: SegmentEnd | undefined;
    try {
      end = scanSegment({ bytes, seed: recordSeed(identity), segment, position }, (record) => {
        items.push(this.#item(bytes, record, file));
      });
      this.#replay.checkEnd(file, end.offset);
    } catch (error) {
      failure = error;
    }
    // What was read before the damage is shown before it.
    yield* items;
    if (end === undefined || failure !== undefined) throw failure;
    this.#position = end.position;
    yield this.#end(end, bytes, file);
  }

  #item(bytes: Uint8Array, scanned: ScannedRecord, file: string): InspectedItem {
    const { offset, header } = scanned;
    const replayed = this.#replay.apply(bytes, scanned, file);
    return {
      kind: 'record',
      file,
      offset,
      sizeBytes: header.sizeBytes,
      lsn: header.lsn,
      syncedLsn: header.syncedLsn,
      firstIndex: header.firstIndex,
      count: header.count,
      record: withEntries(replayed, bytes, offset),
      state: this.#replay.state,
    };
  }

  #end(end: SegmentEnd, bytes: Uint8Array, file: string): InspectedItem {
    const { decision, offset } = end;
    if (decision === 'endOfLog' || decision === 'tornTail') {
      const verdict = decision === 'endOfLog' ? 'clean' : 'tornTail';
      const tornBytes = writtenEnd(bytes, offset) - offset;
      return { kind: 'end', file, offset, verdict, tornBytes };
    }
    this.isStopped = true;
    return { kind: 'problem', file, offset, what: describeEnd(end) };
  }
}

type InspectedRecord = Extract<InspectedItem, { kind: 'record' }>['record'];

function withEntries(
  replayed: ReplayedRecord,
  bytes: Uint8Array,
  recordOffset: number,
): InspectedRecord {
  if (replayed.kind !== 'batch') return replayed;
  const operations = replayed.operations.map((operation) =>
    inspectOperation(operation, bytes, recordOffset),
  );
  return { kind: 'batch', operations };
}

function inspectOperation(
  operation: StoredOperation,
  bytes: Uint8Array,
  recordOffset: number,
): InspectedOperation {
  if (operation.kind !== 'appendOnPrefix') return operation;
  const { kind, fromIdx, entryCount, entriesOffset } = operation;
  const entries: Uint8Array[] = [];
  let at = recordOffset + entriesOffset;
  for (let i = 0; i < entryCount; i++) {
    entries.push(entryAt(bytes, at));
    at = skipEntries(bytes, at, 1);
  }
  return { kind, fromIdx, entries };
}

export interface LogVerification {
  readonly verdict: 'clean' | 'tornTail' | 'corrupt';
  readonly problems: readonly LogProblem[];
  readonly segmentCount: number;
  readonly recordCount: number;
  /** Entries in the log, up to the first problem. */
  readonly entryCount: number;
  readonly lastLsn: number;
  /** The last record is the Mark of a clean shutdown. */
  readonly isCleanlyClosed: boolean;
  readonly state: StoredState;
}

/** The whole log in one verdict. A torn tail is what a crash leaves: recovery cuts it. */
export function verifyLog(options: InspectionOptions): LogVerification {
  let verdict: LogVerification['verdict'] = 'clean';
  let segmentCount = 0;
  let recordCount = 0;
  let lastLsn = 0;
  let isCleanlyClosed = false;
  let state = EMPTY_STATE;
  const problems: LogProblem[] = [];
  for (const item of inspectLog(options)) {
    if (item.kind === 'segment') segmentCount += 1;
    if (item.kind === 'record') {
      recordCount += 1;
      ({ lsn: lastLsn, state } = item);
      isCleanlyClosed = item.record.kind === 'mark' && item.record.isClean;
    }
    if (item.kind === 'end' && item.verdict === 'tornTail') {
      verdict = 'tornTail';
      const what = `the last ${item.tornBytes} bytes are a torn write`;
      problems.push({ file: item.file, offset: item.offset, what });
    }
    if (item.kind === 'problem') {
      verdict = 'corrupt';
      problems.push({ file: item.file, offset: item.offset, what: item.what });
    }
  }
  const entryCount = state.acceptedIdx - state.compactedIdx;
  const counts = { segmentCount, recordCount, entryCount, lastLsn };
  return { verdict, problems, ...counts, isCleanlyClosed, state };
}
