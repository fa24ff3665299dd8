/**
 * Walks the records of one segment and says where, and how, it ends.
 *
 * It reads bytes and decides by the table (recovery-table.ts); it never repairs, and after the
 * first record that is not in order it trusts nothing but header checksums (D21).
 */

import { align8, isZero } from './little-endian.js';
import {
  CLEAN_FLAG,
  isBodyIntact,
  readRecordHeader,
  RECORD_HEADER_BYTES,
  RECORD_TYPES,
  type StoredRecordHeader,
} from './record.js';
import { decide, type RecoveryCase, type RecoveryDecision } from './recovery-table.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';

/** What the next record must say of the one before it. */
export interface ScanPosition {
  readonly nextLsn: number;
  readonly prevHeaderCrc: number;
}

export interface ScannedRecord {
  readonly offset: number;
  readonly header: StoredRecordHeader;
}

export interface SegmentScan {
  readonly bytes: Uint8Array;
  readonly seed: number;
  readonly segment: RecoveryCase['segment'];
  readonly position: ScanPosition;
}

export interface SegmentEnd {
  readonly decision: Exclude<RecoveryDecision, 'accept'>;
  /** The end of the last record in order. */
  readonly offset: number;
  readonly position: ScanPosition;
  /** The header at `offset`, where it is good: which entries are lost. */
  readonly lost: StoredRecordHeader | undefined;
}

/** Calls `accept` for every record in order, up to the end. */
export function scanSegment(
  { bytes, seed, segment, position }: SegmentScan,
  accept: (record: ScannedRecord) => void,
): SegmentEnd {
  let offset = SEGMENT_HEADER_BYTES;
  let { nextLsn, prevHeaderCrc } = position;
  let isClean = false;
  for (;;) {
    const header = readRecordHeader(bytes, offset, seed);
    const isInOrder = header?.lsn === nextLsn && header.prevHeaderCrc === prevHeaderCrc;
    if (!isInOrder || !isBodyIntact(bytes, offset, header)) {
      const found = examine({ bytes, seed, segment, offset, header, nextLsn, isInOrder, isClean });
      const decision = decide(found);
      const end = decision === 'accept' ? 'corrupt' : decision;
      return { decision: end, offset, position: { nextLsn, prevHeaderCrc }, lost: header };
    }
    accept({ offset, header });
    isClean = header.type === RECORD_TYPES.mark && (header.flags & CLEAN_FLAG) !== 0;
    nextLsn += 1;
    prevHeaderCrc = header.headerCrc;
    offset += align8(header.sizeBytes);
  }
}

interface Examination {
  readonly bytes: Uint8Array;
  readonly seed: number;
  readonly segment: RecoveryCase['segment'];
  readonly offset: number;
  readonly header: StoredRecordHeader | undefined;
  readonly nextLsn: number;
  readonly isInOrder: boolean;
  readonly isClean: boolean;
}

/** The row's columns, for the place where the log does not go on. */
function examine(place: Examination): RecoveryCase {
  const { bytes, offset, header } = place;
  const headerEnd = Math.min(offset + RECORD_HEADER_BYTES, bytes.length);
  const isBlank = isZero(bytes, offset, headerEnd);
  const isBodyOk = header !== undefined && isBodyIntact(bytes, offset, header);
  return {
    segment: place.segment,
    header: header !== undefined ? 'ok' : isBlank ? 'zero' : 'bad',
    body: header === undefined ? 'none' : isBodyOk ? 'ok' : 'bad',
    order: isBodyOk ? (place.isInOrder ? 'ok' : 'broken') : 'none',
    laterProof: hasLaterProof(place) ? 'yes' : 'no',
    cleanMark: place.isClean ? 'yes' : 'no',
    rest: isZero(bytes, offset, bytes.length) ? 'zero' : 'nonZero',
  };
}

/**
 * D21: a good header anywhere behind, with a larger lsn and this lsn among those known synced.
 * Its length, and the lengths before it, are not trusted: every eighth byte is looked at.
 */
function hasLaterProof({ bytes, seed, offset, nextLsn }: Examination): boolean {
  for (let at = offset + 8; at + RECORD_HEADER_BYTES <= bytes.length; at += 8) {
    const later = readRecordHeader(bytes, at, seed);
    if (later !== undefined && later.lsn > nextLsn && later.syncedLsn >= nextLsn) return true;
  }
  return false;
}

/** The last byte that is not zero, plus one: what a torn tail left behind. */
export function writtenEnd(bytes: Uint8Array, from: number): number {
  let end = bytes.length;
  while (end > from && bytes[end - 1] === 0) end -= 1;
  return end;
}
