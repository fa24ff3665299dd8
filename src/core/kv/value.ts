/**
 * Values: a number, a text or bytes, and never guessed from their look.
 */

export type Value =
  /** 0 to 2^64 - 1, exact. */
  | { readonly kind: 'u64'; readonly value: bigint }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array };

export const MAX_U64 = 2n ** 64n - 1n;
