/**
 * Every call to the disk fails in turn, once or from then on, in every workload.
 *
 * D17: the instance ends there and writes nothing more. D18: the next process reads what the page
 * cache shows, which the disk may never get, and still loses nothing that is told from then on.
 */

import { afterAll, describe, expect, it } from 'vitest';

import { OmnikvError } from '../../src/core/errors.js';
import { exactly, openAfter, StateCount, TIMEOUT_MS } from '../support/crash-checks.js';
import { crashStates, worstCase } from '../support/crash-states.js';
import { WORKLOAD_NAMES, WORKLOADS, type Workload } from '../support/crash-workloads.js';
import { append, boundsOf, LogRun } from '../support/log-run.js';
import { failNth, type Call } from '../support/disk-faults.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';

const counts = new StateCount();

afterAll(() => {
  process.stdout.write(`fail-Nth: ${counts.report()}`);
});

const KINDS_THAT_CHANGE = new Set(['create', 'write', 'sync', 'rename', 'remove', 'syncDirectory']);

interface Attempt {
  readonly run: LogRun;
  readonly failure: unknown;
  /** Calls that would have changed the disk after the log had failed. */
  readonly callsAfter: readonly Call[];
}

async function attempt(
  run: LogRun,
  live: () => Promise<void> | void,
  fault: (call: Call) => string | undefined,
): Promise<Attempt> {
  const callsAfter: Call[] = [];
  let hasEnded = false;
  run.fileSystem.fault = (call) => {
    if ((hasEnded || run.failure !== undefined) && KINDS_THAT_CHANGE.has(call.kind)) {
      callsAfter.push(call);
    }
    return fault(call);
  };
  let failure: unknown;
  try {
    await live();
  } catch (error) {
    failure = error;
    hasEnded = true;
    run.idle();
    if (run.failure !== undefined) await run.close().catch(() => undefined);
  }
  run.fileSystem.fault = () => undefined;
  return { run, failure, callsAfter };
}

/** What is left of an attempt, and what the next process makes of it. */
function checkAfter({ run, failure, callsAfter }: Attempt, label: string): number {
  const { fileSystem, history } = run;
  expect(failure, label).toBeInstanceOf(OmnikvError);
  expect(callsAfter, label).toEqual([]);
  const { length } = fileSystem.changes;
  const notes = fileSystem.changes.flatMap((change) => (change.op === 'note' ? [change.note] : []));
  const bounds = boundsOf(notes);
  const plan = { seed: label, pairs: 0, mixtures: 1, from: length };
  let count = 0;
  for (const state of crashStates(fileSystem, plan)) {
    openAfter({ ...state, label: `${label}, ${state.label}` }, history, bounds);
    count += 1;
  }
  const next = openAfter({ label, fileSystem: fileSystem.killedAfter(length) }, history, bounds);
  next.submit(append(next.log.state().acceptedIdx, ['after the failure']));
  next.flush();
  const lost = { label: `${label}, then all lost`, fileSystem: worstCase(next.fileSystem) };
  openAfter(lost, next.history, exactly(next.history.length - 1));
  return count + 2;
}

describe.each([
  ['EIO', 'once'],
  ['EIO', 'forever'],
  ['ENOSPC', 'once'],
  ['ENOSPC', 'forever'],
] as const)(
  '%s %s at any call loses nothing that was acknowledged',
  { timeout: TIMEOUT_MS },
  (code, mode) => {
    it.each(WORKLOAD_NAMES)('while %s', async (name) => {
      const workload: Workload = WORKLOADS[name];
      let [isOver, number] = [false, 0];
      for (; !isOver; number++) {
        const run = LogRun.onNewLog();
        const { callCount } = run.fileSystem;
        const fault = failNth(callCount + number, { code, mode });
        const tried = await attempt(run, () => workload(run), fault);
        isOver = run.fileSystem.callCount <= callCount + number;
        // A spare segment that finds no room is no failure.
        if (tried.failure === undefined) continue;
        counts.add(`${code} ${mode}`, checkAfter(tried, `${name}: ${code} ${mode} at ${number}`));
      }
      expect(number).toBeGreaterThan(10);
    });

    it('while it is made: it is made the next time, or is there whole', async () => {
      let [isOver, number] = [false, 0];
      for (; !isOver; number++) {
        const run = new LogRun(new MemoryFileSystem());
        const live = (): void => {
          run.create();
          run.open();
        };
        const tried = await attempt(run, live, failNth(number, { code, mode }));
        isOver = run.fileSystem.callCount <= number;
        if (tried.failure === undefined) continue;
        const label = `made: ${code} ${mode} at ${number}`;
        expect(tried.failure, label).toBeInstanceOf(OmnikvError);
        expect(tried.callsAfter, label).toEqual([]);
        for (const fileSystem of [
          run.fileSystem.killedAfter(run.fileSystem.changes.length),
          worstCase(run.fileSystem),
        ]) {
          const next = new LogRun(fileSystem);
          if (fileSystem.status('/data') === undefined) next.create();
          next.open();
          next.submit(append(0, ['first']));
          next.flush();
          counts.add('made', 1);
        }
      }
      expect(number).toBeGreaterThan(30);
    });
  },
);
