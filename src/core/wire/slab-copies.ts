/**
 * Copies of byte ranges that share slabs: an array of its own outside V8's heap costs each of them
 * several times what copying does.
 *
 * A slab is kept alive by every copy in it: for copies that live and go together.
 */

const SLAB_BYTES = 64 * 1024;
/** Up to here V8 keeps the bytes in its own heap. */
const MAX_HEAP_BYTES = 64;
const MAX_SLAB_COPY_BYTES = SLAB_BYTES / 8;

export class SlabCopies {
  #slab = new ArrayBuffer(0);
  #usedBytes = 0;

  copy(source: Uint8Array, from: number, to: number): Uint8Array {
    const sizeBytes = to - from;
    if (sizeBytes <= MAX_HEAP_BYTES || sizeBytes > MAX_SLAB_COPY_BYTES) {
      return Uint8Array.prototype.slice.call(source, from, to);
    }
    if (this.#usedBytes + sizeBytes > this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(SLAB_BYTES);
      this.#usedBytes = 0;
    }
    const copy = new Uint8Array(this.#slab, this.#usedBytes, sizeBytes);
    copy.set(source.subarray(from, to));
    this.#usedBytes += sizeBytes;
    return copy;
  }
}
