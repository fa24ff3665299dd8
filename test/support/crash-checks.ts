/**
 * What must be true of every state that a crash may leave, and the counting of those states.
 *
 * `OMNIKV_CRASH_STATES=many` goes through far more of them than a change needs.
 */

import { worstCase, type CrashPlan, type CrashState } from './crash-states.js';
import { append, LogRun, type Bounds } from './log-run.js';

export const IS_LONG = process.env.OMNIKV_CRASH_STATES === 'many';

/** For tests that go through them. */
export const TIMEOUT_MS = IS_LONG ? 3_600_000 : 60_000;

export const PLAN: CrashPlan = IS_LONG
  ? { seed: 'crash', pairs: 400, mixtures: 500 }
  : { seed: 'crash', pairs: 20, mixtures: 8 };

/** For crashes after crashes: fewer of each. */
export const INNER_PLAN: CrashPlan = IS_LONG
  ? { seed: 'inner', pairs: 10, mixtures: 10 }
  : { seed: 'inner', pairs: 2, mixtures: 1 };

/** Opens what is left. Every state that a power cut leaves must open, with what `bounds` says. */
export function openAfter(
  state: Pick<CrashState, 'label' | 'fileSystem'>,
  history: readonly string[],
  bounds: Bounds,
): LogRun {
  const run = new LogRun(state.fileSystem, history);
  try {
    run.open(bounds);
  } catch (error) {
    throw new Error(`${state.label}: ${String(error)}`, { cause: error });
  }
  return run;
}

export function exactly(count: number): Bounds {
  return { least: count, most: count };
}

/** What an opened log shows is on the disk, and the log goes on from there. Two more states. */
export function goOn(run: LogRun, label: string): number {
  const lost = (): Pick<CrashState, 'label' | 'fileSystem'> => ({
    label: `${label}, then all lost`,
    fileSystem: worstCase(run.fileSystem),
  });
  const found = run.history.length - 1;
  openAfter(lost(), run.history, exactly(found));
  const { acceptedIdx, decidedIdx } = run.log.state();
  run.submit(append(Math.max(decidedIdx, acceptedIdx - 1), ['more', 'and more'], 300));
  run.flush();
  openAfter(lost(), run.history, exactly(found + 1));
  return 2;
}

/** A name for the whole run's count, printed once: how much was looked at is part of the answer. */
export class StateCount {
  readonly #byName = new Map<string, number>();

  add(name: string, count: number): void {
    this.#byName.set(name, (this.#byName.get(name) ?? 0) + count);
  }

  get total(): number {
    return [...this.#byName.values()].reduce((sum, count) => sum + count, 0);
  }

  report(): string {
    const parts = [...this.#byName].map(([name, count]) => `${count} ${name}`);
    return `crash states: ${this.total} (${parts.join(', ')})\n`;
  }
}
