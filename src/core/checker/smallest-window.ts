/**
 * The smallest part of a history that cannot be ordered, for a person who asks why.
 *
 * An operation may be left out where the rest cannot be ordered even if it took effect at any time
 * after its call, or never: then it explains nothing. What is left over is minimal, and is proven to
 * be impossible once more (QuickXplain, Junker 2004).
 */

import type { HistoryEntry } from './history.js';
import {
  relaxed,
  type CertainOperation,
  type KeyHistory,
  type PossibleOperation,
} from './key-history.js';
import { searchOrder } from './order-search.js';
import type { StepBudget } from './step-budget.js';
import { usefulOperations } from './useful-operations.js';
import type { ValueTable } from './value-table.js';

const MAX_STEPS_PER_SEARCH = 100_000;

export interface StuckHistory {
  readonly history: KeyHistory;
  /** Without it, what had been answered before can be ordered. */
  readonly culprit: CertainOperation;
  readonly values: ValueTable;
}

export function smallestWindow(stuck: StuckHistory, budget: StepBudget): readonly HistoryEntry[] {
  return new WindowSearch(stuck, budget).run();
}

class WindowSearch {
  readonly #stuck: StuckHistory;
  readonly #budget: StepBudget;
  /** Answered before the culprit was, the latest first. */
  readonly #candidates: readonly CertainOperation[];
  /** Whatever is not under test. */
  readonly #relaxed = new Map<CertainOperation, PossibleOperation | undefined>();

  constructor(stuck: StuckHistory, budget: StepBudget) {
    this.#stuck = stuck;
    this.#budget = budget;
    const { history, culprit, values } = stuck;
    for (const operation of history.certain) {
      if (operation.call > culprit.return || operation === culprit) continue;
      this.#relaxed.set(operation, relaxed(operation, values));
    }
    this.#candidates = history.certain
      .filter((operation) => operation !== culprit && operation.return <= culprit.return)
      .sort((a, b) => b.return - a.return);
  }

  run(): readonly HistoryEntry[] {
    const { culprit } = this.#stuck;
    const core = [culprit, ...this.#explain([culprit], { isNew: true }, this.#candidates)];
    // A search that ran out of steps may have misled us: then all that came before is the window.
    const isProven = core.length <= 1 + this.#candidates.length && this.#isImpossible(core);
    const window = isProven ? core : [culprit, ...this.#candidates];
    return window.map(({ entry }) => entry).sort((a, b) => a.call - b.call);
  }

  /** The part of `candidates` that is needed beside `core` to make it impossible. */
  #explain(
    core: readonly CertainOperation[],
    { isNew }: { readonly isNew: boolean },
    candidates: readonly CertainOperation[],
  ): readonly CertainOperation[] {
    if (candidates.length === 0 || (isNew && this.#isImpossible(core))) return [];
    if (candidates.length === 1) return candidates;
    const middle = candidates.length >>> 1;
    const late = candidates.slice(0, middle);
    const early = candidates.slice(middle);
    const ofEarly = this.#explain([...core, ...late], { isNew: true }, early);
    const isGrown = { isNew: ofEarly.length > 0 };
    const ofLate = this.#explain([...core, ...ofEarly], isGrown, late);
    return [...ofLate, ...ofEarly];
  }

  #isImpossible(core: readonly CertainOperation[]): boolean {
    const { values, history } = this.#stuck;
    const isCore = new Set(core);
    const possible = [...history.possible];
    for (const [operation, inDoubt] of this.#relaxed) {
      if (inDoubt !== undefined && !isCore.has(operation)) possible.push(inDoubt);
    }
    const useful = usefulOperations({ certain: core, possible }, values);
    const share = this.#budget.share(MAX_STEPS_PER_SEARCH);
    const before = share.left;
    const result = searchOrder({ certain: core, possible: useful }, share);
    this.#budget.spend(before - share.left);
    return result.kind === 'stuck';
  }
}
