/**
 * R5: what a key, a value and an operation may be, checked by the client before it sends and by the
 * server before it proposes.
 *
 * Pure checks that name the rule broken, never repair: nothing is cut, trimmed or replaced.
 */

import { unreachable } from '../assert.js';
import type { ErrorId } from '../errors.js';
import {
  MAX_CLIENT_FRAME_BYTES,
  MAX_KEY_BYTES,
  MAX_KEYS_PER_DELETE,
  MAX_VALUE_BYTES,
} from '../limits.js';
import type { Operation } from './command.js';
import type { ScanBounds } from './store.js';
import { utf8SizeBytes } from './utf8.js';
import { isU64, MAX_U64, valueSizeBytes, type Value } from './value.js';

export interface Violation {
  readonly code: ErrorId;
  readonly message: string;
}

/** What a frame needs beside keys and values, generously. */
const FRAME_OVERHEAD_BYTES = 4_096;

export function checkKey(key: string): Violation | undefined {
  if (key.length === 0) return invalidKey('a key has at least 1 byte');
  const sizeBytes = utf8SizeBytes(key);
  if (sizeBytes === undefined) return invalidKey('the key has a lone surrogate: no UTF-8 form');
  if (sizeBytes > MAX_KEY_BYTES) {
    return invalidKey(`the key has ${sizeBytes} bytes, at most ${MAX_KEY_BYTES} are allowed`);
  }
  return undefined;
}

export function checkValue(value: Value): Violation | undefined {
  if (value.kind === 'u64') {
    if (isU64(value.value)) return undefined;
    return invalidValue(`${value.value} is not between 0 and ${MAX_U64}`);
  }
  if (value.kind === 'text' && utf8SizeBytes(value.value) === undefined) {
    return invalidValue('the text has a lone surrogate: no UTF-8 form');
  }
  const sizeBytes = valueSizeBytes(value);
  if (sizeBytes <= MAX_VALUE_BYTES) return undefined;
  return tooLarge(`the value has ${sizeBytes} bytes, at most ${MAX_VALUE_BYTES} are allowed`);
}

export function checkOperation(operation: Operation): Violation | undefined {
  switch (operation.kind) {
    case 'put':
      return checkKey(operation.key) ?? checkValue(operation.value);
    case 'delete':
      return checkKeys(operation.keys);
    case 'increment':
      return checkKey(operation.key) ?? checkValue({ kind: 'u64', value: operation.by });
    case 'compareAndSet':
      return (
        checkKey(operation.key) ??
        checkValue(operation.expected) ??
        checkValue(operation.replacement) ??
        checkPair(operation.expected, operation.replacement)
      );
    default:
      return unreachable(operation);
  }
}

/** A bound may be one byte longer than a key: the successor of the longest key is a bound. */
export function checkScanBounds(bounds: ScanBounds): Violation | undefined {
  for (const text of [bounds.prefix, bounds.from ?? '', bounds.to ?? '']) {
    const sizeBytes = utf8SizeBytes(text);
    if (sizeBytes === undefined) return invalidKey('a bound of the scan has a lone surrogate');
    if (sizeBytes > MAX_KEY_BYTES + 1)
      return invalidKey(`a bound of the scan has ${sizeBytes} bytes`);
  }
  if (Number.isSafeInteger(bounds.limit) && bounds.limit >= 1) return undefined;
  return {
    code: 'OMNIKV_USAGE',
    message: `the limit of a scan is at least 1, not ${bounds.limit}`,
  };
}

function checkKeys(keys: readonly string[]): Violation | undefined {
  if (keys.length < 1 || keys.length > MAX_KEYS_PER_DELETE) {
    return invalidKey(`a delete names 1 to ${MAX_KEYS_PER_DELETE} keys, not ${keys.length}`);
  }
  for (const key of keys) {
    const violation = checkKey(key);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

/** Two values of the largest size do not fit one frame; each alone does. */
function checkPair(expected: Value, replacement: Value): Violation | undefined {
  const sizeBytes = valueSizeBytes(expected) + valueSizeBytes(replacement);
  if (sizeBytes <= MAX_CLIENT_FRAME_BYTES - FRAME_OVERHEAD_BYTES) return undefined;
  return tooLarge(`expected value and replacement have ${sizeBytes} bytes together`);
}

function invalidKey(message: string): Violation {
  return { code: 'OMNIKV_INVALID_KEY', message };
}

function invalidValue(message: string): Violation {
  return { code: 'OMNIKV_INVALID_VALUE', message };
}

function tooLarge(message: string): Violation {
  return { code: 'OMNIKV_VALUE_TOO_LARGE', message };
}
