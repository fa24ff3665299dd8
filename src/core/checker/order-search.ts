/**
 * Wing and Gong's search with Lowe's cache: is there an order of the operations of one key that
 * explains every answer?
 *
 * A list holds calls and returns by time. An operation may be placed next while no return stands
 * before its call; placing lifts both out of the list, going back puts them in again. Operations that
 * may have happened are placed only to make a next one legal: never after one another without need,
 * never before one that hides them.
 */

import type { CertainOperation, KeyHistory, PossibleOperation } from './key-history.js';
import { ILLEGAL } from './key-model.js';
import type { StepBudget } from './step-budget.js';
import { StateDemand, type StateKind } from './state-demand.js';
import { ABSENT, type State, type ValueTable } from './value-table.js';
import { PlacedSet, Visited } from './visited.js';

export type SearchResult =
  | { readonly kind: 'ordered' }
  /** No order explains every answer; up to the return of `operation` one did. */
  | { readonly kind: 'stuck'; readonly operation: CertainOperation }
  | { readonly kind: 'exhausted' };

export function searchOrder(
  history: KeyHistory,
  values: ValueTable,
  budget: StepBudget,
): SearchResult {
  return new OrderSearch(history, values, budget).run();
}

/** Operations of equal effect, by call: the first one not used stands for all. */
type OperationClass = readonly PossibleOperation[];

/** A certain operation, by index; or ~c for the next one of class c. */
type Choice = number;

interface Placement {
  readonly choice: Choice;
  /** There was no other choice worth trying. */
  readonly isForced: boolean;
  readonly stateBefore: State;
  readonly wasTentative: boolean;
}

class OrderSearch {
  readonly #operations: readonly CertainOperation[];
  readonly #classes: readonly OperationClass[];
  readonly #budget: StepBudget;
  readonly #visited = new Visited();
  readonly #placed: PlacedSet;
  readonly #demand: StateDemand;
  readonly #used: Uint32Array;
  readonly #placements: Placement[] = [];
  /** Calls are numbered 0…n-1, returns n…2n-1 alike; 2n is the head of the list. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #count: number;
  #leftCount: number;
  #state: State = ABSENT;
  /** The last one placed may have happened, and nothing has needed it yet. */
  #isTentative = false;
  #deepest = -1;
  #isExhausted = false;

  constructor(history: KeyHistory, values: ValueTable, budget: StepBudget) {
    this.#operations = [...history.certain].sort((a, b) => a.call - b.call);
    this.#classes = classesOf(history.possible);
    this.#budget = budget;
    this.#count = this.#operations.length;
    this.#leftCount = this.#count;
    this.#placed = new PlacedSet(this.#count);
    this.#demand = new StateDemand(this.#operations, history.possible, values);
    this.#used = new Uint32Array(this.#classes.length);
    this.#next = new Int32Array(2 * this.#count + 1).fill(-1);
    this.#previous = new Int32Array(2 * this.#count + 1).fill(-1);
    this.#link();
  }

