/**
 * What each operation does to one key, as the checker understands it.
 *
 * Written apart from the store on purpose: a mistake in both would have to be the same one. A step
 * is legal or not, and leads to one state. A result that is not known makes every state legal.
 */

import { unreachable } from '../assert.js';
import type { HistoryOperation, HistoryResult } from './history.js';
import { ABSENT, type State, type ValueTable } from './value-table.js';

export const ILLEGAL: State = -1;

const MAX_NUMBER = 2n ** 64n - 1n;

type Result = HistoryResult | undefined;
type OperationOf<K extends HistoryOperation['kind']> = Extract<HistoryOperation, { kind: K }>;

/** What the search needs to know of an operation, prepared once. */
export interface Step {
  /** The next state, or ILLEGAL where the result contradicts the state. */
  readonly apply: (state: State) => State;
  /** Legal everywhere and always to the same state: it hides what was before it. */
  readonly isBlind: boolean;
}

export function stepOf(operation: HistoryOperation, result: Result, values: ValueTable): Step {
  switch (operation.kind) {
    case 'put':
      return putStep(operation, result, values);
    case 'get':
      return getStep(result, values);
    case 'delete':
      return deleteStep(result);
    case 'increment':
      return { apply: incrementStep(operation, result, values), isBlind: false };
    case 'compareAndSet':
      return { apply: compareAndSetStep(operation, result, values), isBlind: false };
    default:
      return unreachable(operation);
  }
}

/** False where the answer says that nothing was changed. */
export function hasEffect({ kind }: HistoryOperation, result: Result): boolean {
  if (kind === 'get') return false;
  if (result === undefined) return true;
  if (result.kind === 'deleted') return result.wasPresent;
  return result.kind === 'stored' || result.kind === 'number' || result.kind === 'swapped';
}

const NEVER: Step = { apply: () => ILLEGAL, isBlind: false };

function putStep(operation: OperationOf<'put'>, result: Result, values: ValueTable): Step {
  const written = values.stateOf(operation.value);
  const { ifAbsent = false, ifVersion } = operation;
  if (result?.kind === 'conditionFailed') {
    if (!ifAbsent && ifVersion === undefined) return NEVER;
    const saw = sightOf(result, values);
    return {
      apply: (state) => (saw(state) && !(ifAbsent && state === ABSENT) ? state : ILLEGAL),
      isBlind: false,
    };
  }
  if (result !== undefined && result.kind !== 'stored') return NEVER;
  const isCertain = result !== undefined;
  if (ifAbsent) {
    return {
      apply: (state) => (state === ABSENT ? written : isCertain ? ILLEGAL : state),
      isBlind: false,
    };
  }
  // Which version it was is not known; that there was one is.
  if (ifVersion !== undefined) {
    return {
      apply: (state) => (state !== ABSENT ? written : isCertain ? ILLEGAL : state),
      isBlind: false,
    };
  }
  return { apply: () => written, isBlind: true };
}

function getStep(result: Result, values: ValueTable): Step {
  if (result === undefined) return { apply: (state) => state, isBlind: false };
  if (result.kind !== 'value') return NEVER;
  const seen = values.stateOf(result.value);
  return { apply: (state) => (state === seen ? state : ILLEGAL), isBlind: false };
}

function deleteStep(result: Result): Step {
  if (result === undefined) return { apply: () => ABSENT, isBlind: true };
  if (result.kind !== 'deleted') return NEVER;
  const { wasPresent } = result;
  return {
    apply: (state) => (wasPresent === (state !== ABSENT) ? ABSENT : ILLEGAL),
    isBlind: false,
  };
}

function incrementStep(
  { by }: OperationOf<'increment'>,
  result: Result,
  values: ValueTable,
): Step['apply'] {
  const sumOf = (state: State): bigint | undefined => {
    const number = values.numberOf(state);
    return number === undefined ? undefined : number + by;
  };
  const isInRange = (sum: bigint): boolean => sum >= 0n && sum <= MAX_NUMBER;
  switch (result?.kind) {
    case undefined:
      return (state) => {
        const sum = sumOf(state);
        return sum !== undefined && isInRange(sum) ? values.stateOfNumber(sum) : state;
      };
    case 'number': {
      const told = result.value;
      if (!isInRange(told)) return NEVER.apply;
      const after = values.stateOfNumber(told);
      return (state) => (sumOf(state) === told ? after : ILLEGAL);
    }
    case 'notANumber':
      return (state) => (sumOf(state) === undefined ? state : ILLEGAL);
    case 'overflow':
      return (state) => {
        const sum = sumOf(state);
        return sum !== undefined && !isInRange(sum) ? state : ILLEGAL;
      };
    default:
      return NEVER.apply;
  }
}

function compareAndSetStep(
  operation: OperationOf<'compareAndSet'>,
  result: Result,
  values: ValueTable,
): Step['apply'] {
  const expected = values.stateOf(operation.expected);
  const replacement = values.stateOf(operation.replacement);
  switch (result?.kind) {
    case undefined:
      return (state) => (state === expected ? replacement : state);
    case 'swapped':
      return (state) => (state === expected ? replacement : ILLEGAL);
    case 'conditionFailed': {
      const saw = sightOf(result, values);
      return (state) => (state !== expected && saw(state) ? state : ILLEGAL);
    }
    default:
      return NEVER.apply;
  }
}

/** Whether the answer could have been given in a state. */
function sightOf(
  { actual }: Extract<HistoryResult, { kind: 'conditionFailed' }>,
  values: ValueTable,
): (state: State) => boolean {
  if (actual === undefined) return () => true;
  const seen = values.stateOf(actual.value);
  return (state) => state === seen;
}
