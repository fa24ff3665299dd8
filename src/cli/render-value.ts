/**
 * Values in answers, as text and as JSON.
 *
 * Bytes go to a pipe or a file exactly as they are. A terminal gets neither raw bytes nor control
 * characters, which could rewrite what it shows. u64 is a string in JSON, bytes are base64.
 */

import type { VersionedValue } from '../core/kv/command.js';
import type { Value } from '../core/kv/value.js';
import { printable } from './output.js';
import type { JsonObject, Output } from './output.js';

export function valueToJson(value: Value): JsonObject {
  switch (value.kind) {
    case 'u64':
      return { kind: 'u64', value: value.value.toString() };
    case 'text':
      return { kind: 'text', value: value.value };
    case 'bytes':
      return { kind: 'bytes', value: Buffer.from(value.value).toString('base64') };
  }
}

export function versionedToJson(found: VersionedValue): JsonObject {
  return { ...valueToJson(found.value), version: found.version };
}

/** One line for people: a list, a message. */
export function valueToLine(value: Value): string {
  switch (value.kind) {
    case 'u64':
      return value.value.toString();
    case 'text':
      return JSON.stringify(value.value);
    case 'bytes':
      return `base64:${Buffer.from(value.value).toString('base64')}`;
  }
}

/** The answer of `get`: the value and nothing else. */
export function writeValue(output: Output, value: Value): void {
  if (value.kind === 'u64') output.line(value.value.toString());
  else if (value.kind === 'text') {
    output.line(output.isTerminal ? printable(value.value) : value.value);
  } else if (output.isTerminal) {
    output.line(Buffer.from(value.value).toString('base64'));
    output.note(`${value.value.length} bytes, shown as base64; a pipe or a file gets the bytes`);
  } else output.bytes(value.value);
}

/** One item of a scan: key and value, separated by a tab. */
export function scanLine(item: VersionedValue & { readonly key: string }, isKeysOnly: boolean) {
  const key = printable(item.key).replaceAll('\t', '\\t').replaceAll('\n', '\\n');
  return isKeysOnly ? key : `${key}\t${valueToLine(item.value)}`;
}
