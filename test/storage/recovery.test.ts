/**
 * Opening damaged, swapped, wiped and foreign data: cut what is torn, refuse everything else, and
 * leave a refused directory exactly as it was.
 */

import { beforeEach, describe, expect, it } from 'vitest';

import { verifyLog } from '../../src/core/storage/index.js';
import { recordSeed } from '../../src/core/storage/identity.js';
import { readU32, writeU16, writeU32 } from '../../src/core/storage/little-endian.js';
import {
  readRecordHeader,
  RECORD_TYPES,
  writeRecordHeader,
  type RecordHeader,
  type StoredRecordHeader,
} from '../../src/core/storage/record.js';
import {
  parseSegmentFileName,
  segmentFileName,
  SEGMENT_HEADER_BYTES,
} from '../../src/core/storage/segment-header.js';
import { crc32 } from '../../src/core/wire/checksum.js';
import { entry, StorageBench, texts } from '../support/storage-bench.js';

const FIRST = `/data/log/${segmentFileName(1, 0)}`;

let bench: StorageBench;
let seed: number;

beforeEach(() => {
  bench = new StorageBench();
});

/** A log of `count` entries, one flush each; a crash, not a close. Gives a copy of the disk. */
async function crashedLog(count: number, sizeBytes = 60): Promise<StorageBench> {
  const log = await bench.create();
  seed = recordSeed(log.identity);
  for (let i = 0; i < count; i++) {
    log.submit([{ kind: 'appendOnPrefix', fromIdx: i, entries: [entry(i, sizeBytes)] }]);
    await log.flush();
  }
  return StorageBench.after(bench.fileSystem.copy());
}

async function closedLog(count: number): Promise<StorageBench> {
  const log = await bench.create();
  seed = recordSeed(log.identity);
  for (let i = 0; i < count; i++) {
    log.submit([{ kind: 'appendOnPrefix', fromIdx: i, entries: [entry(i, 60)] }]);
  }
  await log.close();
  return StorageBench.after(bench.fileSystem.copy());
}

interface FoundRecord {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly type: number;
}

function records(bytes: Uint8Array): FoundRecord[] {
  const found: FoundRecord[] = [];
  let offset = SEGMENT_HEADER_BYTES;
  for (;;) {
    const header = readRecordHeader(bytes, offset, seed);
    if (header === undefined) return found;
    found.push({ offset, sizeBytes: header.sizeBytes, type: header.type });
    offset += (header.sizeBytes + 7) & ~7;
  }
}

function batches(bytes: Uint8Array): FoundRecord[] {
  return records(bytes).filter(({ type }) => type === RECORD_TYPES.batch);
}

function lastRecord(bytes: Uint8Array): FoundRecord {
  const last = records(bytes).at(-1);
  if (last === undefined) throw new Error('no record');
  return last;
}

/** Opening must fail with the code and change nothing at all. */
async function expectRefusal(damaged: StorageBench, code: string): Promise<void> {
  const before = damaged.fileSystem.contents();
  await expect(damaged.open()).rejects.toMatchObject({ code });
  expect(damaged.fileSystem.contents()).toEqual(before);
  expect(damaged.guard.heldCount).toBe(0);
}

async function expectEntries(opened: StorageBench, count: number): Promise<void> {
  const log = await opened.open();
  const expected = Array.from({ length: count }, (_, i) => String(i));
  expect(texts(log.entries(0, log.state().acceptedIdx))).toEqual(expected);
}

function flip(bytes: Uint8Array, offset: number): void {
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x40;
}

