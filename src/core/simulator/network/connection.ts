/**
 * One connection: a stream of bytes one way, from who dialled to who accepted.
 *
 * First in, first out, as a socket is: chunks wait in one queue, and the head alone has an event.
 * Only a frame that is sent `apart` may be overtaken, and it never arrives inside another frame, so
 * that the receiver's stream stays a sequence of whole frames. After `end` nothing arrives any more.
 */

import type { EventQueue } from '../event-queue.js';
import type { Path } from './path.js';

interface Chunk {
  readonly bytes: Uint8Array;
  readonly arrivalUs: number;
  readonly isFrameEnd: boolean;
}

export interface ConnectionHandlers {
  onChunk(connection: Connection, bytes: Uint8Array): void;
  /** All that was kept of the stream has arrived; told only after `endAfterPrefix`. */
  onStreamEnd(connection: Connection): void;
}

export class Connection {
  readonly number: number;
  readonly path: Path;
  readonly #queue: EventQueue;
  readonly #handlers: ConnectionHandlers;
  #chunks: Chunk[] = [];
  #first = 0;
  #waitingBytes = 0;
  #lastArrivalUs = 0;
  #isInsideFrame = false;
  /** Frames sent apart that came while another frame was half there. */
  #apart: Uint8Array[] = [];
  #state: 'open' | 'draining' | 'ended' = 'open';

  constructor(options: {
    readonly number: number;
    readonly path: Path;
    readonly queue: EventQueue;
    readonly handlers: ConnectionHandlers;
  }) {
    this.number = options.number;
    this.path = options.path;
    this.#queue = options.queue;
    this.#handlers = options.handlers;
  }

  get isEnded(): boolean {
    return this.#state !== 'open';
  }

  /** Sent and not arrived. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** `splitAt`: the frame arrives in two chunks, the second after a latency of its own. */
  send(frame: Uint8Array, splitAt?: number): void {
    if (this.#state !== 'open') return;
    if (splitAt === undefined) {
      this.#enqueue(frame, { isFrameEnd: true });
    } else {
      this.#enqueue(frame.subarray(0, splitAt), { isFrameEnd: false });
      this.#enqueue(frame.subarray(splitAt), { isFrameEnd: true });
    }
  }

  /** Outside the order of the stream; whole, and between two frames. */
  sendApart(frame: Uint8Array, delayUs: number): void {
    if (this.#state !== 'open') return;
    this.#queue.after(this.path.drawLatencyUs() + delayUs, () => {
      this.#arriveApart(frame);
    });
  }

  /** What is under way is lost. */
  end(): void {
    this.#state = 'ended';
    this.#chunks = [];
    this.#first = 0;
    this.#apart = [];
    this.#waitingBytes = 0;
  }

  /**
   * The sender has died: the kernel still delivers what it had taken, here a prefix of it that may
   * end inside a frame; then the stream ends.
   */
  endAfterPrefix(): void {
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    const { prng } = this.path;
    const kept = this.#chunks.slice(this.#first);
    const dropped = kept.splice(prng.int(0, kept.length));
    const torn = dropped[0];
    if (torn !== undefined && torn.bytes.length > 1 && prng.chance(0.5)) {
      const bytes = torn.bytes.subarray(0, prng.int(1, torn.bytes.length - 1));
      kept.push({ ...torn, bytes, isFrameEnd: false });
    }
    this.#chunks = kept;
    this.#first = 0;
    const lastArrivalUs = kept.at(-1)?.arrivalUs ?? 0;
    const endUs = Math.max(lastArrivalUs, this.#queue.nowUs + this.path.drawLatencyUs());
    this.#endAt(endUs);
  }

  #endAt(timeUs: number): void {
    this.#queue.at(timeUs, () => {
      if (this.#state !== 'draining') return;
      if (this.#first < this.#chunks.length) {
        // Held up by a clog that came meanwhile.
        this.#endAt(Math.max(this.path.clogUntilUs, this.#queue.nowUs + 1));
        return;
      }
      this.end();
      this.#handlers.onStreamEnd(this);
    });
  }

  #enqueue(bytes: Uint8Array, { isFrameEnd }: { readonly isFrameEnd: boolean }): void {
    const { path } = this;
    const arrivalUs = Math.max(this.#queue.nowUs + path.drawLatencyUs(), this.#lastArrivalUs);
    this.#lastArrivalUs = arrivalUs;
    this.#waitingBytes += bytes.length;
    this.#chunks.push({ bytes, arrivalUs, isFrameEnd });
    if (this.#chunks.length - this.#first === 1) this.#armHead();
  }

  #armHead(): void {
    const head = this.#chunks[this.#first];
    if (head === undefined) return;
    this.#queue.at(Math.max(head.arrivalUs, this.path.clogUntilUs), () => {
      // The queue was emptied, or its head has changed.
      if (this.#chunks[this.#first] !== head) return;
      if (this.#queue.nowUs < this.path.clogUntilUs) this.#armHead();
      else this.#deliver(head);
    });
  }

  #deliver(head: Chunk): void {
    const parts = this.#takeArrived(head);
    const { isFrameEnd } = parts.at(-1) ?? head;
    this.#armHead();
    this.#isInsideFrame = !isFrameEnd;
    const apart = this.#apart;
    if (isFrameEnd && apart.length > 0) this.#apart = [];
    this.#handlers.onChunk(this, parts.length === 1 ? head.bytes : joined(parts));
    if (isFrameEnd) for (const frame of apart) this.#arriveApart(frame);
  }

  /** The head, and now and then what arrives with it: a read gives all that is there. */
  #takeArrived(head: Chunk): readonly Chunk[] {
    const chunks = this.#chunks;
    const parts = [head];
    this.#first++;
    for (let next = chunks[this.#first]; next !== undefined; next = chunks[this.#first]) {
      if (next.arrivalUs > this.#queue.nowUs || this.path.prng.chance(0.5)) break;
      parts.push(next);
      this.#first++;
    }
    for (const { bytes } of parts) this.#waitingBytes -= bytes.length;
    if (this.#first === chunks.length) {
      this.#chunks = [];
      this.#first = 0;
    }
    return parts;
  }

  #arriveApart(frame: Uint8Array): void {
    if (this.#state === 'ended') return;
    const { clogUntilUs } = this.path;
    if (this.#queue.nowUs < clogUntilUs) {
      this.#queue.at(clogUntilUs, () => {
        this.#arriveApart(frame);
      });
    } else if (this.#isInsideFrame) this.#apart.push(frame);
    else this.#handlers.onChunk(this, frame);
  }
}

function joined(parts: readonly Chunk[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let offset = 0;
  for (const { bytes } of parts) {
    whole.set(bytes, offset);
    offset += bytes.length;
  }
  return whole;
}
