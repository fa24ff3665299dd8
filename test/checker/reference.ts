/**
 * Linearizability by trying everything, and the store itself as the model: slow and obvious.
 */

import type { HistoryEntry, HistoryResult } from '../../src/core/checker/index.js';
import type { Operation, OperationReply, Value } from '../../src/core/kv/index.js';
import { Store } from '../../src/core/kv/store.js';
import { isEqualValue } from '../../src/core/kv/value.js';

/** For one key. Every order that the times allow is tried, with and without what is unknown. */
export function isOrderable(entries: readonly HistoryEntry[], state?: Value): boolean {
  if (entries.every((entry) => entry.return === undefined)) return true;
  const firstReturn = Math.min(...entries.map((entry) => entry.return ?? Infinity));
  return entries.some((entry, at) => {
    if (entry.call > firstReturn) return false;
    const next = stepWithStore(entry, state);
    if (next === undefined) return false;
    return isOrderable(
      entries.filter((_, other) => other !== at),
      next.state,
    );
  });
}

/** Undefined where the store would have answered something else. */
export function stepWithStore(
  { operation, result }: Pick<HistoryEntry, 'operation' | 'result'>,
  state: Value | undefined,
): { readonly state: Value | undefined } | undefined {
  const { key } = operation;
  if (operation.kind === 'get') {
    if (result === undefined) return { state };
    return result.kind === 'value' && isSame(result.value, state) ? { state } : undefined;
  }
  const store = new Store();
  if (state !== undefined) {
    store.execute({ kind: 'put', key, value: state, condition: undefined }, 0);
  }
  const reply = store.execute(asStored(operation), 1);
  if (result !== undefined && !isAnswer(reply, result)) return undefined;
  return { state: store.get(key)?.value };
}

function asStored(operation: Exclude<HistoryEntry['operation'], { kind: 'get' }>): Operation {
  if (operation.kind === 'delete') return { kind: 'delete', keys: [operation.key] };
  if (operation.kind !== 'put') return operation;
  const { key, value, ifAbsent } = operation;
  return { kind: 'put', key, value, condition: ifAbsent === true ? { kind: 'absent' } : undefined };
}

function isAnswer(reply: OperationReply, result: HistoryResult): boolean {
  switch (reply.kind) {
    case 'deleted':
      return result.kind === 'deleted' && result.wasPresent === reply.count > 0;
    case 'number':
      return result.kind === 'number' && result.value === reply.value;
    case 'conditionFailed':
      if (result.kind !== 'conditionFailed') return false;
      return result.actual === undefined || isSame(result.actual.value, reply.actual?.value);
    default:
      return result.kind === reply.kind;
  }
}

export function isSame(a: Value | undefined, b: Value | undefined): boolean {
  return a === undefined || b === undefined ? a === b : isEqualValue(a, b);
}
