/** Which key a call is about, and what it is called. */

export const KEY_DISTRIBUTIONS = ['uniform', 'zipf'] as const;
export type KeyDistribution = (typeof KEY_DISTRIBUTIONS)[number];

/** As in YCSB: with 1,000 keys every eighth call is about the first one. */
const ZIPF_EXPONENT = 0.99;

export interface KeyDrawOptions {
  readonly distribution: KeyDistribution;
  readonly keyCount: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Draws numbers of keys, from 0. */
export function keyDraw({ distribution, keyCount, random }: KeyDrawOptions): () => number {
  if (distribution === 'uniform') return () => Math.floor(random() * keyCount);
  const sums = zipfSums(keyCount);
  const total = sums[keyCount - 1] ?? 0;
  return () => firstAbove(sums, random() * total);
}

/** Key k is drawn in proportion to 1 / (k + 1)^exponent; entry k is the sum up to and with k. */
function zipfSums(keyCount: number): Float64Array {
  const sums = new Float64Array(keyCount);
  let sum = 0;
  for (let k = 0; k < keyCount; k++) {
    sum += (k + 1) ** -ZIPF_EXPONENT;
    sums[k] = sum;
  }
  return sums;
}

function firstAbove(sums: Float64Array, wanted: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle] ?? 0) > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

const DIGITS = Array.from({ length: 1_000 }, (_, i) => String(i).padStart(3, '0'));
const FIRST_DIGITS = DIGITS.map((digits) => `bench-${digits}`);

/**
 * `bench-` and the number, with six digits: keys are of one length, however many there are. By tables: V8
 * remembers each number that it has made a text of, and with a million of them to remember the load
 * process spends a tenth of its time on collecting garbage.
 */
export function keyName(key: number): string {
  const thousands = Math.floor(key / 1_000);
  const first = thousands < 1_000 ? FIRST_DIGITS[thousands]! : keyName(thousands);
  return first + DIGITS[key % 1_000]!;
}
