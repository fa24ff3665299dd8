/**
 * Where every entry of the log stands: one extent per append that is still visible, not per entry.
 *
 * Extents are sorted and contiguous; extent i ends where i + 1 begins, the last one at the length
 * of the log. A cut removes or shortens extents at the end only. 28 bytes each.
 */

import { assert } from '../assert.js';

/** The record that holds an extent's entries; `entriesOffset` counts from the record's start. */
export interface RecordPlace {
  readonly seq: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly entriesOffset: number;
}

const FIRST_CAPACITY = 256;
/** `seq` of an extent that is not in a segment yet. */
const UNPLACED = 0;

export class EntryIndex {
  #count = 0;
  #firstIdx = new Float64Array(FIRST_CAPACITY);
  #seq = new Float64Array(FIRST_CAPACITY);
  /** Three per extent: offset, sizeBytes, entriesOffset. */
  #places = new Uint32Array(3 * FIRST_CAPACITY);

  get count(): number {
    return this.#count;
  }

  /** Removes what begins at or behind `fromIdx`; the extent before may become shorter. */
  cut(fromIdx: number): void {
    while (this.#count > 0 && this.firstIdx(this.#count - 1) >= fromIdx) this.#count -= 1;
  }

  /** Adds an extent at the end and gives its number. */
  push(firstIdx: number): number {
    assert(
      this.#count === 0 || this.firstIdx(this.#count - 1) < firstIdx,
      'an extent begins behind the one before',
    );
    if (this.#count === this.#firstIdx.length) this.#grow();
    const extent = this.#count;
    this.#firstIdx[extent] = firstIdx;
    this.#seq[extent] = UNPLACED;
    this.#count += 1;
    return extent;
  }

  setPlace(extent: number, place: RecordPlace): void {
    assert(extent < this.#count, 'only an extent of the index has a place');
    this.#seq[extent] = place.seq;
    this.#places[3 * extent] = place.offset;
    this.#places[3 * extent + 1] = place.sizeBytes;
    this.#places[3 * extent + 2] = place.entriesOffset;
  }

  place(extent: number): RecordPlace {
    const seq = this.#seq[extent];
    assert(
      extent < this.#count && seq !== undefined && seq !== UNPLACED,
      'a place is asked for once it is known',
    );
    return {
      seq,
      offset: this.#places[3 * extent]!,
      sizeBytes: this.#places[3 * extent + 1]!,
      entriesOffset: this.#places[3 * extent + 2]!,
    };
  }

  firstIdx(extent: number): number {
    return this.#firstIdx[extent]!;
  }

  /** Where the extent ends, in a log of `acceptedIdx` entries. */
  endIdx(extent: number, acceptedIdx: number): number {
    return extent + 1 < this.#count ? this.firstIdx(extent + 1) : acceptedIdx;
  }

  /** The extent that holds `idx`: the last that begins at or before it. */
  find(idx: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.firstIdx(middle) <= idx) low = middle;
      else high = middle - 1;
    }
    assert(this.#count > 0 && this.firstIdx(low) <= idx, 'every entry lies in an extent');
    return low;
  }

  #grow(): void {
    const capacity = 2 * this.#firstIdx.length;
    this.#firstIdx = grown(this.#firstIdx, new Float64Array(capacity));
    this.#seq = grown(this.#seq, new Float64Array(capacity));
    this.#places = grown(this.#places, new Uint32Array(3 * capacity));
  }
}

function grown<A extends Float64Array | Uint32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
