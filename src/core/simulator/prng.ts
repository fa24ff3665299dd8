/**
 * Seeded randomness: sfc32, 128 bits of state, split by name.
 *
 * A split stream depends on the seed and its name alone, so that one more draw in one place does
 * not shift all the others: one for each node, link, disk and client.
 */

export class Prng {
  readonly seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string | number) {
    this.seed = String(seed);
    [this.#a, this.#b, this.#c] = hashToWords(this.seed);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** A stream of its own. */
  split(name: string): Prng {
    return new Prng(`${this.seed}/${name}`);
  }

  /** Uniform in [0, 2^32). */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** An integer in [min, max], both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return probability > 0 && this.fraction() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  shuffle<Item>(items: readonly Item[]): Item[] {
    const keyed = items.map((item) => ({ item, key: this.next() }));
    return keyed.sort((x, y) => x.key - y.key).map(({ item }) => item);
  }
}

/** FNV-1a with three offsets. */
function hashToWords(text: string): [number, number, number] {
  const words: [number, number, number] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b];
  for (let i = 0; i < text.length; i++) {
    for (let w = 0; w < 3; w++) {
      words[w] = Math.imul((words[w] ?? 0) ^ (text.charCodeAt(i) + w * 31), 0x01000193) | 0;
    }
  }
  return words;
}
