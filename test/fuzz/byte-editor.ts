/**
 * Bytes that are cut, put together and changed in one buffer: no mutant costs an allocation.
 */

const CAPACITY_BYTES = 64 * 1024;

export class ByteEditor {
  readonly #buffer = new Uint8Array(CAPACITY_BYTES);
  readonly #limitBytes: number;
  #sizeBytes = 0;

  /** What would grow beyond `limitBytes` stays as it is. */
  constructor(limitBytes: number) {
    if (2 * limitBytes > CAPACITY_BYTES) throw new RangeError('too large a limit');
    this.#limitBytes = limitBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** A view, valid until the next change. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#sizeBytes);
  }

  load(bytes: Uint8Array): void {
    this.#buffer.set(bytes);
    this.#sizeBytes = bytes.length;
  }

  at(position: number): number {
    return position < this.#sizeBytes ? this.#buffer[position]! : 0;
  }

  set(position: number, byte: number): void {
    if (position < this.#sizeBytes) this.#buffer[position] = byte;
  }

  cut(sizeBytes: number): void {
    this.#sizeBytes = Math.min(sizeBytes, this.#sizeBytes);
  }

  /** Puts source[sourceFrom, sourceTo) where [from, to) was. */
  replace(from: number, to: number, source: Uint8Array, sourceFrom = 0, sourceTo = source.length) {
    const added = sourceTo - sourceFrom;
    const sizeBytes = this.#sizeBytes - (to - from) + added;
    if (sizeBytes > this.#limitBytes) return;
    this.#buffer.copyWithin(from + added, to, this.#sizeBytes);
    for (let i = 0; i < added; i++) this.#buffer[from + i] = source[sourceFrom + i]!;
    this.#sizeBytes = sizeBytes;
  }
}
