/**
 * Values and versioned values as bytes.
 *
 *     value:     1 | u64            a number, eight bytes
 *                2 | length | UTF-8 a text
 *                3 | length | bytes
 *     versioned: version | value
 *
 * A decoded value is a copy: the store keeps it for ever, and must not keep a frame with it.
 */

import type { VersionedValue } from '../kv/command.js';
import type { Value } from '../kv/value.js';
import { MAX_VALUE_BYTES } from '../limits.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { DecodeFailure } from './decode-failure.js';
import { checkValue } from './entry-limits.js';

const VALUE_KIND = { u64: 1, text: 2, bytes: 3 } as const satisfies Record<Value['kind'], number>;

export function writeValue(writer: ByteWriter, value: Value): void {
  checkValue(value);
  writer.u8(VALUE_KIND[value.kind]);
  switch (value.kind) {
    case 'u64':
      writer.u64(value.value);
      return;
    case 'text':
      writer.text(value.value);
      return;
    case 'bytes':
      writer.bytes(value.value);
      return;
  }
}

export function readValue(reader: ByteReader): Value {
  const kind = reader.u8();
  switch (kind) {
    case VALUE_KIND.u64:
      return { kind: 'u64', value: reader.u64() };
    case VALUE_KIND.text:
      return { kind: 'text', value: reader.text(MAX_VALUE_BYTES, 'text') };
    case VALUE_KIND.bytes:
      return { kind: 'bytes', value: reader.bytes(MAX_VALUE_BYTES, 'value') };
    default:
      throw new DecodeFailure(`value kind ${kind} is not known`);
  }
}

export function writeVersioned(writer: ByteWriter, versioned: VersionedValue): void {
  writer.uint(versioned.version);
  writeValue(writer, versioned.value);
}

export function readVersioned(reader: ByteReader): VersionedValue {
  const version = reader.uint();
  return { value: readValue(reader), version };
}

export function writeOptionalVersioned(
  writer: ByteWriter,
  versioned: VersionedValue | undefined,
): void {
  writer.bool(versioned !== undefined);
  if (versioned !== undefined) writeVersioned(writer, versioned);
}

export function readOptionalVersioned(reader: ByteReader): VersionedValue | undefined {
  return reader.bool() ? readVersioned(reader) : undefined;
}
