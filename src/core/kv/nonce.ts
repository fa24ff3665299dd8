/**
 * A nonce as a map key: 16 random bytes as one short string, one character a byte.
 */

export const NONCE_BYTES = 16;

export function nonceKey(nonce: Uint8Array): string {
  return String.fromCharCode(...nonce);
}