describe('a torn tail', () => {
  it('is cut, kept as a .torn copy, and logged (D22)', async () => {
    const crashed = await crashedLog(5);
    const bytes = crashed.fileSystem.bytesOf(FIRST);
    const last = lastRecord(bytes);
    const torn = bytes.slice(last.offset, last.offset + last.sizeBytes - 20);
    bytes.fill(0, last.offset + last.sizeBytes - 20, last.offset + last.sizeBytes);
    await expectEntries(crashed, 4);
    const copy = `${FIRST}.${last.offset.toString(16)}.torn`;
    expect(crashed.fileSystem.readFile(copy)).toEqual(torn);
    expect(crashed.warnings.map(({ event }) => event)).toEqual(['storage.tornTailCut']);
    // Mutant 12: nothing of the torn record is left to be parsed later.
    const rewritten = crashed.fileSystem.bytesOf(FIRST);
    const written = lastRecord(rewritten);
    expect(written.type).toBe(RECORD_TYPES.mark);
    expect(rewritten.subarray(written.offset + 48).every((byte) => byte === 0)).toBe(true);
  });

  it('with a good header and a bad body is cut too', async () => {
    const crashed = await crashedLog(3);
    const bytes = crashed.fileSystem.bytesOf(FIRST);
    flip(bytes, lastRecord(bytes).offset + 60);
    await expectEntries(crashed, 2);
  });

  it('may be missing in front and there behind: sectors have no order', async () => {
    const log = await bench.create();
    seed = recordSeed(log.identity);
    for (let i = 0; i < 3; i++) {
      log.submit([{ kind: 'appendOnPrefix', fromIdx: i, entries: [entry(i, 60)] }]);
    }
    await log.flush();
    const crashed = StorageBench.after(bench.fileSystem.copy());
    const bytes = crashed.fileSystem.bytesOf(FIRST);
    const [, second] = batches(bytes);
    if (second === undefined) throw new Error('no second batch');
    bytes.fill(0, second.offset, second.offset + 48);
    await expectEntries(crashed, 1);
  });

  it('after it the log goes on, and a second opening finds nothing torn', async () => {
    const crashed = await crashedLog(3);
    const bytes = crashed.fileSystem.bytesOf(FIRST);
    flip(bytes, lastRecord(bytes).offset + 4);
    const log = await crashed.open();
    log.submit([{ kind: 'appendOnPrefix', fromIdx: 2, entries: [entry(2)] }]);
    await log.close();
    await expectEntries(crashed, 3);
    expect(crashed.warnings).toHaveLength(1);
  });
});

