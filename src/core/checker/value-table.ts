/**
 * Values of one key as small numbers, so that states compare and hash fast. 0 is "no value".
 */

import { unreachable } from '../assert.js';
import type { Value } from '../kv/value.js';

/** The state of a key: an index into the table of its values. */
export type State = number;

export const ABSENT: State = 0;

export class ValueTable {
  readonly #values: (Value | undefined)[] = [undefined];
  readonly #states = new Map<string, State>();

  stateOf(value: Value | undefined): State {
    if (value === undefined) return ABSENT;
    const name = nameOf(value);
    let state = this.#states.get(name);
    if (state === undefined) {
      state = this.#values.push(value) - 1;
      this.#states.set(name, state);
    }
    return state;
  }

  stateOfNumber(value: bigint): State {
    return this.stateOf({ kind: 'u64', value });
  }

  valueOf(state: State): Value | undefined {
    return this.#values[state];
  }

  /** What an increment counts from; undefined where the key holds no number. */
  numberOf(state: State): bigint | undefined {
    if (state === ABSENT) return 0n;
    const value = this.#values[state];
    return value?.kind === 'u64' ? value.value : undefined;
  }
}

/** Two values have one name where they are equal in kind and content. */
function nameOf(value: Value): string {
  switch (value.kind) {
    case 'u64':
      return `u${value.value}`;
    case 'text':
      return `t${value.value}`;
    case 'bytes':
      return `b${value.value.join(',')}`;
    default:
      return unreachable(value);
  }
}
