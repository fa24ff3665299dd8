/**
 * Which states an operation needs, and which it makes: what both prunings of the search stand on.
 */

import { unreachable } from '../assert.js';
import type { HistoryOperation, HistoryResult } from './history.js';
import { ABSENT, type State, type ValueTable } from './value-table.js';

/** Alternatives; none: every state will do. Undefined: a list of states cannot tell. */
export type NeededStates = readonly State[] | undefined;

/** What a state must be for the operation to be legal. */
export function neededBy(
  operation: HistoryOperation,
  result: HistoryResult | undefined,
  values: ValueTable,
): NeededStates {
  switch (result?.kind) {
    case undefined:
      return isUnconditional(operation) ? [] : undefined;
    case 'stored':
      if (operation.kind === 'put' && operation.ifAbsent === true) return [ABSENT];
      return isUnconditional(operation) ? [] : undefined;
    case 'value':
      return [values.stateOf(result.value)];
    case 'conditionFailed':
      return result.actual === undefined ? undefined : [values.stateOf(result.actual.value)];
    case 'deleted':
      return result.wasPresent ? undefined : [ABSENT];
    case 'number':
      return operation.kind === 'increment'
        ? summands(result.value - operation.by, values)
        : undefined;
    case 'swapped':
      return operation.kind === 'compareAndSet' ? [values.stateOf(operation.expected)] : undefined;
    case 'notANumber':
    case 'overflow':
      return undefined;
    default:
      return unreachable(result);
  }
}

/** What a state must be for the operation to change it, if it may have happened. */
export function wantedBy(operation: HistoryOperation, values: ValueTable): NeededStates {
  if (operation.kind === 'compareAndSet') return [values.stateOf(operation.expected)];
  if (operation.kind === 'put' && operation.ifAbsent === true) return [ABSENT];
  return isUnconditional(operation) ? [] : undefined;
}

/** The state after it, where that is one; `anyNumber`: an increment that told nobody its sum. */
export function madeBy(
  operation: HistoryOperation,
  result: HistoryResult | undefined,
  values: ValueTable,
): State | 'anyNumber' | undefined {
  if (result?.kind === 'conditionFailed') return undefined;
  switch (operation.kind) {
    case 'put':
      return values.stateOf(operation.value);
    case 'delete':
      return ABSENT;
    case 'compareAndSet':
      return values.stateOf(operation.replacement);
    case 'increment':
      if (result?.kind === 'number') return values.stateOfNumber(result.value);
      return result === undefined ? 'anyNumber' : undefined;
    case 'get':
      return undefined;
    default:
      return unreachable(operation);
  }
}

function summands(before: bigint, values: ValueTable): readonly State[] {
  const state = values.stateOfNumber(before);
  return before === 0n ? [state, ABSENT] : [state];
}

function isUnconditional(operation: HistoryOperation): boolean {
  if (operation.kind === 'delete') return true;
  if (operation.kind !== 'put') return false;
  return operation.ifAbsent !== true && operation.ifVersion === undefined;
}
