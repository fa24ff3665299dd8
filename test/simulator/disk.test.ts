/**
 * The simulated disk keeps what was synced, and only that; everything else it may take.
 */

import { describe, expect, it } from 'vitest';

import { bytesOf, DiskBench } from '../support/disk-bench.js';

const ignore = (): void => undefined;

/** A file of 8 KiB of ones, durable under a durable name. */
function benchWithFile(plan: ConstructorParameters<typeof DiskBench>[0] = {}, seed = 1): DiskBench {
  const bench = new DiskBench(plan, seed);
  const handle = bench.fileSystem.open('/f', 'create');
  bench.disk.withoutFaults(() => {
    handle.writeSync(bytesOf(1, 8_192), 0);
    handle.syncNow();
    bench.fileSystem.syncDirectory('/');
    handle.close();
  });
  return bench;
}

describe('files', () => {
  it('are seen at once, survive a killed process, and lose at a power cut what was not synced', () => {
    const bench = benchWithFile();
    bench.fileSystem.open('/f', 'readWrite').writeSync(bytesOf(2, 100), 50);
    expect(bench.fileSystem.readFile('/f').subarray(49, 52)).toEqual(Uint8Array.of(1, 2, 2));
    expect(bench.reopen('kill').readFile('/f').subarray(49, 52)).toEqual(Uint8Array.of(1, 2, 2));
    expect(bench.reopen('powerCut').readFile('/f')).toEqual(bytesOf(1, 8_192));
  });

  it('a sync covers what was written before it was called, not what came while it ran', () => {
    const bench = benchWithFile();
    const handle = bench.fileSystem.open('/f', 'readWrite');
    const order: string[] = [];
    handle.writeSync(bytesOf(2, 600), 0);
    handle.sync(() => order.push('synced'));
    handle.writeSync(bytesOf(3, 10), 0);
    order.push('called');
    bench.elapse();
    expect(order).toEqual(['called', 'synced']);
    const found = bench.reopen('powerCut').readFile('/f');
    expect(found).toEqual(Uint8Array.of(...bytesOf(2, 600), ...bytesOf(1, 7_592)));
  });

  it('a sync that has not ended promises nothing', () => {
    const bench = benchWithFile();
    const handle = bench.fileSystem.open('/f', 'readWrite');
    handle.writeSync(bytesOf(2, 10), 0);
    handle.sync(() => expect.unreachable());
    const outcomes = new Set<number>();
    const copy = bench.disk.durableCopy();
    expect(copy.readFile('/f')).toEqual(bytesOf(1, 8_192));
    for (let seed = 0; seed < 20; seed++) {
      const other = benchWithFile({}, seed);
      const file = other.fileSystem.open('/f', 'readWrite');
      file.writeSync(bytesOf(2, 10), 0);
      file.sync(() => expect.unreachable());
      outcomes.add(other.reopen('powerCut').readFile('/f')[0]!);
      other.elapse();
    }
    expect(outcomes).toEqual(new Set([1, 2]));
  });

  it('keep an unsynced size and unsynced bytes apart', () => {
    const sizes = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const bench = benchWithFile({ crash: { keep: 1, drop: 1, tear: 0, garbage: 0 } }, seed);
      bench.fileSystem.open('/f', 'readWrite').writeSync(bytesOf(2, 512), 8_192);
      const found = bench.reopen('powerCut').readFile('/f');
      sizes.add(`${found.length} ${found[8_192] ?? '-'}`);
    }
    expect(sizes).toEqual(new Set(['8192 -', '8704 0', '8704 2']));
  });

  it('a write under way when the process dies arrives in part', () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 30; seed++) {
      const bench = benchWithFile({}, seed);
      bench.fileSystem
        .open('/f', 'readWrite')
        .write(bytesOf(2, 1_000), 0, () => expect.unreachable());
      expect(bench.fileSystem.readFile('/f')[0]).toBe(1);
      const found = bench.reopen('kill').readFile('/f');
      const length = found.findIndex((byte) => byte === 1);
      expect(found.subarray(length).every((byte) => byte === 1)).toBe(true);
      lengths.add(length);
      bench.elapse();
    }
    expect(lengths.size).toBeGreaterThan(10);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1_000);
  });

  it('refuse two writes at a time (D14)', () => {
    const bench = benchWithFile();
    const handle = bench.fileSystem.open('/f', 'readWrite');
    handle.write(bytesOf(2, 10), 0, ignore);
    expect(() => handle.writeSync(bytesOf(3, 10), 0)).toThrow('two writes');
    bench.elapse();
    handle.writeSync(bytesOf(3, 10), 0);
  });
});

