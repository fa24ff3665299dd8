/**
 * Proposals that wait: for a leader to be known, for its Prepare phase to end, for a batch to fill.
 *
 * Bounded in bytes by the caller (R1). The core forwards a proposal once and never repeats it (H12): whoever needs
 * to know keeps it until it is decided.
 */

export class WaitingProposals<T> {
  #entries: T[] = [];
  #sizes: number[] = [];
  #totalBytes = 0;

  get count(): number {
    return this.#entries.length;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  add(entry: T, sizeBytes: number): void {
    this.#entries.push(entry);
    this.#sizes.push(sizeBytes);
    this.#totalBytes += sizeBytes;
  }

  /** The oldest entries that fit `maxBytes`. */
  take(maxBytes: number): readonly T[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#sizes.length && bytes + (this.#sizes[count] ?? 0) <= maxBytes) {
      bytes += this.#sizes[count] ?? 0;
      count++;
    }
    this.#sizes.splice(0, count);
    this.#totalBytes -= bytes;
    return this.#entries.splice(0, count);
  }
}
