/**
 * The verdict of check: VALID, INVALID with the window that has no order, or UNDECIDED.
 */

import {
  formatHistoryEntry,
  type HistoryEntry,
  type HistoryOperation,
  type HistoryResult,
  type Verdict,
} from '../core/checker/index.js';
import type { Value } from '../core/client/index.js';
import { OmnikvError } from '../core/errors.js';
import { printable, quoteForMessage, renderTable, type JsonObject } from './output.js';

export function describeVerdict(verdict: Verdict, entries: readonly HistoryEntry[]): string[] {
  const { operations, keys, unknown } = countsOf(entries);
  const on = keys === 1 ? '1 key' : `${keys} keys`;
  const counts = `${operations} operations on ${on}, ${unknown} of unknown outcome`;
  switch (verdict.kind) {
    case 'valid':
      return [`VALID: ${counts}`];
    case 'undecided':
      return [`UNDECIDED: ${counts}`];
    case 'invalid':
      return [
        `INVALID: key ${quoteForMessage(verdict.key)}: no order of these explains their answers`,
        ...windowTable(verdict.window),
      ];
  }
}

/** Undefined where the history is valid. */
export function verdictError(verdict: Verdict): OmnikvError | undefined {
  switch (verdict.kind) {
    case 'valid':
      return undefined;
    case 'undecided':
      return new OmnikvError('OMNIKV_UNDECIDED', verdict.reason, {
        suggestions: ['omnikv check FILE --timeout 10m'],
      });
    case 'invalid': {
      const { key, window } = verdict;
      const message = `key ${quoteForMessage(key)}: ${window.length} operations have no order`;
      return new OmnikvError('OMNIKV_NOT_LINEARIZABLE', message);
    }
  }
}

export function verdictToJson(verdict: Verdict, entries: readonly HistoryEntry[]): JsonObject {
  const answer = { verdict: verdict.kind, ...countsOf(entries) };
  if (verdict.kind !== 'invalid') return answer;
  const window = verdict.window.map((entry) => JSON.parse(formatHistoryEntry(entry)) as unknown);
  return { ...answer, key: verdict.key, window };
}

function countsOf(entries: readonly HistoryEntry[]) {
  return {
    operations: entries.length,
    keys: new Set(entries.map(({ operation }) => operation.key)).size,
    unknown: entries.filter((entry) => entry.return === undefined).length,
  };
}

/** In the order of the calls; times count from the first. */
function windowTable(window: readonly HistoryEntry[]): string[] {
  const sorted = [...window].sort((a, b) => a.call - b.call);
  const start = sorted[0]?.call ?? 0;
  const since = (time: number) => String(Math.round((time - start) * 1_000) / 1_000);
  return renderTable([
    ['CLIENT', 'CALL', 'RETURN', 'OPERATION'],
    ...sorted.map((entry) => [
      String(entry.client),
      since(entry.call),
      entry.return === undefined ? '-' : since(entry.return),
      `${operationText(entry.operation)} ${resultText(entry)}`,
    ]),
  ]);
}

function operationText(operation: HistoryOperation): string {
  switch (operation.kind) {
    case 'put': {
      const ifVersion = operation.ifVersion === undefined ? '' : ` if v${operation.ifVersion}`;
      const condition = operation.ifAbsent === true ? ' if absent' : ifVersion;
      return `put ${valueText(operation.value)}${condition}`;
    }
    case 'get':
      return 'get';
    case 'delete':
      return 'del';
    case 'increment':
      return `incr ${operation.by}`;
    case 'compareAndSet':
      return `cas ${valueText(operation.expected)} ${valueText(operation.replacement)}`;
  }
}

function resultText({ return: end, result }: HistoryEntry): string {
  if (end === undefined) return '→ unknown';
  return result === undefined ? '→ done' : `→ ${outcomeText(result)}`;
}

function outcomeText(result: HistoryResult): string {
  switch (result.kind) {
    case 'stored':
    case 'swapped':
      return 'ok';
    case 'value':
      return valueText(result.value);
    case 'deleted':
      return result.wasPresent ? 'deleted' : 'was not there';
    case 'number':
      return String(result.value);
    case 'conditionFailed':
      return result.actual === undefined
        ? 'condition failed'
        : `condition failed: ${valueText(result.actual.value)}`;
    case 'notANumber':
      return 'not a number';
    case 'overflow':
      return 'overflow';
  }
}

function valueText(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value.kind === 'u64') return String(value.value);
  if (value.kind === 'text') return printable(quoteForMessage(value.value, 20));
  return `${value.value.length} bytes`;
}
