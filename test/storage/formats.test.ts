/**
 * The edges of the formats: what is cut short, too large, of a later version or not quite zero.
 */

import { describe, expect, it } from 'vitest';

import { MAX_PID } from '../../src/core/limits.js';
import {
  batchBodyBytes,
  isOperationWritable,
  readBatchBody,
  readStateBody,
  stateDraft,
  writeBatchBody,
  type EncodedOperation,
} from '../../src/core/storage/batch-codec.js';
import { writeU16, writeU32, writeU64 } from '../../src/core/storage/little-endian.js';
import {
  isBodyIntact,
  markDraft,
  MARK_RESERVE_BYTES,
  proofDrafts,
  readRecordHeader,
  RECORD_HEADER_BYTES,
  recordBytes,
  writeRecord,
  writeRecordHeader,
} from '../../src/core/storage/record.js';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  parseSegmentFileName,
  segmentFileName,
} from '../../src/core/storage/segment-header.js';
import { crc32 } from '../../src/core/wire/checksum.js';

const BALLOT = { configurationId: 1, n: 2, priority: 3, pid: 4 };
const HEAD = { nextLsn: 1, prevHeaderCrc: 0, syncedLsn: 0 };
const TOO_LARGE = 2 ** 53;

describe('an operation fits the disk exactly, or is not written (R5)', () => {
  it('an index is a safe integer', () => {
    expect(isOperationWritable({ kind: 'setDecidedIdx', idx: TOO_LARGE - 1 })).toBe(true);
    expect(isOperationWritable({ kind: 'setDecidedIdx', idx: TOO_LARGE })).toBe(false);
    expect(isOperationWritable({ kind: 'setDecidedIdx', idx: 0.5 })).toBe(false);
  });

  it('every number of a ballot is an unsigned safe integer, and the pid has 32 bits', () => {
    const isWritable = (change: Partial<typeof BALLOT>): boolean =>
      isOperationWritable({ kind: 'setPromise', ballot: { ...BALLOT, ...change } });
    expect(isWritable({ configurationId: 0, n: 0, priority: 0, pid: 0 })).toBe(true);
    expect(isWritable({ pid: MAX_PID })).toBe(true);
    expect(isWritable({ pid: MAX_PID + 1 })).toBe(false);
    for (const field of ['configurationId', 'n', 'priority', 'pid'] as const) {
      for (const wrong of [-1, 0.5, TOO_LARGE]) expect(isWritable({ [field]: wrong })).toBe(false);
    }
  });
});

describe('the body of a batch', () => {
  function encode(operation: EncodedOperation): Uint8Array {
    const bytes = new Uint8Array(RECORD_HEADER_BYTES + batchBodyBytes([operation]));
    writeBatchBody(bytes, RECORD_HEADER_BYTES, [operation], () => undefined);
    return bytes;
  }
  const append = encode({
    kind: 'appendOnPrefix',
    fromIdx: 5,
    encoded: [Uint8Array.of(1, 2), Uint8Array.of(3)],
  });
  const promise = encode({ kind: 'setPromise', ballot: BALLOT });
  const decided = encode({ kind: 'setDecidedIdx', idx: 7 });
  const OPERATION = RECORD_HEADER_BYTES + 4;

  it('is malformed wherever it is cut, and with a byte too many', () => {
    for (const bytes of [append, promise, decided]) {
      const long = new Uint8Array(bytes.length + 64);
      long.set(bytes);
      expect(readBatchBody(long, 0, bytes.length)).toHaveLength(1);
      for (let size = RECORD_HEADER_BYTES; size <= bytes.length + 64; size++) {
        if (size === bytes.length) continue;
        // Nothing but the length says where it ends.
        const found = readBatchBody(long, 0, size);
        if (size === RECORD_HEADER_BYTES + 4) expect(found).toMatchObject({ kind: 'malformed' });
        expect(found, `${size} bytes`).toHaveProperty('what');
      }
    }
  });

  it('D4: flags of an operation are of a later version', () => {
    for (const at of [1, 2, 3]) {
      const bytes = decided.slice();
      bytes[OPERATION + at] = 1;
      expect(readBatchBody(bytes, 0, bytes.length)).toMatchObject({ kind: 'unsupported' });
    }
  });

  it('holds no number that JavaScript cannot count, and no ballot with more in it', () => {
    const unsafe = (source: Uint8Array, at: number): unknown => {
      const bytes = source.slice();
      writeU32(bytes, OPERATION + at + 4, 2 ** 21);
      return readBatchBody(bytes, 0, bytes.length);
    };
    expect(unsafe(decided, 4)).toMatchObject({ kind: 'malformed' });
    expect(unsafe(append, 8)).toMatchObject({ kind: 'malformed' });
    for (const at of [4, 12, 20]) {
      expect(unsafe(promise, at)).toMatchObject({ kind: 'malformed' });
    }
    const bytes = promise.slice();
    bytes[OPERATION + 4 + 28] = 1;
    expect(readBatchBody(bytes, 0, bytes.length)).toMatchObject({ kind: 'malformed' });
  });
});

