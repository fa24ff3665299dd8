/**
 * Requests or answers of one turn of the event loop as few frames: one header and one checksum for
 * many of them, written one behind the other into one buffer.
 *
 * A frame is closed at about 64 KiB or MAX_ITEMS_PER_FRAME items, whichever comes first; an item that
 * is larger has a frame to itself. Where an item cannot be written, the ones before it stay as they are.
 */

import type { ByteWriter } from './byte-writer.js';
import { beginFrame, endFrame, frameBodyBytes, type FrameKind } from './frame.js';

/** Both ends hold to it: what one frame can ask of a server is bounded (R1). */
export const MAX_ITEMS_PER_FRAME = 1_024;
const TARGET_BODY_BYTES = 64 * 1024;
const FIRST_GUESS_BYTES = 112;

export interface FrameBatchOptions<Item> {
  readonly frameKind: FrameKind;
  readonly maxBodyBytes: number;
  /** Writes what a reader can tell the end of. */
  readonly write: (writer: ByteWriter, item: Item) => void;
}

export class FrameBatch<Item> {
  readonly #options: FrameBatchOptions<Item>;
  #writer: ByteWriter | undefined;
  #count = 0;
  /** What the last frame took: the next one will be like it. */
  #typicalBytes = FIRST_GUESS_BYTES;

  constructor(options: FrameBatchOptions<Item>) {
    this.#options = options;
  }

  get sizeBytes(): number {
    return this.#writer === undefined ? 0 : frameBodyBytes(this.#writer);
  }

  /** Adds the item. Answers with the frame of those before it, where that one is full now. */
  add(item: Item): Uint8Array | undefined {
    const full = this.#count === MAX_ITEMS_PER_FRAME ? this.take() : undefined;
    const writer = (this.#writer ??= beginFrame(this.#typicalBytes));
    const before = writer.sizeBytes;
    try {
      this.#options.write(writer, item);
    } catch (error) {
      writer.rewind(before);
      throw error;
    }
    if (this.#count > 0 && frameBodyBytes(writer) > TARGET_BODY_BYTES) {
      writer.rewind(before);
      const others = this.take();
      this.add(item);
      return others;
    }
    this.#count += 1;
    return full;
  }

  /** The frame of what was added since the last one; undefined: nothing was. */
  take(): Uint8Array | undefined {
    const writer = this.#writer;
    if (writer === undefined || this.#count === 0) return undefined;
    this.#writer = undefined;
    this.#count = 0;
    this.#typicalBytes = Math.min(frameBodyBytes(writer), TARGET_BODY_BYTES);
    const { frameKind, maxBodyBytes } = this.#options;
    return endFrame(writer, frameKind, maxBodyBytes);
  }
}
