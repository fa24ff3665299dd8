/**
 * The IDENTITY file: whose data this directory holds. Written once, never changed.
 *
 * Every segment repeats it (D2), so that a swapped or mixed directory is refused. It must never be
 * guessed: a directory without one is not opened (D3).
 */

import { OmnikvError } from '../errors.js';
import { MAX_PID } from '../limits.js';
import { crc32 } from '../wire/checksum.js';
import { hex, isZero, readU16, readU32, writeU16, writeU32 } from './little-endian.js';
import type { StorageIdentity } from './persistent-storage-config.js';
import { corruptData, identityMismatch, unsupportedFormat } from './storage-errors.js';

export interface DirectoryIdentity extends StorageIdentity {
  /** Drawn when the directory was made: 32 hexadecimal digits. */
  readonly dirId: string;
}

export const IDENTITY_BYTES = 128;
export const FORMAT_VERSION = 1;
const MAGIC = Uint8Array.from('OMNIKVID', (letter) => letter.charCodeAt(0));

/** 32 lowercase hexadecimal digits; a UUID's dashes are dropped. Throws OMNIKV_INVALID_CONFIG. */
export function normalizeClusterId(text: string): string {
  const digits = text.replaceAll('-', '').toLowerCase();
  if (/^[0-9a-f]{32}$/.test(digits)) return digits;
  throw new OmnikvError(
    'OMNIKV_INVALID_CONFIG',
    `the cluster id "${text}" is not 32 hexadecimal digits`,
  );
}

export function checkPid(pid: number): void {
  if (Number.isInteger(pid) && pid >= 1 && pid <= MAX_PID) return;
  throw new OmnikvError('OMNIKV_INVALID_CONFIG', `pid ${pid} is not from 1 to ${MAX_PID}`);
}

export function bytesOfHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** 64 bits of the dirId: its halves, folded. It is random already. */
export function dirIdHash(identity: DirectoryIdentity): Uint8Array {
  const dirId = bytesOfHex(identity.dirId);
  return dirId.slice(0, 8).map((byte, i) => byte ^ dirId[8 + i]!);
}

/** D8: the seed of every header CRC, so that no other directory's record parses here. */
export function recordSeed(identity: DirectoryIdentity): number {
  return crc32(dirIdHash(identity));
}

/*
 *  0 magic 8 | 8 version u16 | 10 size u16 | 12 flags u32 | 16 clusterId 16 | 32 nodeId u32
 * 36 zero u32 | 40 dirId 16 | 56 zero 68 | 124 crc u32 (of the 124 bytes before it)
 */
export function encodeIdentity(identity: DirectoryIdentity): Uint8Array {
  const bytes = new Uint8Array(IDENTITY_BYTES);
  bytes.set(MAGIC, 0);
  writeU16(bytes, 8, FORMAT_VERSION);
  writeU16(bytes, 10, IDENTITY_BYTES);
  bytes.set(bytesOfHex(identity.clusterId), 16);
  writeU32(bytes, 32, identity.pid);
  bytes.set(bytesOfHex(identity.dirId), 40);
  writeU32(bytes, 124, crc32(bytes.subarray(0, 124)));
  return bytes;
}

/** Throws OMNIKV_CORRUPT_DATA or OMNIKV_UNSUPPORTED_FORMAT. */
export function decodeIdentity(bytes: Uint8Array, file: string): DirectoryIdentity {
  if (bytes.length !== IDENTITY_BYTES) {
    throw corruptData(file, 0, `${bytes.length} bytes instead of ${IDENTITY_BYTES}`);
  }
  if (readU32(bytes, 124) !== crc32(bytes.subarray(0, 124))) {
    throw corruptData(file, 124, 'the checksum does not match');
  }
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw corruptData(file, 0, 'not an IDENTITY');
  const version = readU16(bytes, 8);
  const flags = readU32(bytes, 12);
  if (version !== FORMAT_VERSION || readU16(bytes, 10) !== IDENTITY_BYTES || flags !== 0) {
    throw unsupportedFormat(file, `format version ${version}, flags ${flags}`);
  }
  if (!isZero(bytes, 36, 40) || !isZero(bytes, 56, 124)) {
    throw corruptData(file, 36, 'reserved bytes are not zero');
  }
  return {
    clusterId: hex(bytes.subarray(16, 32)),
    pid: readU32(bytes, 32),
    dirId: hex(bytes.subarray(40, 56)),
  };
}

/** D2. Throws OMNIKV_IDENTITY_MISMATCH. */
export function checkIdentity(
  found: DirectoryIdentity,
  expected: StorageIdentity,
  file: string,
): void {
  const clusterId = normalizeClusterId(expected.clusterId);
  if (found.clusterId !== clusterId) {
    throw identityMismatch(
      file,
      `the data belongs to cluster ${found.clusterId}, this is cluster ${clusterId}`,
    );
  }
  if (found.pid !== expected.pid) {
    throw identityMismatch(
      file,
      `the data belongs to node ${found.pid}, this is node ${expected.pid}`,
    );
  }
}