describe('the body of a State', () => {
  const state = {
    promise: { ...BALLOT, n: 9 },
    acceptedRound: { ...BALLOT, n: 8 },
    decidedRound: { ...BALLOT, n: 7 },
    decidedIdx: 10,
    acceptedIdx: 11,
    compactedIdx: 1,
  };
  const draft = stateDraft(state);
  const encoded = (): Uint8Array => {
    const bytes = new Uint8Array(recordBytes(draft));
    writeRecord(bytes, 0, draft, { head: HEAD, seed: 0 });
    return bytes;
  };

  it('comes back, and has exactly one length', () => {
    const bytes = encoded();
    expect(readStateBody(bytes, 0, bytes.length)).toEqual(state);
    for (const size of [48, bytes.length - 1, bytes.length + 1]) {
      expect(readStateBody(bytes, 0, size)).toMatchObject({ kind: 'malformed' });
    }
  });

  it('has no number that JavaScript cannot count; a snapshot is of a later version', () => {
    for (const at of [0, 32, 64, 96, 104, 112]) {
      const bytes = encoded();
      writeU32(bytes, RECORD_HEADER_BYTES + at + 4, 2 ** 21);
      expect(readStateBody(bytes, 0, bytes.length)).toMatchObject({ kind: 'malformed' });
    }
    const bytes = encoded();
    bytes[RECORD_HEADER_BYTES + 120] = 1;
    expect(readStateBody(bytes, 0, bytes.length)).toMatchObject({ kind: 'unsupported' });
  });
});

describe('a record', () => {
  const header = {
    ...{ sizeBytes: 48, type: 2, flags: 0, lsn: 5, syncedLsn: 4, firstIndex: 3 },
    ...{ count: 0, bodyCrc: 0, prevHeaderCrc: 0 },
  };

  it('has a header only where all of it is there, is long enough, typed and counts exactly', () => {
    const bytes = new Uint8Array(64);
    writeRecordHeader(bytes, 16, header, 1);
    expect(readRecordHeader(bytes, 16, 1)).toMatchObject(header);
    expect(readRecordHeader(bytes.subarray(0, 63), 16, 1)).toBeUndefined();
    const wrong = [
      ...[{ sizeBytes: 47 }, { type: 0 }],
      ...[{ lsn: TOO_LARGE }, { syncedLsn: TOO_LARGE }, { firstIndex: TOO_LARGE }],
    ];
    for (const change of wrong) {
      writeRecordHeader(bytes, 16, { ...header, ...change }, 1);
      expect(readRecordHeader(bytes, 16, 1), JSON.stringify(change)).toBeUndefined();
    }
  });

  it('is intact only with its padding zero and inside the segment', () => {
    const bytes = new Uint8Array(64);
    const draft = { ...markDraft(0), bodyBytes: 9 };
    writeRecord(bytes, 0, draft, { head: HEAD, seed: 1 });
    const found = readRecordHeader(bytes, 0, 1)!;
    expect(isBodyIntact(bytes, 0, found)).toBe(true);
    expect(isBodyIntact(bytes.subarray(0, 63), 0, found)).toBe(false);
    for (const at of [57, 63]) {
      const dirty = bytes.slice();
      dirty[at] = 1;
      expect(isBodyIntact(dirty, 0, found), `byte ${at}`).toBe(false);
    }
  });

  it('D10: the Marks of a proof end in the next sector that can hold one, within their room', () => {
    for (let offset = 80; offset < 80 + 1_024; offset += 8) {
      const drafts = proofDrafts(offset, markDraft(3));
      const sizes = drafts.map(recordBytes);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      expect((offset + total - 48) % 512, `offset ${offset}`).toBe(0);
      expect(total).toBeLessThanOrEqual(MARK_RESERVE_BYTES - 48);
      expect(drafts).toHaveLength(offset % 512 === 0 ? 1 : 2);
      for (const draft of drafts) {
        expect(draft).toMatchObject({ type: 'mark', firstIndex: 3, count: 0, flags: 0 });
        expect(draft.bodyBytes).toBeGreaterThanOrEqual(0);
      }
    }
  });
});

