/**
 * Incidents between a process and its disk (D3 to D22).
 */

import assert from 'node:assert/strict';

import type * as CrashStates from '../../support/crash-states.js';
import type * as Storage from '../../../src/core/storage/index.js';
import type * as Bench from '../../support/storage-bench.js';
import type * as WriteFully from '../../../src/core/platform/write-fully.js';
import type { Load, Mutant } from '../mutant.js';

const DATA_DIRECTORY = 'src/core/storage/data-directory.ts';
const RECOVERY = 'src/core/storage/recovery.ts';
const BUFFERED_LOG_FILE = 'src/core/storage/buffered-log-file.ts';
const SEGMENT_WRITER = 'src/core/storage/segment-writer.ts';
const FIRST_SEGMENT = '/data/log/0000000000000001-0000000000000000.seg';

type Log = Awaited<ReturnType<Bench.StorageBench['create']>>;

const loadBench = (load: Load) => load<typeof Bench>('test/support/storage-bench.ts');

const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
};

async function append(log: Log, entries: readonly Uint8Array[]): Promise<void> {
  for (const entry of entries) {
    const fromIdx = log.state().acceptedIdx;
    log.submit([{ kind: 'appendOnPrefix', fromIdx, entries: [entry] }]);
    await log.flush();
  }
}

/** Fills two segments, then loses everything that was not synced; gives the entries found. */
async function entriesAfterPowerCut(load: Load, sync: 'always' | 'never'): Promise<number> {
  const { StorageBench, entry } = await loadBench(load);
  const { worstCase } = await load<typeof CrashStates>('test/support/crash-states.ts');
  const logOptions = { sync };
  const bench = new StorageBench({ logOptions });
  const log = await bench.create();
  await append(
    log,
    [0, 1, 2, 3].map((i) => entry(i, 1_500)),
  );
  const after = StorageBench.after(worstCase(bench.fileSystem), { logOptions });
  return (await after.open()).state().acceptedIdx;
}

