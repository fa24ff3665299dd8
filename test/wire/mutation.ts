/**
 * Damage to bytes, from a seed: flips, cuts, splices, repeated parts, lies about lengths, noise.
 */

/** Mulberry32: uniform in [0, 1), the same for the same seed. */
export function prng(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const EDGES = [0, 1, 0x7f, 0x80, 0xff];

export function noise(random: () => number, maxBytes: number): Uint8Array {
  const bytes = new Uint8Array(Math.floor(random() * maxBytes));
  return bytes.map(() => Math.floor(random() * 256));
}

/** One to three kinds of damage to one of the samples. */
export function mutate(samples: readonly Uint8Array[], random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = (): Uint8Array => samples[below(samples.length)]!;
  let bytes = pick().slice();
  for (let round = below(3); round >= 0; round--) {
    const at = below(bytes.length);
    const to = at + below(bytes.length - at);
    const donor = pick();
    switch (below(6)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 1:
        bytes[at] = EDGES[below(EDGES.length)]!;
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...donor.subarray(below(donor.length))]);
        break;
      case 4:
        bytes = Uint8Array.from([...bytes.subarray(0, to), ...bytes.subarray(at)]);
        break;
      default:
        // The longest number that may be: as a length, a count or an index.
        bytes.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f].slice(0, bytes.length - at), at);
    }
  }
  return bytes;
}