describe('a segment', () => {
  const identity = { clusterId: '0'.repeat(32), pid: 3, dirId: 'f'.repeat(32) };
  const encoded = encodeSegmentHeader({ seq: 7, chain: 1, firstLsn: 2, firstIndex: 3 }, identity);
  const decode = (change: (bytes: Uint8Array) => void): (() => unknown) => {
    const bytes = encoded.slice();
    change(bytes);
    writeU32(bytes, 76, crc32(bytes.subarray(0, 76)));
    return () => decodeSegmentHeader(bytes, identity, 'segment');
  };
  const coded = (code: string): unknown => expect.objectContaining({ code });

  it('has a header of 80 bytes: what is shorter is corrupt', () => {
    expect(() => decodeSegmentHeader(encoded.subarray(0, 79), identity, 'segment')).toThrow(
      coded('OMNIKV_CORRUPT_DATA'),
    );
    expect(() => decodeSegmentHeader(new Uint8Array(0), identity, 'segment')).toThrow(
      coded('OMNIKV_CORRUPT_DATA'),
    );
  });

  it('D4: another header length and any flag are of a later version', () => {
    expect(decode((bytes) => writeU16(bytes, 10, 88))).toThrow(coded('OMNIKV_UNSUPPORTED_FORMAT'));
    expect(decode((bytes) => writeU32(bytes, 12, 1))).toThrow(coded('OMNIKV_UNSUPPORTED_FORMAT'));
  });

  it('is corrupt with another magic, with bytes where none belong, with impossible numbers', () => {
    for (const at of [0, 7, 72, 75]) {
      const flip = (bytes: Uint8Array): void => {
        bytes[at] = bytes[at]! ^ 1;
      };
      expect(decode(flip), `byte ${at}`).toThrow(coded('OMNIKV_CORRUPT_DATA'));
    }
    for (const at of [48, 56, 64]) {
      const change = (bytes: Uint8Array): void => writeU64(bytes, at, TOO_LARGE);
      expect(decode(change), `number at ${at}`).toThrow(coded('OMNIKV_CORRUPT_DATA'));
    }
  });

  it('has a name and nothing around it', () => {
    const name = segmentFileName(2, 5);
    expect(parseSegmentFileName(name)).toEqual({ file: name, seq: 2, firstIndex: 5 });
    for (const file of [`x${name}`, `${name}.tmp`, name.replace('.seg', '_seg')]) {
      expect(parseSegmentFileName(file)).toBeUndefined();
    }
    const unsafe = 'ffffffffffffffff';
    expect(parseSegmentFileName(`${unsafe}-0000000000000000.seg`)).toBeUndefined();
    expect(parseSegmentFileName(`0000000000000001-${unsafe}.seg`)).toBeUndefined();
  });
});