describe('damage to what was synced is refused and nothing is changed', () => {
  it('any flipped byte of a record that a later one proves (mutant 11)', async () => {
    const crashed = await crashedLog(3);
    const bytes = crashed.fileSystem.bytesOf(FIRST).slice();
    const last = lastRecord(bytes);
    for (let offset = SEGMENT_HEADER_BYTES; offset < last.offset; offset++) {
      crashed.fileSystem.setBytes(FIRST, bytes.slice());
      flip(crashed.fileSystem.bytesOf(FIRST), offset);
      await expectRefusal(crashed, 'OMNIKV_CORRUPT_DATA');
    }
  });

  it('any flipped byte of a sealed segment, its zeroes at the end included', async () => {
    const crashed = await crashedLog(8, 900);
    expect(crashed.fileSystem.list('/data/log').length).toBeGreaterThan(2);
    const bytes = crashed.fileSystem.bytesOf(FIRST).slice();
    for (let offset = SEGMENT_HEADER_BYTES; offset < bytes.length; offset += 37) {
      crashed.fileSystem.setBytes(FIRST, bytes.slice());
      flip(crashed.fileSystem.bytesOf(FIRST), offset);
      await expectRefusal(crashed, 'OMNIKV_CORRUPT_DATA');
    }
  });

  it('any flipped byte after a clean shutdown, the zeroes behind it included', async () => {
    const closed = await closedLog(2);
    const bytes = closed.fileSystem.bytesOf(FIRST).slice();
    // The clean Mark itself is proven by nothing.
    const mark = lastRecord(bytes).offset;
    const behind = [48, 49, 95, 96, 300].map((gap) => mark + gap);
    behind.push(bytes.length - 1);
    const before = Array.from({ length: mark - SEGMENT_HEADER_BYTES }, (_, i) => mark - 1 - i);
    for (const offset of [...behind, ...before]) {
      closed.fileSystem.setBytes(FIRST, bytes.slice());
      flip(closed.fileSystem.bytesOf(FIRST), offset);
      await expectRefusal(closed, 'OMNIKV_CORRUPT_DATA');
    }
  });

  it('any flipped byte of a segment header or of IDENTITY', async () => {
    const closed = await closedLog(2);
    for (const [file, size] of [
      [FIRST, SEGMENT_HEADER_BYTES],
      ['/data/IDENTITY', 128],
    ] as const) {
      const bytes = closed.fileSystem.bytesOf(file).slice();
      for (let offset = 0; offset < size; offset += 3) {
        closed.fileSystem.setBytes(file, bytes.slice());
        flip(closed.fileSystem.bytesOf(file), offset);
        await expectRefusal(closed, 'OMNIKV_CORRUPT_DATA');
      }
      closed.fileSystem.setBytes(file, bytes);
    }
  });

  it('a hole: zeroes where a synced record was', async () => {
    const crashed = await crashedLog(4);
    const bytes = crashed.fileSystem.bytesOf(FIRST);
    const [, , second] = records(bytes);
    if (second === undefined) throw new Error('no record');
    bytes.fill(0, second.offset, second.offset + second.sizeBytes);
    await expectRefusal(crashed, 'OMNIKV_CORRUPT_DATA');
  });

  it('D9: a record that was lost without a trace, or written twice', async () => {
    const crashed = await crashedLog(4);
    const bytes = crashed.fileSystem.bytesOf(FIRST);
    const original = bytes.slice();
    const [, , second, third] = records(bytes);
    if (second === undefined || third === undefined) throw new Error('no record');
    bytes.set(original.subarray(third.offset), second.offset);
    await expectRefusal(crashed, 'OMNIKV_CORRUPT_DATA');
    bytes.set(original);
    bytes.set(original.subarray(second.offset, second.offset + second.sizeBytes), third.offset);
    await expectRefusal(crashed, 'OMNIKV_CORRUPT_DATA');
  });

  it('D6: a segment that is missing, and one that was cut off', async () => {
    const crashed = await crashedLog(12, 900);
    const segments = crashed.fileSystem.list('/data/log').toSorted();
    expect(segments.length).toBeGreaterThan(2);
    const [first, second] = segments as [string, string];
    const shortened = StorageBench.after(crashed.fileSystem.copy());
    shortened.fileSystem.setBytes(
      `/data/log/${first}`,
      crashed.fileSystem.readFile(`/data/log/${first}`).slice(0, 1_500),
    );
    await expectRefusal(shortened, 'OMNIKV_CORRUPT_DATA');
    for (const name of [first, second]) {
      const damaged = StorageBench.after(crashed.fileSystem.copy());
      damaged.fileSystem.remove(`/data/log/${name}`);
      await expectRefusal(damaged, 'OMNIKV_CORRUPT_DATA');
    }
  });

  /** Rewrites a record's header with valid checksums: only its meaning is wrong. */
  function forge(
    damaged: StorageBench,
    file: string,
    record: FoundRecord | undefined,
    change: (header: StoredRecordHeader) => Partial<RecordHeader>,
  ): void {
    const bytes = damaged.fileSystem.bytesOf(file);
    const offset = record?.offset ?? 0;
    const header = readRecordHeader(bytes, offset, seed);
    if (header === undefined) throw new Error('no record to forge');
    writeRecordHeader(bytes, offset, { ...header, ...change(header) }, seed);
  }

  it.each([
    ['an lsn that jumps', ({ lsn }: StoredRecordHeader) => ({ lsn: lsn + 1 })],
    ['an lsn that stands still', ({ lsn }: StoredRecordHeader) => ({ lsn: lsn - 1 })],
    ['a broken chain', () => ({ prevHeaderCrc: 7 })],
    [
      'a record that claims to be synced itself',
      ({ lsn }: StoredRecordHeader) => ({ syncedLsn: lsn }),
    ],
    [
      'entries that do not follow',
      ({ firstIndex }: StoredRecordHeader) => ({ firstIndex: firstIndex + 1 }),
    ],
    ['a State in the middle of a segment', () => ({ type: RECORD_TYPES.state })],
  ] as const)('D9, D23: %s', async (_name, change) => {
    const crashed = await crashedLog(4);
    const last = lastRecord(crashed.fileSystem.bytesOf(FIRST));
    forge(crashed, FIRST, last, change);
    await expectRefusal(crashed, 'OMNIKV_CORRUPT_DATA');
  });

  it('D7: a State that does not follow from the records before it', async () => {
    const crashed = await crashedLog(6, 900);
    const second = crashed.fileSystem.list('/data/log').toSorted()[1] ?? '';
    const file = `/data/log/${second}`;
    const bytes = crashed.fileSystem.bytesOf(file);
    const [state] = records(bytes);
    if (state === undefined) throw new Error('no State');
    const body = bytes.subarray(state.offset + 48, state.offset + state.sizeBytes);
    // The promise: another node's vote would be forgotten, or invented.
    writeU32(body, 8, 1_000);
    forge(crashed, file, state, () => ({ bodyCrc: crc32(body) }));
    await expectRefusal(crashed, 'OMNIKV_CORRUPT_DATA');
    await expect(crashed.open()).rejects.toThrow(/state does not follow/);
  });

  it('D6: a segment header that does not continue the segment before', async () => {
    const crashed = await crashedLog(6, 900);
    const second = crashed.fileSystem.list('/data/log').toSorted()[1] ?? '';
    const file = `/data/log/${second}`;
    const original = crashed.fileSystem.bytesOf(file).slice();
    const firstIndex = parseSegmentFileName(second)?.firstIndex ?? 0;
    const change = (offset: number, value: number, name = second): void => {
      crashed.fileSystem.remove(file);
      const bytes = original.slice();
      writeU32(bytes, offset, value);
      writeU32(bytes, 76, crc32(bytes.subarray(0, 76)));
      crashed.fileSystem.setBytes(`/data/log/${name}`, bytes);
    };
    for (const [offset, value] of [
      [44, 1],
      [48, 3],
      [56, 1],
      [64, firstIndex + 1],
    ] as const) {
      change(offset, value);
      await expectRefusal(crashed, 'OMNIKV_CORRUPT_DATA');
    }
    // Name and header agree on an index that the log has not.
    change(64, firstIndex + 1, segmentFileName(2, firstIndex + 1));
    await expectRefusal(crashed, 'OMNIKV_CORRUPT_DATA');
  });

  it('D23: an accepted round above the promise', async () => {
    const log = await bench.create();
    const ballot = { configurationId: 1, n: 3, priority: 0, pid: 1 };
    log.submit([{ kind: 'setAcceptedRound', ballot }]);
    await log.close();
    await expectRefusal(bench, 'OMNIKV_CORRUPT_DATA');
  });

  it('names the file, the offset and the entries that are lost', async () => {
    const crashed = await crashedLog(4);
    const bytes = crashed.fileSystem.bytesOf(FIRST);
    const third = batches(bytes)[2];
    if (third === undefined) throw new Error('no record');
    flip(bytes, third.offset + 60);
    await expect(crashed.open()).rejects.toThrow(
      new RegExp(`${FIRST} at offset ${third.offset}: .*entries 2 to 3`),
    );
  });

  it('damage at rest is met when an old entry is read, and ends the instance', async () => {
    const closed = await closedLog(20);
    const reading = StorageBench.after(closed.fileSystem, { tailCacheBytes: 0 });
    const log = await reading.open();
    const bytes = reading.fileSystem.bytesOf(FIRST);
    flip(bytes, (records(bytes)[5]?.offset ?? 0) + 70);
    expect(() => log.entries(0, 20)).toThrow(
      expect.objectContaining({ code: 'OMNIKV_CORRUPT_DATA' }),
    );
    expect(log.failure).toMatchObject({ code: 'OMNIKV_CORRUPT_DATA' });
    expect(() => log.submit([{ kind: 'setDecidedIdx', idx: 1 }])).toThrow();
    await expect(log.close()).rejects.toMatchObject({ code: 'OMNIKV_CORRUPT_DATA' });
  });
});

