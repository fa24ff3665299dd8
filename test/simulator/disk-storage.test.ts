/**
 * The real storage on the simulated disk: what was told durable is there after every death, and a
 * storage that forgets one call is found out.
 */

import { describe, expect, it } from 'vitest';

import type { FileSystem } from '../../src/core/platform/ports.js';
import { createDataDirectory, type PersistentStorage } from '../../src/core/storage/index.js';
import { beforeEveryCall, BROKEN } from '../support/broken-file-systems.js';
import { bytesOf, DiskBench } from '../support/disk-bench.js';
import { IDENTITY, openStorage } from '../support/open-storage.js';
import { runStorage, type StorageRunOptions } from '../support/storage-run.js';

const RUNS = 120;
const SEEDS_TO_CATCH = 40;

function isCaught(options: StorageRunOptions): boolean {
  try {
    runStorage(options);
    return false;
  } catch {
    return true;
  }
}

describe('the storage on a disk that fails', () => {
  it('loses nothing that was told durable, whatever dies', () => {
    const total: Record<string, number> = {};
    for (let seed = 0; seed < RUNS; seed++) {
      for (const [what, count] of Object.entries(runStorage({ seed }).counts)) {
        total[what] = (total[what] ?? 0) + count;
      }
    }
    // Each of these has happened, or the proof has a hole.
    const met = ['powerCut', 'kill', 'dropped', 'torn', 'garbage', 'entriesLost', 'tornTail'];
    const failed = ['error', 'syncError', 'shortWrite', 'full', 'spike', 'openFailed', 'failed'];
    for (const what of [...met, ...failed, 'diedOpening', 'damage', 'refused', 'audit']) {
      expect(total[what], what).toBeGreaterThan(0);
    }
    expect(total.durable).toBeGreaterThan(10 * RUNS);
  });

  it('fails with an error of its own where every sixteenth call fails', () => {
    const plan = { errorProbability: 0.06, isErrorForEver: false };
    for (let seed = 0; seed < 30; seed++) runStorage({ seed, plan, steps: 60 });
  });

  it('does the same for the same seed', () => {
    const first = runStorage({ seed: 4 });
    expect(runStorage({ seed: 4 })).toEqual(first);
    expect(runStorage({ seed: 5 }).trace).not.toEqual(first.trace);
  });
});

describe('a storage that breaks one promise is caught', () => {
  const plan = { syncErrorProbability: 0.2, entryLossProbability: 0.5 };
  for (const [name, wrap] of Object.entries(BROKEN)) {
    it(name, () => {
      const seeds = Array.from({ length: SEEDS_TO_CATCH }, (_, seed) => seed);
      expect(seeds.some((seed) => isCaught({ seed, wrap, plan }))).toBe(true);
    });
  }
});

describe('what an unfinished creation left (D3)', () => {
  it('is durable before anything in it is told durable', () => {
    const bench = new DiskBench();
    const path = '/data/node1';
    const random = { bytes: (count: number) => new Uint8Array(count), fraction: () => 0 };
    const killed = (syncsLeft: number): FileSystem =>
      beforeEveryCall(bench.fileSystem, (name) => {
        if (name !== 'syncDirectory') return;
        syncsLeft -= 1;
        if (syncsLeft < 0) throw new Error('killed');
      });
    // First after it made /data, then after it renamed node1.tmp: no name is durable.
    for (const [syncs, found] of [
      [1, 'data'],
      [4, 'data/node1'],
    ] as const) {
      const options = { fileSystem: killed(syncs), random, path, identity: IDENTITY };
      expect(() => createDataDirectory(options)).toThrow('killed');
      expect(bench.reopen('kill').status(`/${found}`)?.kind).toBe('directory');
      expect(bench.disk.durableCopy().list('/')).toEqual(syncs === 1 ? [] : ['data']);
    }
    const open = (): PersistentStorage<Uint8Array> => {
      const { fileSystem, queue } = bench;
      const directoryIdentity = fileSystem.status(path)?.identity ?? 'gone';
      return openStorage({ fileSystem, path, queue, directoryIdentity });
    };
    const storage = open();
    const outcomes: string[] = [];
    storage.submit([{ kind: 'appendOnPrefix', fromIdx: 0, entries: [bytesOf(7, 100)] }]);
    storage.startFlush(({ kind }) => outcomes.push(kind));
    bench.elapse(1e6);
    expect(outcomes).toEqual(['durable']);
    bench.reopen('powerCut');
    expect(open().entries(0, 1)).toEqual([bytesOf(7, 100)]);
  });
});
