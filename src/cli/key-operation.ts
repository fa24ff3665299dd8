/**
 * One operation on keys, as `batch` and `shell` read it from a line or an object.
 *
 * Invariant: `formatOperation` writes what parses to the same operation.
 */

import type { Consistency, Operation, Value } from '../core/client/index.js';
import { quoteWord } from './line-syntax.js';
import { toJson } from './output.js';
import { valueToJson } from './render-value.js';

export interface ScanRequest {
  readonly prefix: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly limit: number | undefined;
  readonly isReverse: boolean;
  readonly isKeysOnly: boolean;
}

export type KeyOperation =
  | {
      readonly kind: 'change';
      readonly operation: Operation;
      /** Repeats an earlier request at most once (C5). */
      readonly requestId: string | undefined;
    }
  | {
      readonly kind: 'get';
      readonly key: string;
      readonly fallback: string | undefined;
      readonly consistency: Consistency;
      readonly node: number | undefined;
    }
  | { readonly kind: 'scan'; readonly request: ScanRequest };

const VERB_OF = {
  put: 'put',
  delete: 'del',
  increment: 'incr',
  compareAndSet: 'cas',
} as const satisfies Record<Operation['kind'], string>;

export function verbOf(operation: KeyOperation): string {
  return operation.kind === 'change' ? VERB_OF[operation.operation.kind] : operation.kind;
}

/** Each key once. A scan names none: it stands between everything before and behind it. */
export function keysOf(operation: KeyOperation): readonly string[] {
  if (operation.kind === 'get') return [operation.key];
  if (operation.kind === 'scan') return [];
  const change = operation.operation;
  return change.kind === 'delete' ? [...new Set(change.keys)] : [change.key];
}

/** Roughly what it weighs in a frame. */
export function sizeOf(operation: KeyOperation): number {
  if (operation.kind !== 'change') return 64;
  const change = operation.operation;
  if (change.kind === 'put') return 64 + lengthOf(change.value);
  if (change.kind === 'compareAndSet') {
    return 64 + lengthOf(change.expected) + lengthOf(change.replacement);
  }
  return change.kind === 'delete' ? 64 * change.keys.length : 64;
}

function lengthOf(value: Value): number {
  return value.kind === 'u64' ? 8 : value.value.length;
}

/** The line, or the object where values of different kinds stand in one operation. */
export function formatOperation(operation: KeyOperation): string {
  const words = operation.kind === 'change' ? changeWords(operation) : readWords(operation);
  return words?.join(' ') ?? toJson(toObject(operation));
}

function changeWords(
  change: Extract<KeyOperation, { kind: 'change' }>,
): readonly string[] | undefined {
  const words = operationWords(change.operation);
  if (words === undefined || change.requestId === undefined) return words;
  return [...words, '--request-id', quoteWord(change.requestId)];
}

function operationWords(operation: Operation): readonly string[] | undefined {
  switch (operation.kind) {
    case 'put': {
      const { condition } = operation;
      const words = ['put', quoteWord(operation.key), ...valueWords([operation.value])];
      if (condition?.kind === 'absent') words.push('--if-absent');
      if (condition?.kind === 'version') words.push('--if-version', String(condition.version));
      return words;
    }
    case 'delete':
      return ['del', ...operation.keys.map(quoteWord)];
    case 'increment':
      return ['incr', quoteWord(operation.key), operation.by.toString()];
    case 'compareAndSet': {
      const { key, expected, replacement } = operation;
      if (expected.kind !== replacement.kind) return undefined;
      return ['cas', quoteWord(key), ...valueWords([expected, replacement])];
    }
  }
}

/** Values of one kind, and the flag that names the kind. */
function valueWords(values: readonly Value[]): readonly string[] {
  const words = values.map((value) => {
    if (value.kind === 'u64') return value.value.toString();
    if (value.kind === 'text') return quoteWord(value.value);
    return quoteWord(Buffer.from(value.value).toString('base64'));
  });
  const flags = { u64: [], text: ['--text'], bytes: ['--base64'] } as const;
  return [...words, ...flags[values[0]?.kind ?? 'u64']];
}

function readWords(operation: Exclude<KeyOperation, { kind: 'change' }>): readonly string[] {
  const words: string[] = [operation.kind];
  const flag = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) words.push(name, quoteWord(String(value)));
  };
  if (operation.kind === 'get') {
    words.push(quoteWord(operation.key));
    flag('--default', operation.fallback);
    if (operation.consistency === 'local') flag('--consistency', 'local');
    flag('--node', operation.node);
    return words;
  }
  const { prefix, from, to, limit, isReverse, isKeysOnly } = operation.request;
  if (prefix !== '') words.push(quoteWord(prefix));
  flag('--from', from);
  flag('--to', to);
  flag('--limit', limit);
  if (isReverse) words.push('--reverse');
  if (isKeysOnly) words.push('--keys');
  return words;
}

/** Of a change: the reads always have words. */
function toObject(operation: KeyOperation): Readonly<Record<string, unknown>> {
  if (operation.kind !== 'change' || operation.operation.kind !== 'compareAndSet') return {};
  const { key, expected, replacement } = operation.operation;
  const { requestId } = operation;
  const values = { old: valueToJson(expected), new: valueToJson(replacement) };
  return { op: 'cas', key, ...values, ...(requestId === undefined ? {} : { requestId }) };
}
