/**
 * Bytes on the disk: layouts, checksums, round trips, and refusal of all that is not ours.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MAX_RECORD_BYTES } from '../../src/core/limits.js';
import {
  batchBodyBytes,
  entryAt,
  readBatchBody,
  skipEntries,
  writeBatchBody,
  type EncodedOperation,
} from '../../src/core/storage/batch-codec.js';
import { bytesCodec, jsonCodec } from '../../src/core/storage/entry-codec.js';
import {
  decodeIdentity,
  encodeIdentity,
  normalizeClusterId,
  recordSeed,
} from '../../src/core/storage/identity.js';
import { readU64, writeU16, writeU32, writeU64 } from '../../src/core/storage/little-endian.js';
import {
  readRecordHeader,
  RECORD_HEADER_BYTES,
  writeRecordHeader,
} from '../../src/core/storage/record.js';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  parseSegmentFileName,
  segmentFileName,
} from '../../src/core/storage/segment-header.js';
import { crc32 } from '../../src/core/wire/checksum.js';

const IDENTITY = {
  clusterId: '00112233445566778899aabbccddeeff',
  pid: 3,
  dirId: 'ffeeddccbbaa99887766554433221100',
};
const uint = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const ballot = fc.record({
  configurationId: uint,
  n: uint,
  priority: uint,
  pid: fc.nat({ max: 2 ** 32 - 1 }),
});

describe('numbers', () => {
  it('u64 holds every index that JavaScript counts exactly', () => {
    fc.assert(
      fc.property(uint, (value) => {
        const bytes = new Uint8Array(8);
        writeU64(bytes, 0, value);
        expect(readU64(bytes, 0)).toBe(value);
        expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(value));
      }),
    );
  });
});

describe('IDENTITY', () => {
  it('is 128 bytes and comes back', () => {
    const bytes = encodeIdentity(IDENTITY);
    expect(bytes).toHaveLength(128);
    expect(decodeIdentity(bytes, 'IDENTITY')).toEqual(IDENTITY);
  });

  it('any flipped byte is corrupt, never another identity', () => {
    for (let i = 0; i < 128; i++) {
      const bytes = encodeIdentity(IDENTITY);
      bytes[i] = (bytes[i] ?? 0) ^ 0x10;
      expect(() => decodeIdentity(bytes, 'IDENTITY')).toThrow(
        expect.objectContaining({ code: 'OMNIKV_CORRUPT_DATA' }),
      );
    }
  });

  it('D4: an unknown version is refused by name', () => {
    const bytes = encodeIdentity(IDENTITY);
    writeU16(bytes, 8, 2);
    writeU32(bytes, 124, crc32(bytes.subarray(0, 124)));
    expect(() => decodeIdentity(bytes, 'IDENTITY')).toThrow(/version 2/);
  });

  it.each([
    ['another size', 10, 'OMNIKV_UNSUPPORTED_FORMAT'],
    ['a flag', 12, 'OMNIKV_UNSUPPORTED_FORMAT'],
    ['other first letters', 0, 'OMNIKV_CORRUPT_DATA'],
    ['another eighth letter', 7, 'OMNIKV_CORRUPT_DATA'],
    ['a byte behind the pid', 36, 'OMNIKV_CORRUPT_DATA'],
    ['a byte behind the directory', 56, 'OMNIKV_CORRUPT_DATA'],
    ['a last reserved byte', 123, 'OMNIKV_CORRUPT_DATA'],
  ])('D4: %s is refused though the checksum holds', (_, at, code) => {
    const bytes = encodeIdentity(IDENTITY);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeU32(bytes, 124, crc32(bytes.subarray(0, 124)));
    expect(() => decodeIdentity(bytes, 'IDENTITY')).toThrow(expect.objectContaining({ code }));
  });

  it.each([0, 127, 129])('%i bytes are not an IDENTITY', (count) => {
    const bytes = new Uint8Array(count);
    bytes.set(encodeIdentity(IDENTITY).subarray(0, count));
    expect(() => decodeIdentity(bytes, 'IDENTITY')).toThrow(
      expect.objectContaining({ code: 'OMNIKV_CORRUPT_DATA' }),
    );
  });

  it('takes a cluster id with dashes, and no other text', () => {
    expect(normalizeClusterId('00112233-4455-6677-8899-AABBCCDDEEFF')).toBe(IDENTITY.clusterId);
    for (const wrong of ['cluster', `${IDENTITY.clusterId}0`, `0${IDENTITY.clusterId}`, '']) {
      expect(() => normalizeClusterId(wrong)).toThrow(
        expect.objectContaining({ code: 'OMNIKV_INVALID_CONFIG' }),
      );
    }
  });
});

describe('the segment header', () => {
  const header = { seq: 7, chain: 0xdeadbeef, firstLsn: 1234, firstIndex: 99 };

  it('is 80 bytes and comes back', () => {
    const bytes = encodeSegmentHeader(header, IDENTITY);
    expect(bytes).toHaveLength(80);
    expect(decodeSegmentHeader(bytes, IDENTITY, 'segment')).toEqual(header);
  });

  it('any flipped byte is refused', () => {
    for (let i = 0; i < 80; i++) {
      const bytes = encodeSegmentHeader(header, IDENTITY);
      bytes[i] = (bytes[i] ?? 0) ^ 0x01;
      expect(() => decodeSegmentHeader(bytes, IDENTITY, 'segment')).toThrow();
    }
  });

  it('D2: a segment of another cluster, node or directory is a mismatch, not damage', () => {
    const bytes = encodeSegmentHeader(header, IDENTITY);
    const others = [
      { ...IDENTITY, clusterId: IDENTITY.dirId },
      { ...IDENTITY, pid: 4 },
      { ...IDENTITY, dirId: 'ff'.repeat(15) + '00' },
    ];
    for (const other of others) {
      expect(() => decodeSegmentHeader(bytes, other, 'segment')).toThrow(
        expect.objectContaining({ code: 'OMNIKV_IDENTITY_MISMATCH' }),
      );
    }
  });

  it('the file name says sequence and first index', () => {
    expect(segmentFileName(1, 0)).toBe('0000000000000001-0000000000000000.seg');
    const name = segmentFileName(0x1f, 0xabc);
    expect(parseSegmentFileName(name)).toEqual({ file: name, seq: 0x1f, firstIndex: 0xabc });
    expect(parseSegmentFileName('next.tmp')).toBeUndefined();
    expect(parseSegmentFileName('ffffffffffffffff-0000000000000000.seg')).toBeUndefined();
  });
});

describe('the record header', () => {
  const header = {
    sizeBytes: 60,
    type: 2,
    flags: 0,
    lsn: 5,
    syncedLsn: 4,
    firstIndex: 2 ** 40,
    count: 3,
    bodyCrc: 1,
    prevHeaderCrc: 2,
  };
  const seed = recordSeed(IDENTITY);
  const encoded = (): Uint8Array => {
    const bytes = new Uint8Array(RECORD_HEADER_BYTES);
    writeRecordHeader(bytes, 0, header, seed);
    return bytes;
  };

  it('is 48 bytes and comes back', () => {
    expect(readRecordHeader(encoded(), 0, seed)).toMatchObject(header);
  });

  it('any flipped bit, and the seed of another directory, is no header (D8)', () => {
    for (let bit = 0; bit < RECORD_HEADER_BYTES * 8; bit++) {
      const bytes = encoded();
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readRecordHeader(bytes, 0, seed)).toBeUndefined();
    }
    expect(readRecordHeader(encoded(), 0, seed + 1)).toBeUndefined();
  });

  it('D11: zeroes, and lengths beyond the limit, are no header', () => {
    expect(readRecordHeader(new Uint8Array(48), 0, seed)).toBeUndefined();
    const bytes = new Uint8Array(RECORD_HEADER_BYTES);
    writeRecordHeader(bytes, 0, { ...header, sizeBytes: MAX_RECORD_BYTES + 1 }, seed);
    expect(readRecordHeader(bytes, 0, seed)).toBeUndefined();
  });
});

describe('the body of a batch', () => {
  const operation: fc.Arbitrary<EncodedOperation> = fc.oneof(
    fc.record({
      kind: fc.constant('appendOnPrefix' as const),
      fromIdx: fc.nat({ max: 2 ** 50 }),
      encoded: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }),
    }),
    fc.record({
      kind: fc.constantFrom(
        'setPromise' as const,
        'setAcceptedRound' as const,
        'setDecidedRound' as const,
      ),
      ballot,
    }),
    fc.record({ kind: fc.constant('setDecidedIdx' as const), idx: uint }),
  );
  const encode = (operations: readonly EncodedOperation[]): Uint8Array => {
    const bytes = new Uint8Array(RECORD_HEADER_BYTES + batchBodyBytes(operations));
    writeBatchBody(bytes, RECORD_HEADER_BYTES, operations, () => undefined);
    return bytes;
  };

  it('comes back, entry for entry', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 6 }), (operations) => {
        const bytes = encode(operations);
        const found = readBatchBody(bytes, 0, bytes.length);
        const back =
          'what' in found
            ? found
            : found.map((one) => {
                if (one.kind !== 'appendOnPrefix') return one;
                const { kind, fromIdx, entryCount, entriesOffset } = one;
                const encodedEntries = Array.from({ length: entryCount }, (_, i) =>
                  entryAt(bytes, skipEntries(bytes, entriesOffset, i)),
                );
                return { kind, fromIdx, encoded: encodedEntries };
              });
        expect(back).toEqual(operations);
      }),
    );
  });

  it('is total: any bytes give operations or a typed failure', () => {
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 3 }),
        fc.nat(),
        fc.nat({ max: 255 }),
        (operations, at, byte) => {
          const bytes = encode(operations);
          bytes[RECORD_HEADER_BYTES + (at % (bytes.length - RECORD_HEADER_BYTES))] = byte;
          expect(() => readBatchBody(bytes, 0, bytes.length)).not.toThrow();
        },
      ),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(() => readBatchBody(noise, 0, noise.length)).not.toThrow();
      }),
    );
  });

  it('D4: an unknown operation is unsupported, not corrupt', () => {
    const bytes = encode([{ kind: 'setDecidedIdx', idx: 1 }]);
    bytes[RECORD_HEADER_BYTES + 4] = 99;
    expect(readBatchBody(bytes, 0, bytes.length)).toMatchObject({ kind: 'unsupported' });
  });
});

describe('entry codecs', () => {
  it('JSON keeps every plain value exactly, bigint, -0, NaN and undefined too', () => {
    const codec = jsonCodec<unknown>();
    const value = fc.anything({ withBigInt: true, withNullPrototype: false, maxDepth: 4 });
    fc.assert(
      fc.property(value, (entry) => {
        expect(codec.decode(codec.encode(entry))).toStrictEqual(entry);
      }),
      { numRuns: 1_000 },
    );
  });

  it('JSON takes no object of the user for a tag', () => {
    const codec = jsonCodec<unknown>();
    for (const entry of [
      { $bigint: '5' },
      { $$bigint: '5' },
      { $number: 'NaN' },
      { $undefined: '' },
      { $: 1, $$: 2 },
      JSON.parse('{"__proto__": {"a": 1}}'),
    ]) {
      expect(codec.decode(codec.encode(entry))).toStrictEqual(entry);
    }
  });

  it('JSON refuses what it would change: OMNIKV_INVALID_ENTRY', () => {
    const codec = jsonCodec<unknown>();
    const cycle: unknown[] = [];
    cycle.push(cycle);
    class KeyValue {
      readonly key = 'a';
    }
    const refused = [new Map(), new Date(0), new KeyValue(), () => 1, Symbol('a'), cycle];
    for (const entry of [...refused, { [Symbol('a')]: 1 }, new Uint8Array(1)]) {
      expect(() => codec.encode(entry)).toThrow(
        expect.objectContaining({ code: 'OMNIKV_INVALID_ENTRY' }),
      );
    }
  });

  it('bytes pass through, and nothing else does', () => {
    const bytes = Uint8Array.of(1, 2);
    expect(bytesCodec.encode(bytes)).toBe(bytes);
    expect(bytesCodec.decode(bytes)).toBe(bytes);
    expect(() => bytesCodec.encode('text' as unknown as Uint8Array)).toThrow(/Uint8Array/);
  });
});
