/**
 * The 48 bytes before every record of a segment, and the record around its body.
 *
 * Two checksums (D8): the header's is seeded with the directory and can be verified alone, so a
 * damaged body still says which entries it held. It stores the header CRC of the record before,
 * which chains the log. Zero is never a valid header (D11): zeroed space ends the log.
 */

import { MAX_RECORD_BYTES } from '../limits.js';
import { crc32, crc32OfRange } from '../wire/checksum.js';
import { align8, isZero, readU16, readU32, readU64, writeU32, writeU64 } from './little-endian.js';

export const RECORD_HEADER_BYTES = 48;

export const RECORD_TYPES = { state: 1, batch: 2, mark: 3 } as const;
export type RecordType = keyof typeof RECORD_TYPES;

/** D20: a Mark with this flag ended a clean shutdown; nothing was written after it. */
export const CLEAN_FLAG = 1;

export interface RecordHeader {
  /** Header and body, without the padding to a multiple of 8. */
  readonly sizeBytes: number;
  /** One of RECORD_TYPES, or a type of a later version. */
  readonly type: number;
  readonly flags: number;
  /** D9: one more than the record before. */
  readonly lsn: number;
  /** D10: the highest lsn known to be synced when this record was built. */
  readonly syncedLsn: number;
  /** The lowest index the record touches; firstIndex + count is the log's length after it. */
  readonly firstIndex: number;
  readonly count: number;
  readonly bodyCrc: number;
  readonly prevHeaderCrc: number;
}

export interface StoredRecordHeader extends RecordHeader {
  readonly headerCrc: number;
}

/*
 *  0 length u32 | 4 type u8 | 5 flags u8 | 6 zero u16 | 8 lsn u64 | 16 syncedLsn u64
 * 24 firstIndex u64 | 32 count u32 | 36 bodyCrc u32 | 40 prevHeaderCrc u32 | 44 headerCrc u32
 */
export function writeRecordHeader(
  bytes: Uint8Array,
  offset: number,
  header: RecordHeader,
  seed: number,
): number {
  writeU32(bytes, offset, header.sizeBytes);
  bytes[offset + 4] = header.type;
  bytes[offset + 5] = header.flags;
  writeU64(bytes, offset + 8, header.lsn);
  writeU64(bytes, offset + 16, header.syncedLsn);
  writeU64(bytes, offset + 24, header.firstIndex);
  writeU32(bytes, offset + 32, header.count);
  writeU32(bytes, offset + 36, header.bodyCrc);
  writeU32(bytes, offset + 40, header.prevHeaderCrc);
  const headerCrc = crc32OfRange(bytes, offset, offset + 44, seed);
  writeU32(bytes, offset + 44, headerCrc);
  return headerCrc;
}

/** Undefined where the 48 bytes are no header of this directory. Reads inside `bytes` only. */
export function readRecordHeader(
  bytes: Uint8Array,
  offset: number,
  seed: number,
): StoredRecordHeader | undefined {
  if (offset + RECORD_HEADER_BYTES > bytes.length) return undefined;
  const sizeBytes = readU32(bytes, offset);
  const type = bytes[offset + 4]!;
  // D11: cheap tests first; the scan of D21 comes here at every eighth byte.
  if (sizeBytes < RECORD_HEADER_BYTES || sizeBytes > MAX_RECORD_BYTES || type === 0) {
    return undefined;
  }
  if (readU16(bytes, offset + 6) !== 0) return undefined;
  const headerCrc = readU32(bytes, offset + 44);
  if (crc32OfRange(bytes, offset, offset + 44, seed) !== headerCrc) return undefined;
  const header = {
    sizeBytes,
    type,
    flags: bytes[offset + 5]!,
    lsn: readU64(bytes, offset + 8),
    syncedLsn: readU64(bytes, offset + 16),
    firstIndex: readU64(bytes, offset + 24),
    count: readU32(bytes, offset + 32),
    bodyCrc: readU32(bytes, offset + 36),
    prevHeaderCrc: readU32(bytes, offset + 40),
    headerCrc,
  };
  const isSafe =
    Number.isSafeInteger(header.lsn) &&
    Number.isSafeInteger(header.syncedLsn) &&
    Number.isSafeInteger(header.firstIndex);
  return isSafe ? header : undefined;
}

