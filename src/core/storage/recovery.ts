/**
 * Opens a log: reads every record in order, decides how it ends, rewrites the unsealed tail.
 *
 * Only under the guard (D31). It changes nothing before all segments have been judged, so a
 * refusal leaves the directory as it was. What it returns was read from bytes that were then
 * written anew and synced (D18): the page cache after a failed fsync is not to be trusted.
 */

import type { StoredState } from '../omnipaxos/storage-port.js';
import type { FileSystem, Logger } from '../platform/ports.js';
import { logPathOf } from './data-directory.js';
import { EntryIndex } from './entry-index.js';
import { recordSeed, type DirectoryIdentity } from './identity.js';
import type { LogFiles } from './log-files.js';
import { scanSegment, writtenEnd, type ScannedRecord, type SegmentEnd } from './log-scan.js';
import { LogReplay, type ReplayedRecord } from './log-replay.js';
import { rewriteTail, saveTornBytes } from './tail-rewrite.js';
import type { LogHead } from './record.js';
import {
  decodeSegmentHeader,
  parseSegmentFileName,
  type SegmentHeader,
  type SegmentName,
} from './segment-header.js';
import type { OpenSegment } from './segment-writer.js';
import { corruptData, dataMissing, withIo } from './storage-errors.js';

export interface RecoveryOptions {
  readonly fileSystem: FileSystem;
  readonly logFiles: LogFiles;
  readonly path: string;
  readonly identity: DirectoryIdentity;
  readonly segmentBytes: number;
  readonly logger: Logger | undefined;
  /** Called when everything has been judged, before the first change. */
  readonly judged: () => void;
}

export interface RecoveredLog {
  readonly state: StoredState;
  readonly index: EntryIndex;
  /** Paths of all segments by sequence number. */
  readonly paths: Map<number, string>;
  readonly segment: OpenSegment;
  readonly offset: number;
  readonly head: LogHead;
  /** What a crash left of its last write, cut off; 0 after most. */
  readonly tornBytes: number;
}

/** The segments of a log in order. Throws OMNIKV_DATA_MISSING or OMNIKV_CORRUPT_DATA (D6). */
export function listSegments(fileSystem: FileSystem, path: string): readonly SegmentName[] {
  const logPath = logPathOf(path);
  if (fileSystem.status(logPath)?.kind !== 'directory') throw dataMissing(path, 'log/ is gone');
  const segments = fileSystem
    .list(logPath)
    .map(parseSegmentFileName)
    .filter((name) => name !== undefined)
    .sort((a, b) => a.seq - b.seq);
  if (segments.length === 0) throw dataMissing(path, 'log/ holds no segment');
  segments.forEach((segment, i) => {
    if (segment.seq === i + 1) return;
    throw corruptData(`${logPath}/${segment.file}`, 0, `segment ${i + 1} is missing or double`);
  });
  return segments;
}

/** D2, D6: the header against the directory, the file's name and the segment before. */
export function checkSegmentHeader(
  bytes: Uint8Array,
  file: string,
  expected: {
    readonly identity: DirectoryIdentity;
    readonly name: SegmentName;
    readonly position: SegmentEnd['position'];
    readonly acceptedIdx: number;
  },
): SegmentHeader {
  const header = decodeSegmentHeader(bytes, expected.identity, file);
  const { seq, firstIndex } = expected.name;
  if (header.seq !== seq || header.firstIndex !== firstIndex) {
    throw corruptData(file, 48, `the header says segment ${header.seq} from ${header.firstIndex}`);
  }
  const { nextLsn, prevHeaderCrc } = expected.position;
  if (header.firstLsn !== nextLsn || header.chain !== prevHeaderCrc) {
    throw corruptData(file, 44, `the segment does not continue the one before at lsn ${nextLsn}`);
  }
  if (header.firstIndex !== expected.acceptedIdx) {
    throw corruptData(file, 64, `the segment begins at ${firstIndex}, not ${expected.acceptedIdx}`);
  }
  return header;
}

