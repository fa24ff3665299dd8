/**
 * Values: a number, a text or bytes, and never guessed from their look.
 *
 * `5` is always the number. A numeral that would not be printed as it was typed (`007`, `+1`, `1e3`)
 * is no number here: nothing is silently changed.
 */

import { utf8SizeBytes } from './utf8.js';

export type Value =
  /** 0 to 2^64 - 1, exact. */
  | { readonly kind: 'u64'; readonly value: bigint }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array };

export const MAX_U64 = 2n ** 64n - 1n;

const CANONICAL_DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;

/** The number that this text is, in plain decimal digits; undefined where it is none. */
export function parseU64(text: string): bigint | undefined {
  if (!CANONICAL_DECIMAL.test(text)) return undefined;
  const number = BigInt(text);
  return number <= MAX_U64 ? number : undefined;
}

export function isU64(number: bigint): boolean {
  return number >= 0n && number <= MAX_U64;
}

/** Kind and content; the number 5 and the text "5" are two values. */
export function isEqualValue(a: Value, b: Value): boolean {
  if (a.kind === 'bytes') return b.kind === 'bytes' && isEqualBytes(a.value, b.value);
  return a.kind === b.kind && a.value === b.value;
}

/** The bytes of the content alone. A text that is not valid Unicode counts as too large. */
export function valueSizeBytes(value: Value): number {
  switch (value.kind) {
    case 'u64':
      return 8;
    case 'text':
      return utf8SizeBytes(value.value) ?? Infinity;
    case 'bytes':
      return value.value.byteLength;
  }
}

export function isEqualBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let at = 0; at < a.byteLength; at++) if (a[at] !== b[at]) return false;
  return true;
}
