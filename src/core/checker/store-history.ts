/**
 * From the store's own words to those of a history: what a client sent, what it was answered.
 */

import { unreachable } from '../assert.js';
import type { Condition, Operation, OperationReply } from '../kv/command.js';
import type { HistoryOperation, HistoryResult } from './history.js';

/** One operation a key: a delete of several keys is several, and says nothing of each. */
export function historyOperationsOf(operation: Operation): readonly HistoryOperation[] {
  switch (operation.kind) {
    case 'put':
      return [
        {
          kind: 'put',
          key: operation.key,
          value: operation.value,
          ...conditionOf(operation.condition),
        },
      ];
    case 'delete':
      return [...new Set(operation.keys)].map((key) => ({ kind: 'delete', key }));
    case 'increment':
    case 'compareAndSet':
      return [operation];
  }
}

/** Undefined where the reply says nothing of a single key. */
export function historyResultOf(
  operation: Operation,
  reply: OperationReply,
): HistoryResult | undefined {
  switch (reply.kind) {
    case 'stored':
      return { kind: 'stored' };
    case 'deleted':
      if (operation.kind === 'delete' && operation.keys.length > 1) return undefined;
      return { kind: 'deleted', wasPresent: reply.count > 0 };
    case 'number':
      return { kind: 'number', value: reply.value };
    case 'swapped':
      return { kind: 'swapped' };
    case 'conditionFailed':
      return { kind: 'conditionFailed', actual: { value: reply.actual?.value } };
    case 'notANumber':
      return { kind: 'notANumber' };
    case 'overflow':
      return { kind: 'overflow' };
    default:
      return unreachable(reply);
  }
}

function conditionOf(condition: Condition | undefined): {
  readonly ifAbsent?: boolean;
  readonly ifVersion?: number;
} {
  if (condition === undefined) return {};
  return condition.kind === 'absent' ? { ifAbsent: true } : { ifVersion: condition.version };
}
