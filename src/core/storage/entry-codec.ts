/**
 * Entries ↔ bytes: what an owner of a persistent log says about its entry type.
 *
 * `encode` throws OMNIKV_INVALID_ENTRY rather than change or shorten an entry (R5); `decode` gives
 * back an equal one. Encoded bytes and decoded entries are shared with caches: never change them.
 */

import { OmnikvError } from '../errors.js';
import { MAX_DECODE_DEPTH } from '../limits.js';

export interface EntryCodec<T> {
  encode(entry: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** Entries that are bytes already: no copy in either direction. */
export const bytesCodec: EntryCodec<Uint8Array> = {
  encode(entry) {
    if (entry instanceof Uint8Array) return entry;
    throw invalidEntry(`an entry must be a Uint8Array, not ${describe(entry)}`);
  },
  decode: (bytes) => bytes,
};

function invalidEntry(message: string): OmnikvError {
  return new OmnikvError('OMNIKV_INVALID_ENTRY', message, {
    suggestions: ['Give the storage a codec of your own: { encode, decode }.'],
  });
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null;
  return prototype?.constructor?.name ?? 'object';
}

/*
 * JSON, with what JSON lacks written as an object of one key that begins with one dollar sign:
 *   5n         {"$bigint":"5"}        NaN, -0, Infinity   {"$number":"NaN"}
 *   undefined  {"$undefined":""}
 * A key of the user's that begins with a dollar sign gets one more, so that no object of the
 * user's can be taken for a tag.
 */

type Tagged = null | boolean | number | string | Tagged[] | { [key: string]: Tagged };

function tag(kind: 'bigint' | 'number' | 'undefined', text: string): Tagged {
  return { [`$${kind}`]: text };
}

function tagNumber(value: number): Tagged {
  if (Object.is(value, -0)) return tag('number', '-0');
  return Number.isFinite(value) ? value : tag('number', String(value));
}

function tagObject(value: object, depth: number): Tagged {
  if (depth > MAX_DECODE_DEPTH)
    throw invalidEntry(`an entry nests deeper than ${MAX_DECODE_DEPTH}`);
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    // Array.from fills holes with undefined; a hole would otherwise come back as null.
    return Array.from(items, (item) => toTagged(item, depth + 1));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  if (!isPlain || Object.getOwnPropertySymbols(value).length > 0) {
    throw invalidEntry(`the JSON codec takes plain objects, not ${describe(value)}`);
  }
  const pairs = Object.entries(value).map(([key, item]): [string, Tagged] => [
    key.startsWith('$') ? `$${key}` : key,
    toTagged(item, depth + 1),
  ]);
  return Object.fromEntries(pairs);
}

function toTagged(value: unknown, depth: number): Tagged {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return tagNumber(value);
    case 'bigint':
      return tag('bigint', value.toString());
    case 'undefined':
      return tag('undefined', '');
    case 'object':
      return value === null ? null : tagObject(value, depth);
    default:
      throw invalidEntry(`the JSON codec cannot store a ${typeof value}`);
  }
}

function fromTagged(value: Tagged): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromTagged);
  const pairs = Object.entries(value);
  const [first] = pairs;
  if (first !== undefined && pairs.length === 1) {
    if (first[0] === '$bigint') return BigInt(first[1] as string);
    if (first[0] === '$number') return Number(first[1]);
    if (first[0] === '$undefined') return undefined;
  }
  return Object.fromEntries(
    pairs.map(([key, item]) => [key.startsWith('$') ? key.slice(1) : key, fromTagged(item)]),
  );
}

/** Plain values with bigint, exact: a value that JSON would change is tagged or refused. */
export function jsonCodec<T>(): EntryCodec<T> {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return {
    encode: (entry) => encoder.encode(JSON.stringify(toTagged(entry, 0))),
    decode: (bytes) => fromTagged(JSON.parse(decoder.decode(bytes)) as Tagged) as T,
  };
}
