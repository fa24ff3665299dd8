/**
 * Leaves out operations that may have happened and could explain nothing: nobody needs their state.
 *
 * What a certain operation needs to be legal is a state, or any; what a needed operation wants is
 * needed too. Leaving out the rest changes no verdict, and keeps the search short.
 */

import type { KeyHistory, PossibleOperation } from './key-history.js';
import { neededBy, wantedBy, type NeededStates } from './state-needs.js';
import type { State, ValueTable } from './value-table.js';

class Needs {
  readonly #states = new Set<State>();
  /** Some operation looks at the state in a way that no list of states tells. */
  isAny = false;
  /** Increments lead from any number to any other. */
  isAnyNumber = false;
  readonly #values: ValueTable;

  constructor(values: ValueTable) {
    this.#values = values;
  }

  hasNumber(): boolean {
    for (const state of this.#states) if (this.#isNumber(state)) return true;
    return false;
  }

  has(state: State): boolean {
    return this.#states.has(state) || (this.isAnyNumber && this.#isNumber(state));
  }

  add(states: NeededStates): void {
    if (states === undefined) this.isAny = true;
    else for (const state of states) this.#states.add(state);
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
  for (const { entry } of certain) needs.add(neededBy(entry.operation, entry.result, values));
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
      else needs.add(wantedBy(each.operation, values));
    }
  }
}

function isNeeded({ operation, written }: PossibleOperation, needs: Needs): boolean {
  if (operation.kind === 'increment') return needs.isAnyNumber || needs.hasNumber();
  return written !== undefined && needs.has(written);
}
