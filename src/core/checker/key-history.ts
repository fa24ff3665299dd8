/**
 * The operations of one key, ready to be ordered: those that happened, and those that may have.
 *
 * An operation that may have happened need not be placed; it has a first moment and no last one. An
 * operation that says nothing and changes nothing is left out.
 */

import type { HistoryEntry, HistoryOperation } from './history.js';
import { hasEffect, stepOf, type Step } from './key-model.js';
import { ABSENT, type State, type ValueTable } from './value-table.js';

/** It was executed between its call and its return. */
export interface CertainOperation extends Step {
  readonly entry: HistoryEntry;
  readonly call: number;
  readonly return: number;
  /** It changes no state in which it is legal. */
  readonly isObserver: boolean;
}

export interface PossibleOperation extends Step {
  readonly operation: HistoryOperation;
  readonly call: number;
  /** The state that it makes; undefined where that depends on the state before. */
  readonly written: State | undefined;
  /** Equal names: equal effects, so that one of them is as good as another. */
  readonly name: string;
}

export interface KeyHistory {
  readonly certain: readonly CertainOperation[];
  readonly possible: readonly PossibleOperation[];
}

export function keyHistoryOf(entries: readonly HistoryEntry[], values: ValueTable): KeyHistory {
  const certain: CertainOperation[] = [];
  const possible: PossibleOperation[] = [];
  for (const entry of entries) {
    const known = certainOperation(entry, values);
    if (known !== undefined) certain.push(known);
    else if (entry.operation.kind !== 'get') possible.push(possibleOperation(entry, values));
  }
  return { certain, possible };
}

/** The same operation if nobody had seen its answer; undefined where it changed nothing. */
export function relaxed(
  { entry }: CertainOperation,
  values: ValueTable,
): PossibleOperation | undefined {
  return hasEffect(entry.operation, entry.result) ? possibleOperation(entry, values) : undefined;
}

function certainOperation(entry: HistoryEntry, values: ValueTable): CertainOperation | undefined {
  const { operation, result } = entry;
  if (entry.return === undefined) return undefined;
  if (result === undefined) {
    if (operation.kind === 'get') return undefined;
    // Whether its version was the right one cannot be said.
    if (operation.kind === 'put' && operation.ifVersion !== undefined) return undefined;
  }
  const step = stepOf(operation, result, values);
  const isObserver = !hasEffect(operation, result);
  return { ...step, entry, call: entry.call, return: entry.return, isObserver };
}

function possibleOperation(entry: HistoryEntry, values: ValueTable): PossibleOperation {
  const { operation, call } = entry;
  const written = writtenBy(operation, values);
  const name = [operation.kind, written, ...conditionOf(operation, values)].join(' ');
  return { ...stepOf(operation, undefined, values), operation, call, written, name };
}

function writtenBy(operation: HistoryOperation, values: ValueTable): State | undefined {
  switch (operation.kind) {
    case 'put':
      return values.stateOf(operation.value);
    case 'delete':
      return ABSENT;
    case 'compareAndSet':
      return values.stateOf(operation.replacement);
    default:
      return undefined;
  }
}

function conditionOf(operation: HistoryOperation, values: ValueTable): readonly unknown[] {
  switch (operation.kind) {
    case 'put':
      return [operation.ifAbsent === true, operation.ifVersion !== undefined];
    case 'increment':
      return [operation.by];
    case 'compareAndSet':
      return [values.stateOf(operation.expected)];
    default:
      return [];
  }
}