/** What a person needs to know of a log that is refused. */
export function describeEnd({ decision, lost, position }: SegmentEnd): string {
  switch (decision) {
    case 'corruptIdentityKnown': {
      const entries = lost ? `, entries ${lost.firstIndex} to ${lost.firstIndex + lost.count}` : '';
      return `the body of record ${position.nextLsn} is damaged${entries}`;
    }
    case 'hole':
      return `zeroes where record ${position.nextLsn} was`;
    case 'outOfOrder':
      return `record ${lost?.lsn ?? '?'} does not follow record ${position.nextLsn - 1}`;
    case 'corrupt':
      return `record ${position.nextLsn} is damaged`;
    case 'tornTail':
      return `record ${position.nextLsn} is torn`;
    case 'endOfLog':
      return 'the log ends';
  }
}

const FIRST_POSITION = { nextLsn: 1, prevHeaderCrc: 0 };

export function recoverLog(options: RecoveryOptions): RecoveredLog {
  const { fileSystem, path, identity } = options;
  const logPath = logPathOf(path);
  const names = withIo(logPath, 'listing', () => listSegments(fileSystem, path));
  const replay = new LogReplay();
  const index = new EntryIndex();
  const paths = new Map<number, string>();
  let position: SegmentEnd['position'] = FIRST_POSITION;
  let tail: Tail | undefined;
  for (const name of names) {
    const file = `${logPath}/${name.file}`;
    paths.set(name.seq, file);
    const bytes = withIo(file, 'reading', () => fileSystem.readFile(file));
    const { acceptedIdx } = replay.state;
    checkSegmentHeader(bytes, file, { identity, name, position, acceptedIdx });
    const segment = name.seq === names.length ? 'last' : 'notLast';
    const seed = recordSeed(identity);
    const end = scanSegment({ bytes, seed, segment, position }, (record) => {
      indexRecord(index, replay.apply(bytes, record, file), name.seq, record);
    });
    if (end.decision !== 'endOfLog' && end.decision !== 'tornTail') {
      throw corruptData(file, end.offset, describeEnd(end));
    }
    replay.checkEnd(file, end.offset);
    position = end.position;
    tail = { name, file, bytes, end };
  }
  if (tail === undefined) throw dataMissing(path, 'log/ holds no segment');
  options.judged();
  return { state: replay.state, index, paths, ...reopenTail(options, tail, replay.state) };
}

interface Tail {
  readonly name: SegmentName;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly end: SegmentEnd;
}

function reopenTail(
  options: RecoveryOptions,
  { name, file, bytes, end }: Tail,
  state: StoredState,
): Pick<RecoveredLog, 'segment' | 'offset' | 'head' | 'tornBytes'> {
  const { fileSystem, identity, segmentBytes, logger } = options;
  const isTorn = end.decision === 'tornTail';
  const torn = bytes.subarray(end.offset, isTorn ? writtenEnd(bytes, end.offset) : end.offset);
  return withIo(file, 'rewriting', () => {
    if (isTorn) {
      const copy = saveTornBytes(fileSystem, { file, offset: end.offset, bytes: torn });
      logger?.warn('storage.tornTailCut', {
        file,
        offset: end.offset,
        sizeBytes: torn.length,
        copy,
        lastLsn: end.position.nextLsn - 1,
      });
    }
    const { sizeBytes, offset, head } = rewriteTail(fileSystem, {
      file,
      kept: bytes.subarray(0, end.offset),
      position: end.position,
      state,
      seed: recordSeed(identity),
      segmentBytes,
    });
    const segment = {
      ...{ seq: name.seq, path: file, sizeBytes },
      file: options.logFiles.openTail(file, offset),
    };
    return { segment, offset, head, tornBytes: torn.length };
  });
}

function indexRecord(
  index: EntryIndex,
  replayed: ReplayedRecord,
  seq: number,
  { offset, header }: ScannedRecord,
): void {
  if (replayed.kind !== 'batch') return;
  for (const operation of replayed.operations) {
    if (operation.kind !== 'appendOnPrefix') continue;
    index.cut(operation.fromIdx);
    if (operation.entryCount === 0) continue;
    const extent = index.push(operation.fromIdx);
    const { entriesOffset } = operation;
    index.setPlace(extent, { seq, offset, sizeBytes: header.sizeBytes, entriesOffset });
  }
}
