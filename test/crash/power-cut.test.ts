/**
 * Power cuts at every point of every workload: what was acknowledged is there afterwards, what was
 * never written is not, and what an opened log shows survives the next crash.
 */

import { afterAll, describe, expect, it } from 'vitest';

import type { OmnikvError } from '../../src/core/errors.js';
import {
  exactly,
  goOn,
  INNER_PLAN,
  IS_LONG,
  openAfter,
  PLAN,
  StateCount,
  TIMEOUT_MS,
} from '../support/crash-checks.js';
import { crashStates, worstCase } from '../support/crash-states.js';
import { lived, WORKLOAD_NAMES } from '../support/crash-workloads.js';
import { append, boundsOf, LogRun } from '../support/log-run.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';

const counts = new StateCount();

afterAll(() => {
  process.stdout.write(counts.report());
});

describe('a power cut loses nothing that was acknowledged', () => {
  it.each(WORKLOAD_NAMES)(
    'while %s',
    async (name) => {
      const { fileSystem, history } = await lived(name);
      let count = 0;
      for (const state of crashStates(fileSystem, PLAN)) {
        const run = openAfter(state, history, boundsOf(state.notes));
        count += 1;
        if (count % 8 === 0) counts.add('that went on', goOn(run, state.label));
      }
      counts.add(name, count);
      expect(count).toBeGreaterThan(300);
    },
    TIMEOUT_MS,
  );

  it.each(WORKLOAD_NAMES)(
    'while it recovers from another power cut (%s)',
    async (name) => {
      const { fileSystem, history } = await lived(name);
      const step = IS_LONG ? 1 : 29;
      const seenBy = new Map<number, Set<string>>();
      let count = 0;
      for (const first of crashStates(fileSystem, { ...INNER_PLAN, step })) {
        const label = `${first.label}; recovery`;
        const recovery = openAfter(first, history, boundsOf(first.notes));
        const found = recovery.history.length - 1;
        const seen = seenBy.get(found) ?? new Set();
        seenBy.set(found, seen);
        for (const second of crashStates(recovery.fileSystem, { ...INNER_PLAN, seen })) {
          const state = { ...second, label: `${label} ${second.label}` };
          openAfter(state, recovery.history, exactly(found));
          count += 1;
        }
      }
      counts.add('during recovery', count);
      expect(count).toBeGreaterThan(100);
    },
    TIMEOUT_MS,
  );

  // The page cache outlives a process: what the next one reads is not yet on the disk.
  it.each(WORKLOAD_NAMES)(
    'after a kill that the power cut follows (%s)',
    async (name) => {
      const { fileSystem, history } = await lived(name);
      let count = 0;
      for (let length = 0; length <= fileSystem.changes.length; length += IS_LONG ? 1 : 9) {
        const killed = fileSystem.killedAfter(length, length % 2 === 0 ? 100 : 0);
        const notes = killed.changes.flatMap((change) =>
          change.op === 'note' ? [change.note] : [],
        );
        const from = killed.changes.length;
        const state = { label: `killed after ${length} changes`, fileSystem: killed };
        const run = openAfter(state, history, boundsOf(notes));
        run.submit(append(run.log.state().acceptedIdx, ['after the kill'], 700));
        run.flush();
        for (const second of crashStates(killed, { ...INNER_PLAN, from })) {
          const label = `${state.label}; ${second.label}`;
          openAfter({ ...second, label }, run.history, boundsOf(second.notes));
          count += 1;
        }
      }
      counts.add('after a kill', count);
      expect(count).toBeGreaterThan(100);
    },
    TIMEOUT_MS,
  );
});

describe('a log that is being made', () => {
  const PATH = '/a/b/data';

  /** Made, opened, one batch acknowledged. */
  function madeLog(fileSystem = new MemoryFileSystem()): LogRun {
    const run = new LogRun(fileSystem, [], PATH);
    if (fileSystem.status(PATH) === undefined) run.create();
    // Whoever made it may say so, before anybody opens it.
    run.note('acknowledged', 0);
    run.open();
    run.submit(append(0, ['first']));
    run.flush();
    return run;
  }

  function open(fileSystem: MemoryFileSystem, history: readonly string[], label: string): LogRun {
    const run = new LogRun(fileSystem, history, PATH);
    try {
      run.open();
    } catch (error) {
      throw new Error(`${label}: ${String(error)}`, { cause: error });
    }
    return run;
  }

  /** Goes on with what a killed process left, as `omnikv init` and `omnikv start` do. */
  function resumed(fileSystem: MemoryFileSystem, history: readonly string[]): LogRun {
    if (fileSystem.status(PATH) === undefined) return madeLog(fileSystem);
    const run = new LogRun(fileSystem, history, PATH);
    run.open();
    run.submit(append(run.log.state().acceptedIdx, ['second']));
    run.flush();
    return run;
  }

  it('is there whole after a power cut, or can be made again (D3)', () => {
    const { fileSystem, history } = madeLog();
    let [count, openedCount] = [0, 0];
    for (const state of crashStates(fileSystem, PLAN)) {
      count += 1;
      const run = new LogRun(state.fileSystem, history, PATH);
      try {
        run.open(boundsOf(state.notes));
        openedCount += 1;
      } catch (error) {
        expect((error as OmnikvError).code, state.label).toBe('OMNIKV_DATA_MISSING');
        expect(boundsOf(state.notes).least, state.label).toBe(0);
        // Nobody can have been told of it: making it was not over.
        expect(state.notes, state.label).toEqual([]);
        madeLog(state.fileSystem);
      }
    }
    counts.add('it is made', count);
    expect(openedCount).toBeGreaterThan(50);
    expect(count - openedCount).toBeGreaterThan(20);
  });

  it('keeps its names where a kill interrupted the making (D3)', () => {
    const { fileSystem, history } = madeLog();
    for (let length = 0; length <= fileSystem.changes.length; length++) {
      const label = `killed after ${length} changes, then all lost`;
      const again = resumed(fileSystem.killedAfter(length), history);
      const found = open(worstCase(again.fileSystem), again.history, label);
      expect(found.history, label).toEqual(again.history);
      counts.add('after a kill', 1);
    }
  });

  it('adds up: every change goes through ten thousand states', () => {
    expect(counts.total).toBeGreaterThan(10_000);
  });
});
