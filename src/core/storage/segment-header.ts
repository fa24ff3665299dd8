/**
 * The first 80 bytes of a segment file, and its name. Written and synced before the first record.
 *
 * Its checksum is not seeded, so that a segment of another directory is recognised as one (D2)
 * and not taken for damage. Reserved bytes are zero; what is unknown is refused (D4).
 */

import { crc32 } from '../wire/checksum.js';
import { dirIdHash, FORMAT_VERSION, bytesOfHex, type DirectoryIdentity } from './identity.js';
import {
  hex,
  isZero,
  readU16,
  readU32,
  readU64,
  writeU16,
  writeU32,
  writeU64,
} from './little-endian.js';
import { corruptData, identityMismatch, unsupportedFormat } from './storage-errors.js';

export const SEGMENT_HEADER_BYTES = 80;
const MAGIC = Uint8Array.from('OMNIKVSG', (letter) => letter.charCodeAt(0));

export interface SegmentHeader {
  /** D6: 1, 2, 3 … without gaps. */
  readonly seq: number;
  /** D6: header CRC of the last record of the segment before; 0 in the first. */
  readonly chain: number;
  readonly firstLsn: number;
  /** The length of the log when the segment was opened. */
  readonly firstIndex: number;
}

/** The file that is being zero-filled to become the next segment (D16). */
export const NEXT_SEGMENT_FILE = 'next.tmp';

export function segmentFileName(seq: number, firstIndex: number): string {
  return `${hex16(seq)}-${hex16(firstIndex)}.seg`;
}

function hex16(value: number): string {
  return value.toString(16).padStart(16, '0');
}

export interface SegmentName {
  readonly file: string;
  readonly seq: number;
  readonly firstIndex: number;
}

/** Undefined for a file that is no segment. */
export function parseSegmentFileName(file: string): SegmentName | undefined {
  const match = /^([0-9a-f]{16})-([0-9a-f]{16})\.seg$/.exec(file);
  if (match === null) return undefined;
  const [seq, firstIndex] = [match[1], match[2]].map((digits) => Number.parseInt(`0x${digits}`));
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(firstIndex)) return undefined;
  return { file, seq: seq!, firstIndex: firstIndex! };
}

/*
 *  0 magic 8 | 8 version u16 | 10 headerSize u16 | 12 flags u32 | 16 clusterId 16
 * 32 dirIdHash u64 | 40 nodeId u32 | 44 chain u32 | 48 segmentSeq u64 | 56 firstLsn u64
 * 64 firstIndex u64 | 72 zero u32 | 76 crc u32 (of the 76 bytes before it)
 */
export function encodeSegmentHeader(
  header: SegmentHeader,
  identity: DirectoryIdentity,
): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  bytes.set(MAGIC, 0);
  writeU16(bytes, 8, FORMAT_VERSION);
  writeU16(bytes, 10, SEGMENT_HEADER_BYTES);
  bytes.set(bytesOfHex(identity.clusterId), 16);
  bytes.set(dirIdHash(identity), 32);
  writeU32(bytes, 40, identity.pid);
  writeU32(bytes, 44, header.chain);
  writeU64(bytes, 48, header.seq);
  writeU64(bytes, 56, header.firstLsn);
  writeU64(bytes, 64, header.firstIndex);
  writeU32(bytes, 76, crc32(bytes.subarray(0, 76)));
  return bytes;
}

/** Throws OMNIKV_CORRUPT_DATA, OMNIKV_UNSUPPORTED_FORMAT or OMNIKV_IDENTITY_MISMATCH. */
export function decodeSegmentHeader(
  bytes: Uint8Array,
  identity: DirectoryIdentity,
  file: string,
): SegmentHeader {
  if (bytes.length < SEGMENT_HEADER_BYTES) {
    throw corruptData(file, 0, `${bytes.length} bytes are too few for a segment header`);
  }
  if (readU32(bytes, 76) !== crc32(bytes.subarray(0, 76))) {
    throw corruptData(file, 76, 'the checksum of the segment header does not match');
  }
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw corruptData(file, 0, 'not a segment');
  const version = readU16(bytes, 8);
  const flags = readU32(bytes, 12);
  if (version !== FORMAT_VERSION || readU16(bytes, 10) !== SEGMENT_HEADER_BYTES || flags !== 0) {
    throw unsupportedFormat(file, `format version ${version}, flags ${flags}`);
  }
  checkOwner(bytes, identity, file);
  const header = {
    chain: readU32(bytes, 44),
    seq: readU64(bytes, 48),
    firstLsn: readU64(bytes, 56),
    firstIndex: readU64(bytes, 64),
  };
  const isSafe = Object.values(header).every(Number.isSafeInteger);
  if (!isSafe || !isZero(bytes, 72, 76)) throw corruptData(file, 44, 'impossible header fields');
  return header;
}

/** D2: cluster, node and directory must all match. */
function checkOwner(bytes: Uint8Array, identity: DirectoryIdentity, file: string): void {
  const clusterId = hex(bytes.subarray(16, 32));
  const pid = readU32(bytes, 40);
  if (clusterId !== identity.clusterId || pid !== identity.pid) {
    throw identityMismatch(
      file,
      `the segment belongs to node ${pid} of cluster ${clusterId}, the directory to node ${identity.pid} of cluster ${identity.clusterId}`,
    );
  }
  if (hex(bytes.subarray(32, 40)) !== hex(dirIdHash(identity))) {
    throw identityMismatch(file, 'the segment was written in another data directory');
  }
}