describe('a failed sync', () => {
  it('leaves pages that no later sync makes durable, until they are written again', () => {
    let lost = 0;
    for (let seed = 0; seed < 20; seed++) {
      const bench = benchWithFile({ syncErrorProbability: 1 }, seed);
      const handle = bench.fileSystem.open('/f', 'readWrite');
      handle.writeSync(bytesOf(2, 10), 0);
      handle.writeSync(bytesOf(2, 10), 4_096);
      const errors: unknown[] = [];
      handle.sync((error) => errors.push(error));
      bench.elapse();
      expect(errors).toEqual([expect.objectContaining({ code: 'EIO' })]);
      bench.disk.mend();
      handle.syncNow();
      expect(bench.fileSystem.readFile('/f')[4_096]).toBe(2);
      const before = bench.disk.durableCopy().readFile('/f');
      handle.writeSync(bytesOf(2, 1), 8_000);
      handle.syncNow();
      const after = bench.reopen('powerCut').readFile('/f');
      if (before[0] === 1) lost += 1;
      // The second page was written again, all of it; the first was not.
      expect([after[0], after[4_096], after[8_000]]).toEqual([before[0], 2, 2]);
    }
    expect(lost).toBeGreaterThan(5);
  });

  it('leaves to the next sync a page that was written while it ran', () => {
    const bench = benchWithFile({ syncErrorProbability: 1 });
    const handle = bench.fileSystem.open('/f', 'readWrite');
    handle.writeSync(bytesOf(2, 10), 0);
    handle.sync(ignore);
    handle.writeSync(bytesOf(3, 10), 5);
    bench.elapse();
    expect(bench.disk.durableCopy().readFile('/f')[0]).toBeLessThan(3);
    bench.disk.mend();
    handle.syncNow();
    const found = bench.reopen('powerCut').readFile('/f');
    expect(found.subarray(0, 16)).toEqual(Uint8Array.of(...bytesOf(2, 5), ...bytesOf(3, 10), 1));
  });
});

describe('a power cut', () => {
  it('takes each unsynced sector apart from the others', () => {
    const bench = benchWithFile({ crash: { keep: 1, drop: 1, tear: 0, garbage: 0 } });
    bench.fileSystem.open('/f', 'readWrite').writeSync(bytesOf(2, 8_192), 0);
    const summary = bench.disk.powerCut();
    expect(summary.kept + summary.dropped).toBe(16);
    expect(Math.min(summary.kept, summary.dropped)).toBeGreaterThan(0);
    const found = bench.disk.openLife().readFile('/f');
    for (let at = 0; at < found.length; at += 512) {
      expect(new Set(found.subarray(at, at + 512)).size).toBe(1);
    }
    expect(new Set(found)).toEqual(new Set([1, 2]));
  });

  it('tears inside a sector, and garbage hits only what was being written', () => {
    const torn = benchWithFile({ crash: { keep: 0, drop: 0, tear: 1, garbage: 0 } });
    torn.fileSystem.open('/f', 'readWrite').writeSync(bytesOf(2, 8_192), 0);
    expect(torn.disk.powerCut()).toMatchObject({ torn: 16, kept: 0, dropped: 0 });
    const halves = torn.disk.openLife().readFile('/f');
    for (let at = 0; at < halves.length; at += 512) {
      expect(new Set(halves.subarray(at, at + 512)).size).toBe(2);
    }
    const garbage = benchWithFile({ crash: { keep: 0, drop: 0, tear: 0, garbage: 1 } });
    const handle = garbage.fileSystem.open('/f', 'readWrite');
    handle.writeSync(bytesOf(2, 10), 100);
    handle.writeSync(bytesOf(2, 10), 200);
    const found = garbage.reopen('powerCut').readFile('/f');
    expect(found.subarray(0, 100)).toEqual(bytesOf(1, 100));
    expect(found.subarray(210)).toEqual(bytesOf(1, 8_192 - 210));
    expect(new Set(found.subarray(100, 210)).size).toBeGreaterThan(20);
  });
});

