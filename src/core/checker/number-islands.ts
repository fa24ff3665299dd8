/**
 * Numbers that increments of unknown outcome could lead to one another, as groups.
 *
 * Numbers of two groups are further apart than all those increments together reach. "No value" counts
 * as 0, as it does for an increment.
 */

export type Island = number;

export class NumberIslands {
  /** Ascending; an island reaches from its first number to `reach` behind its last one. */
  readonly #firsts: bigint[] = [];
  readonly #lasts: bigint[] = [];
  readonly #reach: bigint;

  /** `increments`: what each of them may add. */
  constructor(numbers: Iterable<bigint>, increments: Iterable<bigint>) {
    let reach = 0n;
    for (const by of increments) reach += by < 0n ? -by : by;
    this.#reach = reach;
    const sorted = [...new Set(numbers)].sort((a, b) => (a < b ? -1 : 1));
    for (const number of sorted) {
      const last = this.#lasts.at(-1);
      if (last !== undefined && number - last <= 2n * reach) {
        this.#lasts[this.#lasts.length - 1] = number;
      } else {
        this.#firsts.push(number);
        this.#lasts.push(number);
      }
    }
  }

  /** Undefined: no number of the history is near. */
  of(number: bigint): Island | undefined {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#firsts[middle]! - this.#reach <= number) low = middle + 1;
      else high = middle;
    }
    const island = low - 1;
    const last = this.#lasts[island];
    return last !== undefined && number <= last + this.#reach ? island : undefined;
  }
}
