/**
 * A small seeded generator (sfc32), so that a run of a loop can be repeated with `--seed`.
 *
 * What it repeats are the choices, not the interleaving of real processes.
 */

/** @param {string} seed any text @returns {() => number} uniform in [0, 1) */
export function seededRandom(seed) {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  for (const character of seed) a = Math.imul(a ^ (character.codePointAt(0) ?? 0), 0x01000193);
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 16; warmUp++) next();
  return next;
}

/** A whole number in [min, max]. @param {() => number} random */
export function between(random, min, max) {
  return min + Math.floor(random() * (max - min + 1));
}
