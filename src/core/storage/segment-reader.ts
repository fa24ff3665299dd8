/**
 * Reads records back from segments, through a window, and verifies them again.
 *
 * At-rest damage must never reach the protocol: both checksums are checked on every read, and a
 * mismatch is OMNIKV_CORRUPT_DATA. It must never read what is not durable yet.
 */

import type { FileHandle, FileSystem } from '../platform/ports.js';
import type { RecordPlace } from './entry-index.js';
import { align8 } from './little-endian.js';
import { isBodyIntact, readRecordHeader } from './record.js';
import { corruptData, withIo } from './storage-errors.js';

/** Read ahead: a log that is read from the start costs one call for many records. */
const WINDOW_BYTES = 256 * 1024;

interface Window {
  readonly seq: number;
  readonly start: number;
  readonly bytes: Uint8Array;
}

export class SegmentReader {
  readonly #fileSystem: FileSystem;
  readonly #pathOf: (seq: number) => string;
  readonly #seed: number;
  #open: { readonly seq: number; readonly handle: FileHandle } | undefined;
  #window: Window | undefined;
  /** The record read last: verified, and the same object while it is asked for again. */
  #last: { readonly place: RecordPlace; readonly bytes: Uint8Array } | undefined;

  constructor(options: {
    readonly fileSystem: FileSystem;
    readonly pathOf: (seq: number) => string;
    readonly seed: number;
  }) {
    this.#fileSystem = options.fileSystem;
    this.#pathOf = options.pathOf;
    this.#seed = options.seed;
  }

  /** The bytes of the record, header included. `durableEnd`: what may be read of its segment. */
  read(place: RecordPlace, durableEnd: number): Uint8Array {
    const last = this.#last;
    if (last?.place.seq === place.seq && last.place.offset === place.offset) return last.bytes;
    const recordBytes = align8(place.sizeBytes);
    let window = this.#window;
    if (!window || !covers(window, place, recordBytes)) {
      const length = Math.max(recordBytes, Math.min(WINDOW_BYTES, durableEnd - place.offset));
      window = { seq: place.seq, start: place.offset, bytes: this.#readBytes(place, length) };
      this.#window = window;
    }
    const from = place.offset - window.start;
    const bytes = window.bytes.subarray(from, from + recordBytes);
    const header = readRecordHeader(bytes, 0, this.#seed);
    if (header?.sizeBytes !== place.sizeBytes || !isBodyIntact(bytes, 0, header)) {
      const path = this.#pathOf(place.seq);
      throw corruptData(path, place.offset, 'a record changed after it was written');
    }
    this.#last = { place, bytes };
    return bytes;
  }

  close(): void {
    this.#open?.handle.close();
    this.#open = undefined;
    this.#window = undefined;
    this.#last = undefined;
  }

  #readBytes(place: RecordPlace, length: number): Uint8Array {
    const path = this.#pathOf(place.seq);
    return withIo(path, 'reading', () => {
      if (this.#open?.seq !== place.seq) {
        this.close();
        this.#open = { seq: place.seq, handle: this.#fileSystem.open(path, 'read') };
      }
      return this.#open.handle.read(place.offset, length);
    });
  }
}

function covers(window: Window, place: RecordPlace, recordBytes: number): boolean {
  return (
    window.seq === place.seq &&
    window.start <= place.offset &&
    place.offset + recordBytes <= window.start + window.bytes.length
  );
}