export const DISK_MUTANTS: readonly Mutant[] = [
  {
    id: 8,
    title: 'no directory sync after creating a file',
    takenFrom: 'etcd #6368; raft-wal, ALICE',
    unseenBySimulator: 'its nodes begin on directories that were made before the run',
    edits: [
      {
        file: DATA_DIRECTORY,
        find: `    fileSystem.syncDirectory(logPathOf(temporary));`,
        replace: ``,
      },
    ],
    async kill(load) {
      const { StorageBench, CLUSTER_ID, CountingRandom } = await loadBench(load);
      const { worstCase } = await load<typeof CrashStates>('test/support/crash-states.ts');
      const { createDataDirectory } = await load<typeof Storage>('src/core/storage/index.ts');
      const { fileSystem } = new StorageBench();
      const identity = { clusterId: CLUSTER_ID, pid: 1 };
      createDataDirectory({ fileSystem, random: new CountingRandom(), path: '/data', identity });
      await (await StorageBench.after(worstCase(fileSystem)).open()).close();
    },
  },
  {
    id: 9,
    title: 'no directory sync after renaming a file',
    takenFrom: 'etcd #6368; raft-wal, ALICE',
    edits: [
      {
        file: SEGMENT_WRITER,
        find: `fileSystem.startDirectorySync(logPath, opened);`,
        replace: `opened(undefined);`,
      },
    ],
    async kill(load) {
      assert.equal(await entriesAfterPowerCut(load, 'always'), 4);
    },
  },
  {
    id: 11,
    title: 'a checksum error in the middle of the log is taken for a torn end',
    takenFrom: 'protocol-aware recovery, FAST 2018',
    unseenBySimulator:
      'it damages sealed segments, whose end the next segment proves; test/crash damages the last one',
    edits: [
      {
        file: 'src/core/storage/log-scan.ts',
        find: `if (later !== undefined && later.lsn > nextLsn && later.syncedLsn >= nextLsn) return true;`,
        replace: `if (later !== undefined && later.lsn === nextLsn) return true;`,
      },
    ],
    async kill(load) {
      const { StorageBench, entry } = await loadBench(load);
      const bench = new StorageBench();
      await append(await bench.create(), [entry('first', 64), entry('second', 64), entry('third')]);
      const crashed = StorageBench.after(bench.fileSystem.copy());
      flipIn(crashed.fileSystem.bytesOf(FIRST_SEGMENT), 'first');
      await assert.rejects(crashed.open(), { code: 'OMNIKV_CORRUPT_DATA' });
    },
  },
  {
    id: 12,
    title: 'stale bytes stay behind a torn tail that was cut',
    takenFrom: 'etcd, ZeroToEnd',
    edits: [
      {
        file: 'src/core/storage/tail-rewrite.ts',
        find: `  bytes.set(kept);`,
        replace: `  bytes.set(new Uint8Array(kept.buffer, kept.byteOffset).subarray(0, sizeBytes));`,
      },
    ],
    async kill(load) {
      const { StorageBench, entry } = await loadBench(load);
      const bench = new StorageBench();
      await append(await bench.create(), [entry('kept'), entry('torn', 400)]);
      const crashed = StorageBench.after(bench.fileSystem.copy());
      flipIn(crashed.fileSystem.bytesOf(FIRST_SEGMENT), 'torn');
      await (await crashed.open()).close();
      const again = await StorageBench.after(crashed.fileSystem.copy()).open();
      assert.equal(again.state().acceptedIdx, 1);
    },
  },
  {
    id: 13,
    title: 'a failed fsync is retried',
    takenFrom: 'Rebello et al., ATC 2020',
    edits: [
      {
        file: BUFFERED_LOG_FILE,
        find: `    if (failure === undefined && this.#options.sync === 'always') this.#handle.sync(done);
    else this.#options.scheduler`,
        replace: `    const again: Done = (error) => (error ? this.#handle.sync(done) : done(undefined));
    if (failure === undefined && this.#options.sync === 'always') this.#handle.sync(again);
    else this.#options.scheduler`,
      },
    ],
    async kill(load) {
      const { StorageBench, entry } = await loadBench(load);
      const bench = new StorageBench();
      const log = await bench.create();
      await turns();
      let failures = 0;
      bench.fileSystem.fault = ({ kind }) =>
        kind === 'sync' && failures++ === 0 ? 'EIO' : undefined;
      await assert.rejects(append(log, [entry('lost')]), { code: 'OMNIKV_IO' });
    },
  },
  {
    id: 14,
    title: 'a short write is taken for a full one',
    takenFrom: '148,576 of 300,000 bytes written, then ENOSPC',
    unseenBySimulator:
      'its disk is the port above the system calls, where writes are whole or fail',
    edits: [
      {
        file: 'src/core/platform/write-fully.ts',
        find: `if (from + written >= bytes.length) {`,
        replace: `if (written > 0) {`,
      },
    ],
    async kill(load) {
      const { writeFully } = await load<typeof WriteFully>('src/core/platform/write-fully.ts');
      const written: number[] = [];
      const bytes = Uint8Array.from([1, 2, 3, 4, 5]);
      let outcome: Error | 'done' | undefined;
      const writeTwo: WriteFully.WriteOnce = (all, from, _position, done) => {
        const piece = all.subarray(from, from + 2);
        written.push(...piece);
        done(null, piece.length);
      };
      writeFully(writeTwo, bytes, 0, (error) => (outcome = error ?? 'done'));
      assert.equal(outcome, 'done');
      assert.deepEqual(written, [...bytes]);
    },
  },
  {
    id: 15,
    title: 'data that lost its log is taken for a new node',
    takenFrom: 'NATS #7556; raft-wal',
    unseenBySimulator: 'it loses and damages bytes, never a file that was synced',
    edits: [
      {
        file: RECOVERY,
        find: `if (segments.length === 0) throw dataMissing(path, 'log/ holds no segment');`,
        replace: `if (segments.length === 0) {
    startAnew(fileSystem, path);
    return listSegments(fileSystem, path);
  }`,
      },
      {
        file: RECOVERY,
        find: `import { logPathOf } from './data-directory.js';`,
        replace: `import { logPathOf, startAnew } from './data-directory.js';`,
      },
      {
        file: DATA_DIRECTORY,
        find: `function drawIdentity(`,
        replace: `export function startAnew(fileSystem: FileSystem, path: string): void {
  const identity = readIdentity({ fileSystem, path });
  const file = \`\${logPathOf(path)}/\${segmentFileName(1, 0)}\`;
  writeNewFile(fileSystem, file, encodeFirstSegment(identity));
}

function drawIdentity(`,
      },
    ],
    async kill(load) {
      const { StorageBench, entry } = await loadBench(load);
      const bench = new StorageBench();
      const log = await bench.create();
      await append(log, [entry('acknowledged')]);
      await log.close();
      bench.fileSystem.remove(FIRST_SEGMENT);
      await assert.rejects(bench.open(), { code: 'OMNIKV_DATA_MISSING' });
    },
  },
  {
    id: 42,
    title: 'bytes submitted during an fdatasync count as durable by it',
    takenFrom: 'P0',
    edits: [
      {
        file: 'src/core/storage/flush-queue.ts',
        find: `this.#options.writer.append(drafts, (error) => this.#ended(error, last.position));`,
        replace: `this.#options.writer.append(drafts, (error) => this.#ended(error, this.#lastPosition));`,
      },
    ],
    async kill(load) {
      const { StorageBench, entry } = await loadBench(load);
      const bench = new StorageBench();
      const log = await bench.create();
      await turns();
      bench.fileSystem.completion = 'manual';
      const submit = (fromIdx: number): number =>
        log.submit([{ kind: 'appendOnPrefix', fromIdx, entries: [entry(fromIdx)] }]);
      const first = submit(0);
      log.startFlush(() => undefined);
      submit(1);
      bench.fileSystem.complete();
      assert.equal(log.durablePosition, first);
    },
  },
  {
    id: 44,
    title: 'the next segment is visible before the last record of the current one is durable',
    takenFrom: 'D16',
    unseenBySimulator:
      'with every flush synced, a segment is full only between flushes: the order holds by itself',
    edits: [
      {
        file: SEGMENT_WRITER,
        find: `      this.#segment.file.sync((syncError) =>
        syncError ? done(syncError) : this.#seal(prepared, firstIndex, done),
      );`,
        replace: `      this.#seal(prepared, firstIndex, done);`,
      },
    ],
    async kill(load) {
      assert.ok((await entriesAfterPowerCut(load, 'never')) <= 4);
    },
  },
];

function flipIn(bytes: Uint8Array, text: string): void {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(text);
  assert.ok(at > 0);
  bytes[at]! ^= 0x40;
}
