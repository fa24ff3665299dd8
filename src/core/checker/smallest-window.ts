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
/** Partners of the last operation that are tried alone: most windows are a pair. */
const MAX_PAIRS_TRIED = 300;

export interface StuckHistory {
  readonly history: KeyHistory;
  /** What was answered before it was can be ordered. */
  readonly stuckAt: CertainOperation;
  readonly values: ValueTable;
}

export function smallestWindow(stuck: StuckHistory, budget: StepBudget): readonly HistoryEntry[] {
  return new WindowSearch(stuck, budget).run();
}

class WindowSearch {
  readonly #stuck: StuckHistory;
  readonly #budget: StepBudget;
  /** By return; in doubt is whatever is not under test. */
  readonly #operations: readonly CertainOperation[];
  readonly #inDoubt: ReadonlyMap<CertainOperation, PossibleOperation | undefined>;

  constructor(stuck: StuckHistory, budget: StepBudget) {
    this.#stuck = stuck;
    this.#budget = budget;
    const { certain } = stuck.history;
    this.#operations = [...certain].sort((a, b) => a.return - b.return || a.call - b.call);
    this.#inDoubt = new Map(certain.map((each) => [each, relaxed(each, stuck.values)]));
  }

  run(): readonly HistoryEntry[] {
    const prefix = this.#impossiblePrefix();
    const last = prefix.at(-1)!;
    // The latest first: they are the ones that a reader looks for.
    const before = prefix.slice(0, -1).reverse();
    const pair = this.#pairWith(last, before);
    const window = pair ?? [last, ...this.#explain([last], { isNew: true }, before)];
    // A search that ran out of steps may have misled us: then all that came before is the window.
    const isProven = pair !== undefined || this.#isImpossible(window);
    const entries = (isProven ? window : prefix).map(({ entry }) => entry);
    return entries.sort((a, b) => a.call - b.call);
  }

  /** The shortest one by return, as far as the steps go. Without its last operation it is possible. */
  #impossiblePrefix(): readonly CertainOperation[] {
    const operations = this.#operations;
    let possible = operations.indexOf(this.#stuck.stuckAt);
    let impossible = possible + 1;
    while (impossible < operations.length && !this.#isImpossible(operations.slice(0, impossible))) {
      possible = impossible;
      impossible = Math.min(operations.length, 2 * impossible);
    }
    while (impossible - possible > 1) {
      const middle = (possible + impossible) >>> 1;
      if (this.#isImpossible(operations.slice(0, middle))) impossible = middle;
      else possible = middle;
    }
    return operations.slice(0, impossible);
  }

  #pairWith(
    last: CertainOperation,
    others: readonly CertainOperation[],
  ): readonly CertainOperation[] | undefined {
    if (this.#isImpossible([last])) return [last];
    const partner = others
      .slice(0, MAX_PAIRS_TRIED)
      .find((other) => this.#isImpossible([last, other]));
    return partner && [last, partner];
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
    const lastReturn = Math.max(...core.map((operation) => operation.return));
    const possible = history.possible.filter(({ call }) => call <= lastReturn);
    for (const [operation, inDoubt] of this.#inDoubt) {
      if (inDoubt === undefined || isCore.has(operation) || inDoubt.call > lastReturn) continue;
      possible.push(inDoubt);
    }
    const useful = usefulOperations({ certain: core, possible }, values);
    const share = this.#budget.share(MAX_STEPS_PER_SEARCH);
    const before = share.left;
    const result = searchOrder({ certain: core, possible: useful }, values, share);
    this.#budget.spend(before - share.left);
    return result.kind === 'stuck';
  }
}
