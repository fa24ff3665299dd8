/**
 * Leaves out operations that may have happened and could explain nothing: nobody needs their state.
 *
 * What a certain operation needs to be legal is a state, or any; what a needed operation needs is
 * needed too. Leaving out the rest changes no verdict, and keeps the search short.
 */

import type { HistoryOperation, HistoryResult } from './history.js';
import type { KeyHistory, PossibleOperation } from './key-history.js';
import { ABSENT, type State, type ValueTable } from './value-table.js';

class Needs {
  readonly states = new Set<State>();
  /** Some operation looks at the state in a way that no list of states tells. */
  isAny = false;
  /** Increments lead from any number to any other. */
  isAnyNumber = false;
  readonly #values: ValueTable;

  constructor(values: ValueTable) {
    this.#values = values;
  }

  hasNumber(): boolean {
    for (const state of this.states) if (this.#isNumber(state)) return true;
    return false;
  }

  has(state: State): boolean {
    return this.states.has(state) || (this.isAnyNumber && this.#isNumber(state));
  }

  add(operation: HistoryOperation, result: HistoryResult | undefined): void {
    const values = this.#values;
    if (result?.kind === 'value') this.states.add(values.stateOf(result.value));
    else if (result?.kind === 'conditionFailed' && result.actual !== undefined) {
      this.states.add(values.stateOf(result.actual.value));
    } else if (result?.kind === 'number' && operation.kind === 'increment') {
      const before = result.value - operation.by;
      this.states.add(values.stateOfNumber(before));
      if (before === 0n) this.states.add(ABSENT);
    } else if (operation.kind === 'compareAndSet' && result?.kind !== 'conditionFailed') {
      this.states.add(values.stateOf(operation.expected));
    } else if (!isIndifferent(operation, result)) this.isAny = true;
  }

  #isNumber(state: State): boolean {
    return this.#values.numberOf(state) !== undefined;
  }
}

export function usefulOperations(
  { certain, possible }: KeyHistory,
  values: ValueTable,
): readonly PossibleOperation[] {
  const needs = new Needs(values);
  for (const { entry } of certain) needs.add(entry.operation, entry.result);
  let rest = possible;
  const useful: PossibleOperation[] = [];
  for (;;) {
    if (needs.isAny) return possible;
    const found = rest.filter((operation) => isNeeded(operation, needs));
    if (found.length === 0) return useful;
    rest = rest.filter((operation) => !isNeeded(operation, needs));
    for (const each of found) {
      useful.push(each);
      if (each.operation.kind === 'increment') needs.isAnyNumber = true;
      else needs.add(each.operation, undefined);
    }
  }
}

function isNeeded({ operation, written }: PossibleOperation, needs: Needs): boolean {
  if (operation.kind === 'increment') return needs.isAnyNumber || needs.hasNumber();
  return written !== undefined && needs.has(written);
}

/** It is legal in every state, or needs none that another operation could make. */
function isIndifferent(operation: HistoryOperation, result: HistoryResult | undefined): boolean {
  if (operation.kind === 'delete') return result === undefined;
  if (operation.kind !== 'put') return false;
  return operation.ifAbsent !== true && operation.ifVersion === undefined;
}
