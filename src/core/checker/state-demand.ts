/**
 * What the operations that are not placed yet still need: which states may be left, and which are
 * not worth making.
 *
 * Where every value is written once, this finds a wrong order at the next write and not many answers
 * later. It refuses only what no order could mend, and only states that nobody will tell apart count
 * as one.
 */

import type { HistoryOperation, HistoryResult } from './history.js';
import type { CertainOperation, PossibleOperation } from './key-history.js';
import { NumberIslands, type Island } from './number-islands.js';
import { madeBy, neededBy, wantedBy } from './state-needs.js';
import { ABSENT, type State, type ValueTable } from './value-table.js';

interface Demand {
  /** The one state that makes it legal. */
  readonly state: State | undefined;
  /** States of which each makes it legal. */
  readonly alternatives: readonly State[];
  /** It is legal by the kind of the state: a value, a number. */
  readonly isOfKind: boolean;
  /** It is legal, or does something, in states that cannot be listed. */
  readonly isOther: boolean;
  readonly made: State | 'anyNumber' | undefined;
}

export type StateKind = 'absent' | 'number' | 'other';

export class StateDemand {
  readonly #values: ValueTable;
  readonly #demands: readonly Demand[];
  readonly #islands: NumberIslands;
  readonly #islandOfState = new Map<State, Island | undefined>();
  /** Of what is not placed: by state, how many need it, could make it, or could go on from it. */
  readonly #needs: number[] = [];
  readonly #makers: number[] = [];
  readonly #wants: number[] = [];
  /** The same for the numbers of an island. */
  readonly #islandNeeds: number[] = [];
  readonly #islandMakers: number[] = [];
  #numberMakers = 0;
  #kindNeeds = 0;
  #otherNeeds = 0;

  constructor(
    certain: readonly CertainOperation[],
    possible: readonly PossibleOperation[],
    values: ValueTable,
  ) {
    this.#values = values;
    this.#demands = certain.map(({ entry }) => demandOf(entry.operation, entry.result, values));
    this.#islands = this.#findIslands(certain, possible);
    for (let index = 0; index < certain.length; index++) this.unplaced(index);
    for (const operation of possible) this.unused(operation);
  }

  /** The counts must already be without what is placed now. */
  mayLeave(state: State, next: State): boolean {
    if (count(this.#needs, state) === 0 || count(this.#makers, state) > 0) return true;
    if (this.#numberMakers === 0 || state === ABSENT) return false;
    const island = this.#islandOf(state);
    if (island === undefined) return false;
    return count(this.#islandMakers, island) > 0 || this.#islandOf(next) === island;
  }

  /** Nobody will look at this very state: it might as well be another one of its kind. */
  isJunk(state: State): boolean {
    if (this.#otherNeeds > 0) return false;
    if (count(this.#needs, state) > 0 || count(this.#wants, state) > 0) return false;
    if (this.#numberMakers === 0) return true;
    const island = this.#islandOf(state);
    return island === undefined || count(this.#islandNeeds, island) === 0;
  }

  /** A change of kind is worth something only where somebody looks at it. */
  isWorthMaking(state: State, next: State): boolean {
    if (!this.isJunk(next)) return true;
    return this.#kindNeeds > 0 && this.kindOf(state) !== this.kindOf(next);
  }

  kindOf(state: State): StateKind {
    if (state === ABSENT) return 'absent';
    return this.#values.numberOf(state) === undefined ? 'other' : 'number';
  }

  placed(index: number): void {
    this.#count(this.#demands[index]!, -1);
  }

  unplaced(index: number): void {
    this.#count(this.#demands[index]!, 1);
  }

  used(operation: PossibleOperation): void {
    this.#countPossible(operation, -1);
  }

  unused(operation: PossibleOperation): void {
    this.#countPossible(operation, 1);
  }

  #count({ state, alternatives, isOfKind, isOther, made }: Demand, by: number): void {
    if (state !== undefined) {
      add(this.#needs, state, by);
      this.#countIslandNeed(state, by);
    }
    for (const alternative of alternatives) {
      add(this.#wants, alternative, by);
      this.#countIslandNeed(alternative, by);
    }
    if (isOfKind) this.#kindNeeds += by;
    if (isOther) this.#otherNeeds += by;
    if (made !== undefined) this.#countMade(made, by);
  }

  #countPossible({ operation, written }: PossibleOperation, by: number): void {
    this.#countMade(written ?? 'anyNumber', by);
    const wanted = wantedBy(operation, this.#values);
    if (wanted === undefined) {
      if (operation.kind !== 'increment') this.#kindNeeds += by;
    } else for (const state of wanted) add(this.#wants, state, by);
  }

  #countIslandNeed(state: State, by: number): void {
    const island = this.#islandOf(state);
    if (island !== undefined) add(this.#islandNeeds, island, by);
  }

  #countMade(made: State | 'anyNumber', by: number): void {
    if (made === 'anyNumber') {
      this.#numberMakers += by;
      return;
    }
    add(this.#makers, made, by);
    const island = this.#islandOf(made);
    if (island !== undefined) add(this.#islandMakers, island, by);
  }

  #islandOf(state: State): Island | undefined {
    if (this.#islandOfState.has(state)) return this.#islandOfState.get(state);
    const number = this.#values.numberOf(state);
    const island = number === undefined ? undefined : this.#islands.of(number);
    this.#islandOfState.set(state, island);
    return island;
  }

  #findIslands(
    certain: readonly CertainOperation[],
    possible: readonly PossibleOperation[],
  ): NumberIslands {
    const states = new Set<State>([ABSENT]);
    const increments: bigint[] = [];
    const note = (operation: HistoryOperation, made: Demand['made']): void => {
      if (typeof made === 'number') states.add(made);
      else if (made === 'anyNumber' && operation.kind === 'increment')
        increments.push(operation.by);
    };
    certain.forEach(({ entry }, index) => {
      const { state, alternatives, made } = this.#demands[index]!;
      if (state !== undefined) states.add(state);
      for (const alternative of alternatives) states.add(alternative);
      note(entry.operation, made);
    });
    for (const { operation, written } of possible) note(operation, written ?? 'anyNumber');
    const numbers = [...states].map((state) => this.#values.numberOf(state));
    return new NumberIslands(
      numbers.filter((number) => number !== undefined),
      increments,
    );
  }
}

function demandOf(
  operation: HistoryOperation,
  result: HistoryResult | undefined,
  values: ValueTable,
): Demand {
  const made = madeBy(operation, result, values);
  const needed = neededBy(operation, result, values);
  const state = needed?.length === 1 ? needed[0] : undefined;
  const alternatives = needed !== undefined && needed.length > 1 ? needed : [];
  const isUnlisted = needed === undefined;
  const isOfKind =
    isUnlisted &&
    (result?.kind === 'deleted' ||
      result?.kind === 'notANumber' ||
      (operation.kind === 'put' && result !== undefined));
  return { state, alternatives, isOfKind, isOther: isUnlisted && !isOfKind, made };
}

function count(counts: readonly number[], at: number): number {
  return counts[at] ?? 0;
}

function add(counts: number[], at: number, by: number): void {
  counts[at] = count(counts, at) + by;
}
