/**
 * Malformed frames for the reader of frames and every decoder, the same for the same seed (N10).
 *
 * Each mutant must give a value or a typed error, in bounded time and memory; a value must be the
 * one that these bytes, and no others, stand for. What was refused is counted by its reason: a
 * refusal that no mutant ever reaches would be one that nobody has tested.
 */

import { Prng } from '../../src/core/simulator/prng.js';
import type { Decoded, FrameResult } from '../../src/core/wire/index.js';
import { FrameReader, peekPeerSender } from '../../src/core/wire/index.js';
import { ByteEditor } from './byte-editor.js';
import { createCorpus, type Codec, type Sample } from './corpus.js';
import { damageFrame, seal } from './frame-damage.js';
import { mutate, noise } from './mutant.js';

const MAX_MUTANT_BYTES = 16 * 1024;
const MAX_NOISE_BYTES = 300;
/** testing.md's bound for one frame. */
const MAX_DECODE_MS = 1;
const SLOW_RETRIES = 20;
const MAX_REASON_CHARACTERS = 200;
const MEMORY_EVERY_FRAMES = 50_000;
const MAX_GROWTH_BYTES = 128 * 1024 * 1024;
/** Longer messages of a server are shortened when they are written (message-text.ts). */
const MAX_KEPT_MESSAGE = 600;
/** The shares of what is made; the rest are bodies mutated in a right frame. */
const NOISE_SHARE = 0.03;
const FRAME_DAMAGE_SHARE = 0.12;

export interface FuzzOptions {
  readonly frames: number;
  readonly seed: string | number;
}

