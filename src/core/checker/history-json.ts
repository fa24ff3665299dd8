/**
 * Operations, results and values of a history as JSON, and back (docs/formats.md).
 *
 * Numbers of 64 bits are decimal text, bytes are hex. Whatever is read may be anything.
 */

import { unreachable } from '../assert.js';
import type { Value } from '../kv/value.js';
import type { HeldValue, HistoryOperation, HistoryResult } from './history.js';
import {
  bigintOf,
  booleanOf,
  fieldsOf,
  refuse,
  textOf,
  wholeNumberOf,
  type JsonFields,
} from './json-fields.js';

type Json = Readonly<Record<string, unknown>>;

const MAX_NUMBER = 2n ** 64n - 1n;

const RESULTS_OF: Readonly<Record<HistoryOperation['kind'], readonly HistoryResult['kind'][]>> = {
  put: ['stored', 'conditionFailed'],
  get: ['value'],
  delete: ['deleted'],
  increment: ['number', 'notANumber', 'overflow'],
  compareAndSet: ['swapped', 'conditionFailed'],
};

export function operationToJson(operation: HistoryOperation): Json {
  switch (operation.kind) {
    case 'put':
      return { ...operation, value: valueToJson(operation.value) };
    case 'increment':
      return { ...operation, by: String(operation.by) };
    case 'compareAndSet':
      return {
        ...operation,
        expected: valueToJson(operation.expected),
        replacement: valueToJson(operation.replacement),
      };
    case 'get':
    case 'delete':
      return operation;
    default:
      return unreachable(operation);
  }
}

export function resultToJson(result: HistoryResult): Json {
  switch (result.kind) {
    case 'value':
      return { kind: 'value', value: optionalToJson(result.value) };
    case 'number':
      return { kind: 'number', value: String(result.value) };
    case 'conditionFailed':
      if (result.actual === undefined) return { kind: 'conditionFailed' };
      return { kind: 'conditionFailed', actual: optionalToJson(result.actual.value) };
    default:
      return result;
  }
}

export function operationFromJson(json: unknown): HistoryOperation {
  const all = fieldsOf(json, 'operation', [
    ...['kind', 'key', 'value', 'ifAbsent', 'ifVersion', 'by', 'expected', 'replacement'],
  ]);
  const kind = textOf(all.kind, 'operation.kind');
  const key = textOf(all.key, 'operation.key');
  const only = (...known: string[]): JsonFields => {
    return fieldsOf(json, `a ${kind}`, ['kind', 'key', ...known]);
  };
  switch (kind) {
    case 'put':
      return putFromJson(key, only('value', 'ifAbsent', 'ifVersion'));
    case 'get':
    case 'delete':
      only();
      return { kind, key };
    case 'increment':
      return { kind, key, by: bigintOf(only('by').by, 'operation.by') };
    case 'compareAndSet': {
      const { expected, replacement } = only('expected', 'replacement');
      return {
        kind,
        key,
        expected: valueFromJson(expected, 'operation.expected'),
        replacement: valueFromJson(replacement, 'operation.replacement'),
      };
    }
    default:
      return refuse(
        `operation.kind is ${JSON.stringify(kind)}; known: ${Object.keys(RESULTS_OF).join(', ')}`,
      );
  }
}

export function resultFromJson(json: unknown, operation: HistoryOperation): HistoryResult {
  const fields = fieldsOf(json, 'result', ['kind', 'value', 'wasPresent', 'actual']);
  const kind = textOf(fields.kind, 'result.kind');
  const allowed = RESULTS_OF[operation.kind];
  if (!(allowed as readonly string[]).includes(kind)) {
    refuse(
      `result.kind of a ${operation.kind} is ${JSON.stringify(kind)}; known: ${allowed.join(', ')}`,
    );
  }
  switch (kind as HistoryResult['kind']) {
    case 'value':
      return { kind: 'value', value: optionalFromJson(fields.value, 'result.value') };
    case 'number':
      return { kind: 'number', value: bigintOf(fields.value, 'result.value') };
    case 'deleted':
      return { kind: 'deleted', wasPresent: booleanOf(fields.wasPresent, 'result.wasPresent') };
    case 'conditionFailed':
      return { kind: 'conditionFailed', actual: heldFromJson(fields) };
    default:
      return { kind: kind as 'stored' | 'swapped' | 'notANumber' | 'overflow' };
  }
}

function putFromJson(key: string, fields: JsonFields): HistoryOperation {
  const value = valueFromJson(fields.value, 'operation.value');
  const { ifAbsent, ifVersion } = fields;
  return {
    kind: 'put',
    key,
    value,
    ...(ifAbsent === undefined ? {} : { ifAbsent: booleanOf(ifAbsent, 'operation.ifAbsent') }),
    ...(ifVersion === undefined
      ? {}
      : { ifVersion: wholeNumberOf(ifVersion, 'operation.ifVersion') }),
  };
}

function heldFromJson(fields: JsonFields): HeldValue | undefined {
  if (!('actual' in fields)) return undefined;
  return { value: optionalFromJson(fields.actual, 'result.actual') };
}

function valueToJson(value: Value): Json {
  switch (value.kind) {
    case 'u64':
      return { kind: 'u64', value: String(value.value) };
    case 'text':
      return value;
    case 'bytes': {
      const digits = Array.from(value.value, (byte) => byte.toString(16).padStart(2, '0'));
      return { kind: 'bytes', value: digits.join('') };
    }
    default:
      return unreachable(value);
  }
}

function optionalToJson(value: Value | undefined): Json | null {
  return value === undefined ? null : valueToJson(value);
}

/** `null` says that there was no value; a field that is missing says nothing, and is refused. */
function optionalFromJson(json: unknown, what: string): Value | undefined {
  return json === null ? undefined : valueFromJson(json, what);
}

function valueFromJson(json: unknown, what: string): Value {
  const fields = fieldsOf(json, what, ['kind', 'value']);
  const text = textOf(fields.value, `${what}.value`);
  switch (fields.kind) {
    case 'u64': {
      const value = bigintOf(text, `${what}.value`);
      if (value < 0n || value > MAX_NUMBER) refuse(`${what}.value is no number of 64 bits`);
      return { kind: 'u64', value };
    }
    case 'text':
      return { kind: 'text', value: text };
    case 'bytes': {
      if (!/^(?:[0-9a-f]{2})*$/.test(text)) refuse(`${what}.value is not hex`);
      const bytes = Uint8Array.from({ length: text.length / 2 }, (_, at) => {
        return Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
      });
      return { kind: 'bytes', value: bytes };
    }
    default:
      return refuse(`${what}.kind is not one of u64, text, bytes`);
  }
}
