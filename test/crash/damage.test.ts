/**
 * Bytes that change at rest: every byte of a small log, sectors that were lost, written elsewhere
 * or cut off. Opening refuses, or gives what was there, or cuts what looks torn; which of them is
 * decided by the table alone, and nothing is ever accepted silently.
 */

import { afterAll, describe, expect, it } from 'vitest';

import { OmnikvError } from '../../src/core/errors.js';
import { verifyLog } from '../../src/core/storage/index.js';
import { IS_LONG, TIMEOUT_MS } from '../support/crash-checks.js';
import { DamageOracle, type Expectation } from '../support/damage-oracle.js';
import { append, ballot, LogRun, snapshot } from '../support/log-run.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import { DATA_PATH, StorageBench, texts } from '../support/storage-bench.js';

const SECTOR_BYTES = 512;
let openedCount = 0;
let residualCount = 0;

afterAll(() => {
  const residual = `${residualCount} cut as unproven (D24)`;
  process.stdout.write(`damage: ${openedCount} damaged logs, ${residual}, 0 accepted\n`);
});

/** Two segments of 4 KiB; the last flush holds two batches that nothing proves. */
function killedLog(): LogRun {
  const run = LogRun.onNewLog();
  run.submit({ kind: 'setPromise', ballot: ballot(1) });
  for (let i = 0; i < 7; i++) {
    run.submit(append(Math.max(0, i - (i % 2)), [i, `${i}b`], 200));
    run.submit({ kind: 'setDecidedIdx', idx: i });
    run.flush();
  }
  run.idle();
  return run;
}

/** Of these the last record is proven by a Mark in another sector: no damage to one is a torn end. */
const PROVEN: ReadonlySet<string> = new Set([
  'an idle log, which a Mark proves',
  'a log that was closed',
  'a log that was only opened',
]);

const LOGS: Record<string, () => Promise<LogRun> | LogRun> = {
  'a log whose node was killed': () => {
    const run = killedLog();
    run.submit(append(run.log.state().acceptedIdx, ['unproven'], 150));
    run.submit({ kind: 'setPromise', ballot: ballot(9) });
    run.flush();
    return run;
  },
  'an idle log, which a Mark proves': () => killedLog(),
  'a log that was only opened': () => {
    const { fileSystem } = LOGS['a log whose node was killed']!() as LogRun;
    const run = new LogRun(fileSystem.copy());
    run.open();
    return run;
  },
  'a log that was closed': async () => {
    const run = killedLog();
    await run.close();
    return run;
  },
  'a log that was closed and went on': async () => {
    const run = killedLog();
    await run.reopen();
    run.submit(append(run.log.state().acceptedIdx, ['once more'], 40));
    run.flush();
    return run;
  },
};

const isRefusal = (error: unknown): boolean =>
  error instanceof OmnikvError && error.code === 'OMNIKV_CORRUPT_DATA';

/** Opens it, and compares with what the rules say. */
function judge(damaged: MemoryFileSystem, expected: Expectation, label: string): void {
  openedCount += 1;
  const { verdict } = verifyLog({ fileSystem: damaged, path: DATA_PATH });
  // The comparison costs more than the opening.
  const before = openedCount % 8 === 0 ? damaged.contents() : undefined;
  const run = new LogRun(damaged);
  let content: string | undefined;
  try {
    run.open();
    content = snapshot(run.log);
  } catch (error) {
    if (!isRefusal(error)) throw new Error(`${label}: ${String(error)}`, { cause: error });
  }
  if (expected.kind === 'refused') {
    if (content !== undefined) expect.fail(`${label}: accepted, ${content}`);
    expect(verdict, label).toBe('corrupt');
    if (before !== undefined) expect(damaged.contents(), label).toEqual(before);
    return;
  }
  expect(content, label).toBe(expected.content);
  const isTorn = run.log.tornBytes > 0;
  expect(verdict, label).toBe(isTorn ? 'tornTail' : 'clean');
  // What is cut is kept for a person to look at, unless it is nothing but zeroes.
  const hasCopy = damaged.list('/data/log').some((name) => name.endsWith('.torn'));
  expect(hasCopy, label).toBe(isTorn);
  if (expected.kind === 'unchanged') expect(isTorn, label).toBe(expected.isTorn);
  else if (expected.isResidual) residualCount += 1;
}

function segmentsOf(fileSystem: MemoryFileSystem): readonly string[] {
  const names = fileSystem.list('/data/log').filter((name) => name.endsWith('.seg'));
  return names.sort().map((name) => `/data/log/${name}`);
}

function damage(
  fileSystem: MemoryFileSystem,
  oracle: DamageOracle,
  change: { readonly file: string; readonly bytes: Uint8Array; readonly label: string },
): void {
  const { file, bytes, label } = change;
  const damaged = fileSystem.copy();
  const expected = oracle.expect(file, fileSystem.bytesOf(file), bytes);
  damaged.setBytes(file, bytes);
  judge(damaged, expected, `${file}: ${label}`);
}