describe('names', () => {
  it('are durable by a sync of their directory alone', () => {
    const bench = new DiskBench();
    bench.fileSystem.makeDirectory('/d');
    bench.fileSystem.syncDirectory('/');
    const handle = bench.fileSystem.open('/d/a', 'create');
    handle.writeSync(bytesOf(1, 10), 0);
    handle.syncNow();
    expect(bench.reopen('kill').list('/d')).toEqual(['a']);
    expect(bench.reopen('powerCut').list('/d')).toEqual([]);
    bench.fileSystem.open('/d/a', 'create').close();
    bench.fileSystem.syncDirectory('/d');
    bench.fileSystem.remove('/d/a');
    expect(bench.fileSystem.status('/d/a')).toBeUndefined();
    expect(bench.reopen('powerCut').list('/d')).toEqual(['a']);
  });

  it('a directory sync under way covers what was done before it was called', () => {
    const bench = new DiskBench();
    bench.fileSystem.open('/a', 'create').close();
    let isSynced = false;
    bench.fileSystem.startDirectorySync('/', () => (isSynced = true));
    bench.fileSystem.open('/b', 'create').close();
    expect(isSynced).toBe(false);
    bench.elapse();
    expect(isSynced).toBe(true);
    expect(bench.reopen('powerCut').list('/')).toEqual(['a']);
  });

  it('a rename leaves the old name, the new one or both, never none', () => {
    const found = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const bench = new DiskBench({ entryLossProbability: 0.5 }, seed);
      const old = bench.fileSystem.open('/old', 'create');
      const taken = bench.fileSystem.open('/taken', 'create');
      taken.writeSync(bytesOf(7, 1), 0);
      taken.syncNow();
      old.syncNow();
      bench.fileSystem.syncDirectory('/');
      bench.fileSystem.rename('/old', '/new');
      bench.fileSystem.rename('/new', '/taken');
      const after = bench.reopen('powerCut');
      const isReplaced = after.readFile('/taken').length === 0;
      found.add([...after.list('/').toSorted(), isReplaced ? 'replaced' : ''].join(' '));
    }
    expect(found.size).toBeGreaterThanOrEqual(4);
    for (const names of found) expect(names).toMatch(/old|new|replaced/);
  });

  it('a directory and all in it go with its name', () => {
    const bench = new DiskBench();
    bench.fileSystem.makeDirectory('/d');
    bench.fileSystem.open('/d/a', 'create').syncNow();
    bench.fileSystem.syncDirectory('/d');
    const { identity } = bench.fileSystem.status('/d')!;
    bench.fileSystem.rename('/d', '/e');
    expect(bench.fileSystem.status('/e')?.identity).toBe(identity);
    expect(bench.reopen('powerCut').list('/')).toEqual([]);
  });
});

