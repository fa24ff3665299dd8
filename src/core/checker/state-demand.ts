/**
 * Whether a state may be left: not while an operation that is not placed yet needs just this state,
 * and none that is not placed could make it again.
 *
 * Where every value is written once, this finds a wrong order at the next write and not many answers
 * later. It refuses only what no order could mend.
 */

import type { CertainOperation, PossibleOperation } from './key-history.js';
import { madeBy, neededBy } from './state-needs.js';
import type { State, ValueTable } from './value-table.js';

export class StateDemand {
  readonly #values: ValueTable;
  /** By state: operations not placed that need it, and those that could make it. */
  readonly #needs: number[] = [];
  readonly #makers: number[] = [];
  #numberMakers = 0;
  /** By index of the certain operations. */
  readonly #neededBy: readonly (State | undefined)[];
  readonly #madeBy: readonly (State | 'anyNumber' | undefined)[];

  constructor(
    certain: readonly CertainOperation[],
    possible: readonly PossibleOperation[],
    values: ValueTable,
  ) {
    this.#values = values;
    this.#neededBy = certain.map(({ entry }) => {
      const needed = neededBy(entry.operation, entry.result, values);
      return needed?.length === 1 ? needed[0] : undefined;
    });
    this.#madeBy = certain.map(({ entry }) => madeBy(entry.operation, entry.result, values));
    for (let index = 0; index < certain.length; index++) this.unplaced(index);
    for (const operation of possible) this.unused(operation);
  }

  /** The counts must already be without what is placed now. */
  mayLeave(state: State): boolean {
    if ((this.#needs[state] ?? 0) === 0 || (this.#makers[state] ?? 0) > 0) return true;
    return this.#numberMakers > 0 && this.#values.numberOf(state) !== undefined;
  }

  placed(index: number): void {
    this.#count(index, -1);
  }

  unplaced(index: number): void {
    this.#count(index, 1);
  }

  used(operation: PossibleOperation): void {
    this.#countMade(operation.written ?? 'anyNumber', -1);
  }

  unused(operation: PossibleOperation): void {
    this.#countMade(operation.written ?? 'anyNumber', 1);
  }

  #count(index: number, by: number): void {
    const needed = this.#neededBy[index];
    if (needed !== undefined) this.#needs[needed] = (this.#needs[needed] ?? 0) + by;
    const made = this.#madeBy[index];
    if (made !== undefined) this.#countMade(made, by);
  }

  #countMade(made: State | 'anyNumber', by: number): void {
    if (made === 'anyNumber') this.#numberMakers += by;
    else this.#makers[made] = (this.#makers[made] ?? 0) + by;
  }
}