describe.each(Object.keys(LOGS))('%s', { timeout: TIMEOUT_MS }, (name) => {
  async function made(): Promise<{ fileSystem: MemoryFileSystem; oracle: DamageOracle }> {
    const { fileSystem } = await LOGS[name]!();
    const copy = fileSystem.copy();
    return { fileSystem: copy, oracle: new DamageOracle(copy) };
  }

  it('is never another log because a byte has changed', async () => {
    const { fileSystem, oracle } = await made();
    const residual = residualCount;
    for (const file of segmentsOf(fileSystem)) {
      const pristine = fileSystem.bytesOf(file);
      const isLast = file === oracle.lastFile;
      for (let at = 0; at < pristine.length; at++) {
        // Every byte of the records of the last segment; elsewhere one in so many.
        const isDense = IS_LONG || (isLast && at < oracle.end + 64);
        if (!isDense && at % 29 !== 0) continue;
        for (const mask of IS_LONG ? [1, 2, 4, 8, 16, 32, 64, 128, 255] : [1 << (at % 8)]) {
          const bytes = pristine.slice();
          bytes[at] = bytes[at]! ^ mask;
          damage(fileSystem, oracle, { file, bytes, label: `byte ${at} ^ ${mask}` });
        }
      }
    }
    if (PROVEN.has(name)) expect(residualCount).toBe(residual);
  });

  it('is never another log because a sector was lost, or written elsewhere', async () => {
    const { fileSystem, oracle } = await made();
    const residual = residualCount;
    const files = segmentsOf(fileSystem);
    const sectors = files.flatMap((file) => {
      const bytes = fileSystem.bytesOf(file);
      return Array.from({ length: Math.ceil(bytes.length / SECTOR_BYTES) }, (_, i) => ({
        from: `${file} ${i}`,
        bytes: bytes.slice(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES),
      }));
    });
    sectors.push({ from: 'zeroes', bytes: new Uint8Array(SECTOR_BYTES) });
    for (const file of files) {
      const pristine = fileSystem.bytesOf(file);
      for (let at = 0; at + SECTOR_BYTES <= pristine.length; at += SECTOR_BYTES) {
        for (const sector of sectors) {
          const bytes = pristine.slice();
          bytes.set(sector.bytes, at);
          damage(fileSystem, oracle, { file, bytes, label: `${sector.from} at ${at}` });
        }
      }
    }
    if (PROVEN.has(name)) expect(residualCount).toBe(residual);
  });

  it('shows nothing else where its last segment was cut short', async () => {
    const { fileSystem, oracle } = await made();
    const file = oracle.lastFile;
    const pristine = fileSystem.bytesOf(file);
    for (let length = 0; length < oracle.end + 16; length += IS_LONG ? 1 : 8) {
      const bytes = pristine.slice(0, length);
      damage(fileSystem, oracle, { file, bytes, label: `cut to ${length} bytes` });
    }
  });

  it.runIf(IS_LONG || name === 'a log that was closed')(
    'needs its identity whole, and not its lock text',
    async () => {
      const { fileSystem, oracle } = await made();
      for (const file of ['IDENTITY', 'LOCK'].map((base) => `${DATA_PATH}/${base}`)) {
        const { length } = fileSystem.bytesOf(file);
        for (let at = 0; at < length; at++) {
          const damaged = fileSystem.copy();
          const bytes = damaged.bytesOf(file);
          bytes[at] = bytes[at]! ^ (1 << (at % 8));
          const expected: Expectation = file.endsWith('LOCK')
            ? { kind: 'unchanged', content: oracle.whole, isTorn: false }
            : { kind: 'refused' };
          judge(damaged, expected, `${file}: byte ${at}`);
        }
      }
    },
  );
});

it('damage under a running log is never handed to the protocol', async () => {
  const { fileSystem } = killedLog();
  const first = segmentsOf(fileSystem)[0]!;
  let refusedCount = 0;
  for (let at = 80; at < 4096; at += IS_LONG ? 1 : 7) {
    const bench = StorageBench.after(fileSystem.copy(), { tailCacheBytes: 0 });
    bench.fileSystem.completion = 'manual';
    const log = await bench.open();
    const expected = texts(log.entries(0, 0));
    const bytes = bench.fileSystem.bytesOf(first);
    bytes[at] = bytes[at]! ^ (1 << (at % 8));
    try {
      const found = texts(log.entries(0, log.state().acceptedIdx));
      expect(expected).toEqual([]);
      expect(found.length).toBe(log.state().acceptedIdx);
      expect(found).toEqual(GOOD);
    } catch (error) {
      expect(isRefusal(error) || log.failure !== undefined, `byte ${at}: ${String(error)}`).toBe(
        true,
      );
      expect(log.failure).toBeDefined();
      refusedCount += 1;
    }
    openedCount += 1;
  }
  expect(refusedCount).toBeGreaterThan(100);
});

const GOOD: readonly string[] = texts(
  killedLog().log.entries(0, killedLog().log.state().acceptedIdx),
);