  run(): SearchResult {
    let isOpen = this.#placeObservers();
    let from: Choice | undefined;
    while (this.#leftCount > 0) {
      if (this.#isExhausted) return { kind: 'exhausted' };
      if (isOpen && this.#placeNext(from)) {
        isOpen = this.#placeObservers();
        from = undefined;
        continue;
      }
      from = this.#goBack();
      if (from === undefined) return this.#stuck();
      isOpen = true;
    }
    return { kind: 'ordered' };
  }

  /** The next choice behind `after` that leads somewhere new. False: this place is a dead end. */
  #placeNext(after: Choice | undefined): boolean {
    let nextClass = 0;
    let entry = this.#first();
    if (after !== undefined && after < 0) {
      nextClass = ~after + 1;
      entry = this.#firstReturn();
    } else if (after !== undefined) entry = this.#next[after]!;
    for (; this.#isCall(entry); entry = this.#next[entry]!) {
      if (this.#placeCertain(entry)) return true;
    }
    // Here stands a return: its operation must be placed before anything called after it.
    if (this.#placePossible(nextClass, this.#timeOf(entry))) return true;
    this.#noteBlocked(entry);
    return false;
  }

  /**
   * What is legal now and changes nothing is placed at once: if it could be placed later, it can be
   * now. False where that leads to a place that the search has left before.
   */
  #placeObservers(): boolean {
    let entry = this.#leftCount === 0 ? -1 : this.#first();
    while (entry >= 0 && this.#isCall(entry)) {
      const operation = this.#operations[entry]!;
      if (!operation.isObserver || operation.apply(this.#state) === ILLEGAL) {
        entry = this.#next[entry]!;
        continue;
      }
      if (!this.#takeCertain(entry, this.#state, { isForced: true })) return false;
      entry = this.#leftCount === 0 ? -1 : this.#first();
    }
    return true;
  }

  #placeCertain(index: number): boolean {
    this.#spendStep();
    const operation = this.#operations[index]!;
    if (this.#isTentative && operation.isBlind) return false;
    const state = operation.apply(this.#state);
    if (state === ILLEGAL) return false;
    if (operation.isBlind && this.#hasEarlierTwin(index, state)) return false;
    return this.#takeCertain(index, state, { isForced: false });
  }

  #takeCertain(index: number, state: State, { isForced }: { readonly isForced: boolean }): boolean {
    this.#placed.add(index);
    this.#demand.placed(index);
    const isNew =
      (state === this.#state || this.#demand.mayLeave(this.#state, state)) &&
      this.#visited.add(this.#placed, this.#used, { state, isTentative: false });
    if (!isNew) {
      this.#placed.remove(index);
      this.#demand.unplaced(index);
      return false;
    }
    this.#push(index, state, { isForced, isTentative: false });
    this.#unlink(index);
    this.#unlink(index + this.#count);
    this.#leftCount -= 1;
    return true;
  }

  /**
   * Of writes that nobody will tell apart, only the one that must be first is tried: in any order
   * they could change places.
   */
  #hasEarlierTwin(index: number, state: State): boolean {
    if (!this.#isJunkValue(state)) return false;
    const kind = this.#demand.kindOf(state);
    const { return: end } = this.#operations[index]!;
    for (let other = this.#first(); this.#isCall(other); other = this.#next[other]!) {
      const twin = this.#operations[other]!;
      if (!twin.isBlind || twin.return > end || (twin.return === end && other >= index)) continue;
      const made = twin.apply(ABSENT);
      if (this.#isJunkValue(made) && this.#demand.kindOf(made) === kind) return true;
    }
    return false;
  }

  #isJunkValue(state: State): boolean {
    return state !== ABSENT && this.#demand.isJunk(state);
  }

  #placePossible(from: number, beforeTime: number): boolean {
    /** Kinds of values that nobody will tell apart: one of each is enough. */
    const junkKinds = new Set<StateKind>();
    for (let at = 0; at < this.#classes.length; at++) {
      const candidate = this.#classes[at]![this.#used[at]!];
      if (candidate === undefined || candidate.call > beforeTime) continue;
      if (this.#isTentative && candidate.isBlind) continue;
      const state = candidate.apply(this.#state);
      if (state === this.#state) continue;
      if (candidate.isBlind && this.#isJunkValue(state)) {
        const kind = this.#demand.kindOf(state);
        if (junkKinds.has(kind)) continue;
        junkKinds.add(kind);
      }
      if (at >= from && this.#takePossible(at, candidate, state)) return true;
    }
    return false;
  }

  #takePossible(at: number, candidate: PossibleOperation, state: State): boolean {
    this.#spendStep();
    this.#used[at]! += 1;
    this.#demand.used(candidate);
    const isNew =
      this.#demand.mayLeave(this.#state, state) &&
      this.#demand.isWorthMaking(this.#state, state) &&
      this.#visited.add(this.#placed, this.#used, { state, isTentative: true });
    if (!isNew) {
      this.#used[at]! -= 1;
      this.#demand.unused(candidate);
      return false;
    }
    this.#push(~at, state, { isForced: false, isTentative: true });
    return true;
  }

  #push(
    choice: Choice,
    state: State,
    { isForced, isTentative }: { readonly isForced: boolean; readonly isTentative: boolean },
  ): void {
    this.#placements.push({
      choice,
      isForced,
      stateBefore: this.#state,
      wasTentative: this.#isTentative,
    });
    this.#state = state;
    this.#isTentative = isTentative;
  }

  /** Takes back the last placement that had an alternative, and gives its choice. */
  #goBack(): Choice | undefined {
    for (;;) {
      const placement = this.#placements.pop();
      if (placement === undefined) return undefined;
      const { choice } = placement;
      this.#state = placement.stateBefore;
      this.#isTentative = placement.wasTentative;
      if (choice >= 0) {
        // In the opposite order, so that each finds its neighbours as they were.
        this.#relink(choice + this.#count);
        this.#relink(choice);
        this.#leftCount += 1;
        this.#placed.remove(choice);
        this.#demand.unplaced(choice);
      } else {
        this.#used[~choice]! -= 1;
        this.#demand.unused(this.#classes[~choice]![this.#used[~choice]!]!);
      }
      if (!placement.isForced) return choice;
    }
  }

  #noteBlocked(entry: number): void {
    const index = entry - this.#count;
    const isDeeper =
      this.#deepest < 0 ||
      this.#operations[index]!.return > this.#operations[this.#deepest]!.return;
    if (isDeeper) this.#deepest = index;
  }

  #stuck(): SearchResult {
    return { kind: 'stuck', operation: this.#operations[this.#deepest]! };
  }

  #spendStep(): void {
    if (!this.#budget.take()) this.#isExhausted = true;
  }

  // -- the list of calls and returns --------------------------------------------------------------

  /** At one time calls come before returns: what touches is taken for concurrent. */
  #link(): void {
    const entries = Array.from({ length: 2 * this.#count }, (_, entry) => entry);
    entries.sort((a, b) => {
      return (
        this.#timeOf(a) - this.#timeOf(b) || Number(!this.#isCall(a)) - Number(!this.#isCall(b))
      );
    });
    let last = 2 * this.#count;
    for (const entry of entries) {
      this.#next[last] = entry;
      this.#previous[entry] = last;
      last = entry;
    }
  }

  #first(): number {
    return this.#next[2 * this.#count]!;
  }

  #firstReturn(): number {
    let entry = this.#first();
    while (this.#isCall(entry)) entry = this.#next[entry]!;
    return entry;
  }

  #isCall(entry: number): boolean {
    return entry < this.#count;
  }

  #timeOf(entry: number): number {
    return this.#isCall(entry)
      ? this.#operations[entry]!.call
      : this.#operations[entry - this.#count]!.return;
  }

  #unlink(entry: number): void {
    const next = this.#next[entry]!;
    const previous = this.#previous[entry]!;
    this.#next[previous] = next;
    if (next >= 0) this.#previous[next] = previous;
  }

  #relink(entry: number): void {
    const next = this.#next[entry]!;
    this.#next[this.#previous[entry]!] = entry;
    if (next >= 0) this.#previous[next] = entry;
  }
}

function classesOf(operations: readonly PossibleOperation[]): readonly OperationClass[] {
  const classes = new Map<string, PossibleOperation[]>();
  for (const operation of [...operations].sort((a, b) => a.call - b.call)) {
    const known = classes.get(operation.name);
    if (known === undefined) classes.set(operation.name, [operation]);
    else known.push(operation);
  }
  return [...classes.values()];
}