export interface FuzzReport {
  readonly frames: number;
  /** By the decoder, or by the reader of frames. */
  readonly refused: number;
  /** Valid after all: a number that may have that value, too. */
  readonly accepted: number;
  /** Frames of which more is to come. */
  readonly incomplete: number;
  /** Numbers in them replaced by N. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly slowestMs: number;
}

export function fuzzFrames(options: FuzzOptions): FuzzReport {
  const run = new FuzzRun(options);
  const { stackTraceLimit } = Error;
  // Each refusal is an exception inside the decoder: its stack would take half of the time.
  Error.stackTraceLimit = 0;
  try {
    for (let i = 0; i < options.frames; i++) run.next();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return run.report(options.frames);
}

class FuzzRun {
  readonly #corpus: readonly Sample[];
  readonly #codecs: ReadonlyMap<number, Codec>;
  readonly #random: Prng;
  readonly #editor = new ByteEditor(MAX_MUTANT_BYTES);
  readonly #frame = new Uint8Array(2 * MAX_MUTANT_BYTES);
  readonly #reasons = new Map<string, number>();
  readonly #counts = { refused: 0, accepted: 0, incomplete: 0 };
  #frames = 0;
  #slowestMs = 0;
  #firstBytes: number | undefined;

  constructor(options: FuzzOptions) {
    this.#random = new Prng(`fuzz/${options.seed}`);
    this.#corpus = createCorpus(this.#random.split('corpus').next() | 0);
    const framed = this.#corpus.flatMap(({ codec }) =>
      codec.frameKind === undefined ? [] : [[codec.frameKind, codec] as const],
    );
    this.#codecs = new Map(framed);
  }

  next(): void {
    const random = this.#random;
    const sample = random.pick(this.#corpus);
    const kindOfDamage = random.fraction();
    if (kindOfDamage < NOISE_SHARE) noise(this.#editor, random, MAX_NOISE_BYTES);
    else mutate(this.#editor, sample, random, this.#corpus);
    const isFrameDamaged = kindOfDamage > 1 - FRAME_DAMAGE_SHARE;
    const { frameKind } = sample.codec;
    if (frameKind === undefined) this.#decode(sample.codec, this.#editor.bytes);
    else this.#readFrame(frameKind, isFrameDamaged);
    this.#frames += 1;
    if (this.#frames % MEMORY_EVERY_FRAMES === 0) this.#checkMemory();
  }

  report(frames: number): FuzzReport {
    return { frames, ...this.#counts, reasons: this.#reasons, slowestMs: this.#slowestMs };
  }

  #readFrame(frameKind: number, isFrameDamaged: boolean): void {
    const sizeBytes = seal(this.#frame, frameKind, this.#editor.bytes);
    if (isFrameDamaged) damageFrame(this.#frame, sizeBytes, this.#random);
    const codec = this.#codecs.get(frameKind);
    const reader = new FrameReader(codec?.maxBodyBytes ?? MAX_MUTANT_BYTES);
    const at = this.#random.chance(0.1) ? this.#random.int(0, sizeBytes) : sizeBytes;
    reader.push(this.#frame.subarray(0, at));
    let result = reader.next();
    if (at < sizeBytes && result?.kind !== 'error') {
      reader.push(this.#frame.subarray(at, sizeBytes));
      result ??= reader.next();
    }
    this.#judgeFrame(result, reader);
  }

  #judgeFrame(result: FrameResult | undefined, reader: FrameReader): void {
    if (result === undefined) {
      this.#counts.incomplete += 1;
      return;
    }
    if (result.kind === 'error') {
      this.#refuse(result.error);
      // Nothing is read behind the damage.
      reader.push(this.#frame);
      if (reader.next() !== result || reader.bufferedBytes !== 0) throw this.#wrong('it went on');
      return;
    }
    const codec = this.#codecs.get(result.frameKind);
    if (codec === undefined) throw this.#wrong(`a frame of kind ${result.frameKind}`);
    this.#decode(codec, result.body);
  }

  #decode(codec: Codec, body: Uint8Array): void {
    const startedMs = performance.now();
    const decoded = codec.decode(body);
    const tookMs = performance.now() - startedMs;
    if (tookMs > MAX_DECODE_MS) this.#measureAgain(codec, body);
    peekPeerSender(body);
    if (decoded.ok) this.#accept(codec, body, decoded);
    else this.#refuse(decoded.error);
  }

  /** The machine may have done something else meanwhile: the fastest of many counts. */
  #measureAgain(codec: Codec, body: Uint8Array): void {
    let bestMs = Infinity;
    for (let i = 0; i < SLOW_RETRIES; i++) {
      const startedMs = performance.now();
      codec.decode(body);
      bestMs = Math.min(bestMs, performance.now() - startedMs);
    }
    this.#slowestMs = Math.max(this.#slowestMs, bestMs);
    if (bestMs > MAX_DECODE_MS) throw this.#wrong(`${codec.name}: ${bestMs} ms`);
  }

  #accept(codec: Codec, body: Uint8Array, decoded: Decoded<unknown> & { ok: true }): void {
    this.#counts.accepted += 1;
    if (body.length > MAX_KEPT_MESSAGE) return;
    const again = codec.encodeAgain(decoded.value as never);
    if (!isEqual(again, body)) throw this.#wrong(`${codec.name}: two encodings of one value`);
  }

  #refuse(error: { readonly code: string; readonly reason: string }): void {
    this.#counts.refused += 1;
    if (error.code !== 'OMNIKV_PROTOCOL') throw this.#wrong(`code ${error.code}`);
    if (error.reason.length > MAX_REASON_CHARACTERS) throw this.#wrong('a long reason');
    const reason = error.reason.replace(/\d+/g, 'N');
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  #checkMemory(): void {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    this.#firstBytes ??= heapUsed + arrayBuffers;
    const grownBytes = heapUsed + arrayBuffers - this.#firstBytes;
    if (grownBytes > MAX_GROWTH_BYTES) throw this.#wrong(`${grownBytes} bytes more in use`);
  }

  #wrong(what: string): Error {
    const body = Buffer.from(this.#editor.bytes).toString('hex');
    return new Error(`frame ${this.#frames} of seed ${this.#random.seed}: ${what}; body ${body}`);
  }
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