describe('faults', () => {
  it('fail any call once, or all calls from then on until the next life', () => {
    for (const isErrorForEver of [false, true]) {
      const bench = benchWithFile({ errorProbability: 0.2, isErrorForEver }, 5);
      const failed = Array.from({ length: 40 }, () => {
        try {
          bench.fileSystem.status('/f');
          return false;
        } catch (error) {
          expect(error).toMatchObject({ code: 'EIO' });
          return true;
        }
      });
      const first = failed.indexOf(true);
      expect(first).toBeGreaterThanOrEqual(0);
      expect(failed.slice(first).every(Boolean)).toBe(isErrorForEver);
      bench.disk.mend();
      expect(bench.fileSystem.status('/f')?.sizeBytes).toBe(8_192);
    }
  });

  it('a full disk takes what fits and grows when mended', () => {
    const bench = benchWithFile({ capacityBytes: 10_000 });
    expect(bench.fileSystem.freeBytes('/')).toBe(10_000 - 8_192);
    const handle = bench.fileSystem.open('/g', 'create');
    expect(() => handle.writeSync(bytesOf(2, 3_000), 0)).toThrow(
      expect.objectContaining({ code: 'ENOSPC' }),
    );
    expect(handle.size()).toBe(10_000 - 8_192);
    expect(bench.fileSystem.freeBytes('/')).toBe(0);
    // What is there already may be written over.
    bench.fileSystem.open('/f', 'readWrite').writeSync(bytesOf(3, 8_192), 0);
    bench.fileSystem.remove('/f');
    expect(bench.fileSystem.freeBytes('/')).toBe(8_192);
    bench.disk.mend();
    handle.writeSync(bytesOf(2, 20_000), 0);
    expect(bench.events.map(({ kind }) => kind)).toEqual(['full']);
  });

  it('a short write leaves a part of it and fails with ENOSPC', () => {
    const bench = benchWithFile({ shortWriteProbability: 1 });
    const errors: unknown[] = [];
    const handle = bench.fileSystem.open('/f', 'readWrite');
    handle.write(bytesOf(2, 4_000), 0, (error) => errors.push(error));
    bench.elapse();
    expect(errors).toEqual([expect.objectContaining({ code: 'ENOSPC' })]);
    const length = bench.fileSystem.readFile('/f').indexOf(1);
    expect(length).toBeLessThan(4_000);
    expect(bench.events).toEqual([{ kind: 'shortWrite', detail: `${length} of 4000 bytes /f` }]);
  });

  it('latencies and spikes end, and nothing of a dead process does', () => {
    const bench = benchWithFile({ spikeProbability: 0.5, spikeUs: 1_000_000 });
    const handle = bench.fileSystem.open('/f', 'readWrite');
    const latencies: number[] = [];
    for (let i = 0; i < 200; i++) {
      const startUs = bench.queue.nowUs;
      handle.sync(() => latencies.push(bench.queue.nowUs - startUs));
      bench.elapse();
    }
    const slow = latencies.filter((us) => us >= 1_000_000);
    expect(latencies).toHaveLength(200);
    expect(slow.length).toBeGreaterThan(70);
    expect(slow.length).toBeLessThan(130);
    handle.sync(() => expect.unreachable());
    bench.disk.processDied();
    bench.elapse();
    expect(() => handle.size()).toThrow('a dead process');
    expect(() => bench.fileSystem.list('/')).toThrow('a dead process');
  });
});

describe('audits and damage', () => {
  it('a durable copy holds what is durable, takes writes of its own and draws nothing', () => {
    const trace = (isAudited: boolean): string => {
      const bench = benchWithFile({ crash: { keep: 1, drop: 1, tear: 1, garbage: 1 } }, 3);
      bench.fileSystem.open('/f', 'readWrite').writeSync(bytesOf(2, 8_192), 0);
      bench.fileSystem.open('/g', 'create').close();
      if (isAudited) {
        const copy = bench.disk.durableCopy();
        expect(copy.list('/')).toEqual(['f']);
        expect(copy.readFile('/f')).toEqual(bytesOf(1, 8_192));
        copy.open('/f', 'readWrite').writeSync(bytesOf(9, 8_192), 0);
        copy.open('/h', 'create').write(bytesOf(9, 1), 0, () => expect.unreachable());
        copy.remove('/f');
      }
      return bench.reopen('powerCut').readFile('/f').join();
    };
    expect(trace(true)).toBe(trace(false));
  });

  it('damage changes a sealed segment, or the header of the last', () => {
    const places = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const bench = new DiskBench({}, seed);
      expect(bench.disk.withoutFaults(() => bench.fileSystem.list('/'))).toEqual([]);
      const before = ['/1.seg', '/2.seg'].map((path, i) => {
        const handle = bench.fileSystem.open(path, 'create');
        handle.writeSync(
          Uint8Array.from({ length: 4_096 }, (_, at) => (at * 7 + i) >> 3),
          0,
        );
        handle.syncNow();
        return bench.fileSystem.readFile(path);
      });
      bench.disk.processDied();
      const detail = bench.disk.damageAtRest();
      const after = bench.disk.openLife();
      const changed = [0, 1].flatMap((i) => {
        const found = after.readFile(`/${i + 1}.seg`);
        const at = found.findIndex((byte, offset) => byte !== before[i]![offset]);
        return at < 0 ? [] : [{ file: i + 1, at }];
      });
      expect(changed).toHaveLength(1);
      expect(detail).toContain(`/${changed[0]!.file}.seg`);
      if (changed[0]!.file === 2) expect(changed[0]!.at).toBeLessThan(64);
      places.add(`${changed[0]!.file} ${detail!.split(' ')[0]}`);
    }
    expect(places).toEqual(new Set(['1 bit', '1 sector', '2 bit']));
    const empty = new DiskBench();
    empty.disk.processDied();
    expect(empty.disk.damageAtRest()).toBeUndefined();
  });
});
