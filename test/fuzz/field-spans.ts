/**
 * Where the fields of an encoding lie, so that a mutation can know what it changes.
 *
 * Found by watching the real decoder read a valid body: whatever is added to the wire is found
 * without a second description of it, which could be wrong or old.
 */

import { ByteReader } from '../../src/core/wire/byte-reader.js';
import type { Decoded } from '../../src/core/wire/index.js';

export type FieldKind = 'u8' | 'uint' | 'fixed' | 'text';

export interface Field {
  readonly kind: FieldKind;
  readonly from: number;
  readonly to: number;
}

type Method = (this: ByteReader, ...args: never[]) => unknown;

const WATCHED: Readonly<Record<string, FieldKind>> = {
  u8: 'u8',
  uint: 'uint',
  u64: 'fixed',
  fixedBytes: 'fixed',
  skip: 'fixed',
  text: 'text',
};

/** The fields of `body` in order; `decode` must take it. */
export function fieldsOf(
  body: Uint8Array,
  decode: (body: Uint8Array) => Decoded<unknown>,
): Field[] {
  const fields: Field[] = [];
  const prototype = ByteReader.prototype as unknown as Record<string, Method>;
  const originals = Object.keys(WATCHED).map((name) => [name, prototype[name]!] as const);
  for (const [name, original] of originals) {
    prototype[name] = function (...args) {
      const before = this.offset;
      const inner = fields.length;
      const result = original.apply(this, args);
      note(fields, { kind: WATCHED[name]!, from: before, to: this.offset }, inner);
      return result;
    };
  }
  try {
    const decoded = decode(body);
    if (!decoded.ok) throw new Error(`not a valid body: ${decoded.error.reason}`);
    return fields;
  } finally {
    for (const [name, original] of originals) prototype[name] = original;
  }
}

/** A number is one field, not its bytes; a text is its length and what follows. */
function note(fields: Field[], field: Field, inner: number): void {
  if (field.kind === 'text') {
    const length = fields.at(-1);
    if (length !== undefined) fields.push({ ...field, from: length.to });
    return;
  }
  fields.length = inner;
  fields.push(field);
}
