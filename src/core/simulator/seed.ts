/**
 * Seeds: 64 bits, typed in decimal or as 0x…, always printed as 0x and 16 digits.
 */

const MAX_SEED = 2n ** 64n - 1n;

/** Undefined where the text is no seed. */
export function parseSeed(text: string): bigint | undefined {
  if (!/^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(text)) return undefined;
  const seed = BigInt(text);
  return seed <= MAX_SEED ? seed : undefined;
}

export function formatSeed(seed: bigint): string {
  return `0x${seed.toString(16).padStart(16, '0')}`;
}
