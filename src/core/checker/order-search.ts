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
import { StateDemand } from './state-demand.js';
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

interface Placement {
  /** A certain operation, by index; or ~c for the next one of class c. */
  readonly choice: number;
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
    let entry = this.#first();
    /** The class to try next; below 0: calls are tried first. */
    let nextClass = -1;
    while (this.#leftCount > 0) {
      if (!this.#budget.take()) return { kind: 'exhausted' };
      if (nextClass < 0 && this.#isCall(entry)) {
        const isPlaced = this.#placeCertain(entry);
        entry = isPlaced ? this.#first() : this.#next[entry]!;
        continue;
      }
      // Here stands a return: its operation must be placed before anything called after it.
      nextClass = this.#placePossible(Math.max(0, nextClass), this.#timeOf(entry));
      if (nextClass < 0) {
        entry = this.#first();
        continue;
      }
      this.#noteBlocked(entry);
      const placement = this.#goBack();
      if (placement === undefined) return this.#stuck();
      const { choice } = placement;
      if (choice >= 0) entry = this.#next[choice]!;
      else entry = this.#firstReturn();
      nextClass = choice >= 0 ? -1 : ~choice + 1;
    }
    return { kind: 'ordered' };
  }

  #placeCertain(index: number): boolean {
    const operation = this.#operations[index]!;
    if (this.#isTentative && operation.isBlind) return false;
    const state = operation.apply(this.#state);
    if (state === ILLEGAL) return false;
    this.#placed.add(index);
    this.#demand.placed(index);
    const isNew =
      (state === this.#state || this.#demand.mayLeave(this.#state)) &&
      this.#visited.add(this.#placed, this.#used, { state, isTentative: false });
    if (!isNew) {
      this.#placed.remove(index);
      this.#demand.unplaced(index);
      return false;
    }
    this.#push(index, state, { isTentative: false });
    this.#lift(index);
    return true;
  }

  /** Gives -1 where one was placed, else the number of classes. */
  #placePossible(from: number, beforeTime: number): number {
    for (let at = from; at < this.#classes.length; at++) {
      const candidate = this.#classes[at]![this.#used[at]!];
      if (candidate === undefined || candidate.call > beforeTime) continue;
      if (this.#isTentative && candidate.isBlind) continue;
      const state = candidate.apply(this.#state);
      if (state === ILLEGAL || state === this.#state) continue;
      this.#used[at]! += 1;
      this.#demand.used(candidate);
      const isNew =
        this.#demand.mayLeave(this.#state) &&
        this.#visited.add(this.#placed, this.#used, { state, isTentative: true });
      if (isNew) {
        this.#push(~at, state, { isTentative: true });
        return -1;
      }
      this.#used[at]! -= 1;
      this.#demand.unused(candidate);
    }
    return this.#classes.length;
  }

  #push(choice: number, state: State, { isTentative }: { readonly isTentative: boolean }): void {
    this.#placements.push({
      choice,
      stateBefore: this.#state,
      wasTentative: this.#isTentative,
    });
    this.#state = state;
    this.#isTentative = isTentative;
  }

  #goBack(): Placement | undefined {
    const placement = this.#placements.pop();
    if (placement === undefined) return undefined;
    const { choice } = placement;
    this.#state = placement.stateBefore;
    this.#isTentative = placement.wasTentative;
    if (choice >= 0) {
      this.#unlift(choice);
      this.#placed.remove(choice);
      this.#demand.unplaced(choice);
    } else {
      this.#used[~choice]! -= 1;
      this.#demand.unused(this.#classes[~choice]![this.#used[~choice]!]!);
    }
    return placement;
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

  #lift(index: number): void {
    this.#unlink(index);
    this.#unlink(index + this.#count);
    this.#leftCount -= 1;
  }

  /** In the opposite order, so that each finds its neighbours as they were. */
  #unlift(index: number): void {
    this.#relink(index + this.#count);
    this.#relink(index);
    this.#leftCount += 1;
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