describe('data that is not this node’s', () => {
  it('D2: the directory of another node or cluster is refused', async () => {
    const closed = await closedLog(2);
    const { fileSystem } = closed;
    const { clusterId, pid } = closed.options.identity ?? { clusterId: '', pid: 0 };
    const others = [
      { clusterId, pid: pid + 1 },
      { clusterId: 'f'.repeat(32), pid },
    ];
    for (const identity of others) {
      await expectRefusal(new StorageBench({ fileSystem, identity }), 'OMNIKV_IDENTITY_MISMATCH');
    }
  });

  it('D2: a log/ of another directory is refused, even of the same node', async () => {
    const closed = await closedLog(2);
    const { options } = closed;
    const other = new StorageBench();
    options.ports.random.bytes(16);
    await (await other.create()).close();
    // Directory ids are drawn: this one must differ for the test to mean anything.
    const identity = other.fileSystem.bytesOf('/data/IDENTITY');
    flip(identity, 40);
    writeU32(identity, 124, crc32(identity.subarray(0, 124)));
    closed.fileSystem.setBytes('/data/IDENTITY', identity);
    await expectRefusal(closed, 'OMNIKV_IDENTITY_MISMATCH');
  });

  it('mutant 15: a wiped directory, a missing log, a missing IDENTITY are never a new node', async () => {
    const closed = await closedLog(2);
    const { fileSystem } = closed;
    const withoutIdentity = StorageBench.after(fileSystem.copy());
    withoutIdentity.fileSystem.remove('/data/IDENTITY');
    await expectRefusal(withoutIdentity, 'OMNIKV_DATA_MISSING');
    const withoutSegments = StorageBench.after(fileSystem.copy());
    withoutSegments.fileSystem.remove(FIRST);
    await expectRefusal(withoutSegments, 'OMNIKV_DATA_MISSING');
    const withoutLog = StorageBench.after(withoutSegments.fileSystem.copy());
    withoutLog.fileSystem.remove('/data/log');
    await expectRefusal(withoutLog, 'OMNIKV_DATA_MISSING');
    await expectRefusal(new StorageBench(), 'OMNIKV_DATA_MISSING');
    const empty = new StorageBench();
    empty.fileSystem.makeDirectory('/data');
    await expectRefusal(empty, 'OMNIKV_DATA_MISSING');
  });

  it('D4: an unknown version, record type, flag or operation is refused, naming it', async () => {
    const closed = await closedLog(2);
    const original = closed.fileSystem.bytesOf(FIRST).slice();
    const [batch] = batches(original);
    if (batch === undefined) throw new Error('no batch');
    const changed = (change: (bytes: Uint8Array) => void): void => {
      const bytes = original.slice();
      change(bytes);
      closed.fileSystem.setBytes(FIRST, bytes);
    };
    changed((bytes) => {
      writeU16(bytes, 8, 2);
      writeU32(bytes, 76, crc32(bytes.subarray(0, 76)));
    });
    await expectRefusal(closed, 'OMNIKV_UNSUPPORTED_FORMAT');
    for (const other of [{ type: 9 }, { flags: 2 }]) {
      changed((bytes) => {
        const header = readRecordHeader(bytes, batch.offset, seed);
        if (header) writeRecordHeader(bytes, batch.offset, { ...header, ...other }, seed);
      });
      await expectRefusal(closed, 'OMNIKV_UNSUPPORTED_FORMAT');
    }
    changed((bytes) => {
      bytes[batch.offset + 48 + 4] = 77;
      const header = readRecordHeader(bytes, batch.offset, seed);
      const body = bytes.subarray(batch.offset + 48, batch.offset + batch.sizeBytes);
      if (header) {
        writeRecordHeader(bytes, batch.offset, { ...header, bodyCrc: crc32(body) }, seed);
      }
    });
    await expectRefusal(closed, 'OMNIKV_UNSUPPORTED_FORMAT');
    await expect(closed.open()).rejects.toThrow(/operation 77/);
  });
});

