/**
 * Which files the log is written to: direct ones where they are asked for and taken (D32), else
 * through the page cache, for the whole life of the storage.
 */

import { describe, expect, it } from 'vitest';

import type { DirectFiles, LogFile } from '../../src/core/platform/ports.js';
import { PersistentStorage } from '../../src/core/storage/index.js';
import { BufferedLogFile } from '../../src/core/storage/buffered-log-file.js';
import { entry, StorageBench, texts, type BenchOptions } from '../support/storage-bench.js';

/** Direct files on the disk of a bench: each write ends on the disk. Counts them. */
class DirectOnBench implements DirectFiles {
  opened = 0;
  created = 0;
  written = 0;
  isRefused = false;
  readonly #bench: StorageBench;

  constructor(bench: StorageBench) {
    this.#bench = bench;
  }

  open(path: string): LogFile | undefined {
    this.opened += 1;
    if (this.isRefused) return undefined;
    return this.#file(path, 'readWrite');
  }

  create(path: string): LogFile {
    this.created += 1;
    return this.#file(path, 'create');
  }

  #file(path: string, mode: 'readWrite' | 'create'): LogFile {
    const { fileSystem, scheduler } = this.#bench;
    const inner = new BufferedLogFile(fileSystem.open(path, mode), {
      ...{ scheduler, sync: 'always' as const, failure: () => undefined },
    });
    return {
      write: (bytes, position, done) => {
        this.written += 1;
        inner.write(bytes, position, done);
      },
      writeNow: (bytes, position) => {
        this.written += 1;
        inner.writeNow(bytes, position);
      },
      fill: (position, length, done) => inner.fill(position, length, done),
      sync: (done) => inner.sync(done),
      close: () => inner.close(),
    };
  }
}

function benchWith(options: BenchOptions = {}): { bench: StorageBench; direct: DirectOnBench } {
  const bench = new StorageBench(options);
  return { bench, direct: new DirectOnBench(bench) };
}

async function writeThreeSegments({ bench, direct }: ReturnType<typeof benchWith>): Promise<void> {
  const ports = { ...bench.options.ports, directFiles: direct };
  const log = await PersistentStorage.create({ ...bench.options, ports });
  for (let i = 0; i < 3; i++) {
    const { acceptedIdx } = log.state();
    log.submit([{ kind: 'appendOnPrefix', fromIdx: acceptedIdx, entries: [entry(i, 2_500)] }]);
    await log.flush();
  }
  await log.close();
}

async function entriesOf(bench: StorageBench): Promise<string[]> {
  const log = await StorageBench.after(bench.fileSystem.copy()).open();
  return texts(log.entries(0, log.state().acceptedIdx));
}

describe('the files of a log', () => {
  it('are direct, the tail and every segment after it', async () => {
    const { bench, direct } = benchWith();
    await writeThreeSegments({ bench, direct });
    expect(direct.opened).toBe(1);
    expect(direct.created).toBeGreaterThanOrEqual(2);
    expect(direct.written).toBeGreaterThanOrEqual(3);
    expect(await entriesOf(bench)).toEqual(['0', '1', '2']);
  });

  it('are all in the page cache where the tail was refused', async () => {
    const { bench, direct } = benchWith();
    direct.isRefused = true;
    await writeThreeSegments({ bench, direct });
    expect([direct.opened, direct.created, direct.written]).toEqual([1, 0, 0]);
    expect(await entriesOf(bench)).toEqual(['0', '1', '2']);
  });

  it('are in the page cache where the log is not synced', async () => {
    const { bench, direct } = benchWith({ logOptions: { sync: 'never' } });
    await writeThreeSegments({ bench, direct });
    expect([direct.opened, direct.created, direct.written]).toEqual([0, 0, 0]);
    expect(await entriesOf(bench)).toEqual(['0', '1', '2']);
  });
});
