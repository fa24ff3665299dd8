/**
 * A fingerprint of the whole state, to compare nodes that have applied the same prefix.
 *
 * Canonical: every part is fed in a fixed order with its kind and length, so that two states have one
 * text exactly when they are equal. 64 bits, against accidents and not against an adversary.
 */

import { unreachable } from '../assert.js';
import type { CommandReply, OperationReply, VersionedValue } from './command.js';
import type { Value } from './value.js';

const PRIME_A = 0x85ebca6b;
const PRIME_B = 0xc2b2ae35;

export class Digest {
  #a = 0x9747b28c;
  #b = 0x3c6ef372;
  readonly #encoder = new TextEncoder();

  number(number: number): this {
    this.#word(number >>> 0);
    this.#word(Math.floor(number / 2 ** 32) >>> 0);
    return this;
  }

  text(text: string): this {
    return this.bytes(this.#encoder.encode(text));
  }

  /** A nonce or another string of 8-bit characters. */
  binary(text: string): this {
    this.number(text.length);
    for (let at = 0; at < text.length; at++) this.#word(text.charCodeAt(at));
    return this;
  }

  bytes(bytes: Uint8Array): this {
    this.number(bytes.byteLength);
    for (const byte of bytes) this.#word(byte);
    return this;
  }

  value(value: Value): this {
    switch (value.kind) {
      case 'u64':
        return this.text('u64').text(value.value.toString());
      case 'text':
        return this.text('text').text(value.value);
      case 'bytes':
        return this.text('bytes').bytes(value.value);
    }
  }

  versionedValue(found: VersionedValue): this {
    return this.value(found.value).number(found.version);
  }

  commandReply(reply: CommandReply): this {
    this.text(reply.kind);
    if (reply.kind === 'registered') this.number(reply.sessionId);
    if (reply.kind === 'executed') this.#operationReply(reply.reply);
    return this;
  }

  hex(): string {
    return finish(this.#a, this.#b) + finish(this.#b, this.#a);
  }

  #operationReply(reply: OperationReply): void {
    this.text(reply.kind);
    switch (reply.kind) {
      case 'stored':
      case 'swapped':
        this.number(reply.version);
        return;
      case 'deleted':
        this.number(reply.count);
        return;
      case 'number':
        this.text(reply.value.toString()).number(reply.version);
        return;
      case 'conditionFailed':
        this.number(reply.actual === undefined ? 0 : 1);
        if (reply.actual !== undefined) this.versionedValue(reply.actual);
        return;
      case 'notANumber':
      case 'overflow':
        return;
      default:
        unreachable(reply);
    }
  }

  #word(word: number): void {
    this.#a = Math.imul(this.#a ^ word, PRIME_A);
    this.#a ^= this.#a >>> 15;
    this.#b = Math.imul(this.#b ^ word, PRIME_B);
    this.#b ^= this.#b >>> 13;
  }
}

function finish(a: number, b: number): string {
  let word = Math.imul(a ^ (a >>> 16), PRIME_A) ^ Math.imul(b ^ (b >>> 13), PRIME_B);
  word ^= word >>> 16;
  return (word >>> 0).toString(16).padStart(8, '0');
}