/** Whether the body of the record at `offset` is all there, unchanged and zero-padded. */
export function isBodyIntact(
  bytes: Uint8Array,
  offset: number,
  header: StoredRecordHeader,
): boolean {
  const bodyEnd = offset + header.sizeBytes;
  const recordEnd = offset + align8(header.sizeBytes);
  // D11: against what is left, before anything is read.
  if (recordEnd > bytes.length) return false;
  return (
    bodyChecksum(bytes, offset + RECORD_HEADER_BYTES, bodyEnd) === header.bodyCrc &&
    isZero(bytes, bodyEnd, recordEnd)
  );
}

export function bodyChecksum(bytes: Uint8Array, from: number, to: number): number {
  return to - from < 64 ? crc32OfRange(bytes, from, to) : crc32(bytes.subarray(from, to));
}

/** Where a record went. `bytes`: header, body and padding; a view of the write. */
export interface PlacedRecord {
  readonly seq: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly lsn: number;
  readonly bytes: Uint8Array;
}

/**
 * A record that is still to be numbered and placed. All are made with all properties in this order: to
 * the engine they are of one shape then, and what writes them is not compiled again for each segment.
 */
export interface RecordDraft {
  readonly type: RecordType;
  readonly flags: number;
  readonly firstIndex: number;
  readonly count: number;
  readonly bodyBytes: number;
  readonly writeBody: (bytes: Uint8Array, offset: number) => void;
  /** The writer of the log calls it before it writes anything. */
  readonly placed: (record: PlacedRecord) => void;
}

const NOTHING = (): void => undefined;

/** What a disk loses or garbles as a whole. */
const SECTOR_BYTES = 512;

const LARGEST_PROOF_BYTES = SECTOR_BYTES + 2 * RECORD_HEADER_BYTES;

/** Kept free at the end of every segment: for the proof when idle, and a clean shutdown's Mark. */
export const MARK_RESERVE_BYTES = LARGEST_PROOF_BYTES + RECORD_HEADER_BYTES;

export function markDraft(firstIndex: number, { flags = 0, bodyBytes = 0 } = {}): RecordDraft {
  return {
    type: 'mark',
    flags,
    firstIndex,
    count: 0,
    bodyBytes,
    writeBody: NOTHING,
    placed: NOTHING,
  };
}

/**
 * D10: `mark`, which proves the records before `offset`, in no sector of theirs: one that shared
 * it would be lost with them, and what is left would look like a torn end (D24). A Mark with a
 * body of zeroes fills the gap.
 */
export function proofDrafts(offset: number, mark: RecordDraft): readonly RecordDraft[] {
  let gapBytes = (SECTOR_BYTES - (offset % SECTOR_BYTES)) % SECTOR_BYTES;
  if (gapBytes === 0) return [mark];
  if (gapBytes < RECORD_HEADER_BYTES) gapBytes += SECTOR_BYTES;
  const bodyBytes = gapBytes - RECORD_HEADER_BYTES;
  return [markDraft(mark.firstIndex, { flags: mark.flags, bodyBytes }), mark];
}

/** Bytes that the record takes in a segment. */
export function recordBytes(draft: RecordDraft): number {
  return align8(RECORD_HEADER_BYTES + draft.bodyBytes);
}

/** Where the log stands: what the next record must say of itself. */
export interface LogHead {
  readonly nextLsn: number;
  readonly prevHeaderCrc: number;
  readonly syncedLsn: number;
}

/** Encodes the draft at `offset` of zeroed `bytes`; gives the head for the record after it. */
export function writeRecord(
  bytes: Uint8Array,
  offset: number,
  draft: RecordDraft,
  { head, seed }: { readonly head: LogHead; readonly seed: number },
): LogHead {
  const bodyOffset = offset + RECORD_HEADER_BYTES;
  const sizeBytes = RECORD_HEADER_BYTES + draft.bodyBytes;
  draft.writeBody(bytes, bodyOffset);
  const header: RecordHeader = {
    sizeBytes,
    type: RECORD_TYPES[draft.type],
    flags: draft.flags,
    lsn: head.nextLsn,
    syncedLsn: head.syncedLsn,
    firstIndex: draft.firstIndex,
    count: draft.count,
    bodyCrc: bodyChecksum(bytes, bodyOffset, offset + sizeBytes),
    prevHeaderCrc: head.prevHeaderCrc,
  };
  const prevHeaderCrc = writeRecordHeader(bytes, offset, header, seed);
  return { nextLsn: head.nextLsn + 1, prevHeaderCrc, syncedLsn: head.syncedLsn };
}