describe('opening', () => {
  it('D5: leftovers go, unknown files stay and are named', async () => {
    const closed = await closedLog(2);
    const { fileSystem } = closed;
    for (const file of ['/data/log/next.tmp', '/data/x.tmp', '/data/snap/y.tmp', '/data/notes']) {
      fileSystem.setBytes(file, Uint8Array.of(1));
    }
    await closed.open();
    const files = [...fileSystem.contents().keys()];
    expect(files.filter((file) => /x\.tmp|y\.tmp/.test(file))).toEqual([]);
    expect(files).toContain('/data/notes');
    expect(closed.warnings).toEqual([
      { event: 'storage.unknownFile', fields: { file: '/data/notes' } },
    ]);
  });

  it('refuses a directory that others may write to', async () => {
    const closed = await closedLog(1);
    for (const mode of [0o720, 0o702, 0o777]) {
      closed.fileSystem.setMode('/data', mode);
      await expectRefusal(closed, 'OMNIKV_INSECURE_PERMISSIONS');
    }
    closed.fileSystem.setMode('/data', 0o755);
    await closed.open();
  });

  it('D31: a second opening changes nothing while the first one holds the guard', async () => {
    const closed = await closedLog(2);
    const log = await closed.open();
    const before = closed.fileSystem.contents();
    await expect(closed.open()).rejects.toMatchObject({ code: 'OMNIKV_DATA_IN_USE' });
    expect(closed.fileSystem.contents()).toEqual(before);
    await log.close();
    await (await closed.open()).close();
  });

  it('D20, D10: a clean shutdown ends with a clean Mark that proves everything', async () => {
    const closed = await closedLog(3);
    const bytes = closed.fileSystem.bytesOf(FIRST);
    const header = readRecordHeader(bytes, lastRecord(bytes).offset, seed);
    expect(header).toMatchObject({ type: RECORD_TYPES.mark, flags: 1 });
    expect(header?.syncedLsn).toBe((header?.lsn ?? 0) - 1);
    expect(readU32(bytes, lastRecord(bytes).offset)).toBe(48);
    expect(verifyLog({ fileSystem: closed.fileSystem, path: '/data' })).toMatchObject({
      verdict: 'clean',
      isCleanlyClosed: true,
      entryCount: 3,
    });
  });
});
