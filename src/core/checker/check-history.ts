/**
 * The judge: is a history linearizable? One search a key, since linearizability is local.
 *
 * `valid` and `invalid` are proven; what could not be proven within the limits is `undecided`. An
 * invalid key is reported although another one was not decided.
 */

import { assert } from '../assert.js';
import type { CheckLimits, HistoryEntry, Verdict } from './history.js';
import { keyHistoryOf } from './key-history.js';
import { searchOrder } from './order-search.js';
import { smallestWindow } from './smallest-window.js';
import { StepBudget } from './step-budget.js';
import { usefulOperations } from './useful-operations.js';
import { ValueTable } from './value-table.js';

const DEFAULT_MAX_CHECK_STEPS = 20_000_000;
/** For making the window small, once it is known that there is one. */
const MAX_WINDOW_STEPS = 5_000_000;

export function checkHistory(entries: readonly HistoryEntry[], limits: CheckLimits = {}): Verdict {
  const { maxSteps = DEFAULT_MAX_CHECK_STEPS, shouldStop } = limits;
  const budget = new StepBudget(maxSteps, shouldStop);
  let undecided: string | undefined;
  for (const [key, ofKey] of byKey(entries)) {
    const verdict = checkKey(key, ofKey, budget, limits);
    if (verdict.kind === 'invalid') return verdict;
    if (verdict.kind === 'undecided') undecided ??= verdict.reason;
  }
  return undecided === undefined ? { kind: 'valid' } : { kind: 'undecided', reason: undecided };
}

function checkKey(
  key: string,
  entries: readonly HistoryEntry[],
  budget: StepBudget,
  { maxSteps, shouldStop }: CheckLimits,
): Verdict {
  const values = new ValueTable();
  const { certain, possible } = keyHistoryOf(entries, values);
  const history = { certain, possible: usefulOperations({ certain, possible }, values) };
  const result = searchOrder(history, values, budget);
  switch (result.kind) {
    case 'ordered':
      return { kind: 'valid' };
    case 'stuck': {
      const stuck = { history: { certain, possible }, stuckAt: result.operation, values };
      const window = smallestWindow(stuck, new StepBudget(MAX_WINDOW_STEPS, shouldStop));
      return { kind: 'invalid', key, window };
    }
    case 'exhausted': {
      const name = JSON.stringify(key);
      const limit = budget.isStopped
        ? 'it was told to stop'
        : `${maxSteps ?? DEFAULT_MAX_CHECK_STEPS} steps`;
      return {
        kind: 'undecided',
        reason: `the ${entries.length} operations of key ${name} were not ordered within the limit: ${limit}`,
      };
    }
  }
}

function byKey(entries: readonly HistoryEntry[]): ReadonlyMap<string, readonly HistoryEntry[]> {
  const keys = new Map<string, HistoryEntry[]>();
  for (const entry of entries) {
    assert(entry.return === undefined || entry.return >= entry.call, 'an answer follows its call');
    const { key } = entry.operation;
    const known = keys.get(key);
    if (known === undefined) keys.set(key, [entry]);
    else known.push(entry);
  }
  return keys;
}
