/**
 * UTF-8 for keys and texts: exact, or refused.
 *
 * A JavaScript string may hold a lone surrogate, which has no UTF-8 form: `TextEncoder` would
 * silently change the key, so it counts as not encodable (R5). Short ASCII strings, the common
 * keys, take a loop instead of a call into the engine's encoder.
 */

import { MAX_SHORT_ASCII, shortAscii } from './short-ascii.js';

const encoder = new TextEncoder();
/** `ignoreBOM` keeps a leading U+FEFF, which is part of the key. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const SHORT = 64;

/** The number of UTF-8 bytes of `text`, or -1 where it has a lone surrogate. */
export function utf8ByteLength(text: string): number {
  let sizeBytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) sizeBytes += 1;
    else if (unit < 0xd800 || unit > 0xdfff) sizeBytes += 2;
    else {
      const next = text.charCodeAt(i + 1);
      if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return -1;
      // Two units, four bytes.
      sizeBytes += 2;
      i++;
    }
  }
  return sizeBytes;
}

/** Writes `text`, whose byte length the caller has measured and made room for. */
export function writeUtf8(
  text: string,
  sizeBytes: number,
  target: Uint8Array,
  offset: number,
): void {
  if (sizeBytes === text.length && sizeBytes <= SHORT) {
    for (let i = 0; i < sizeBytes; i++) target[offset + i] = text.charCodeAt(i);
  } else {
    encoder.encodeInto(text, target.subarray(offset, offset + sizeBytes));
  }
}

/** The text of a range, or undefined where the bytes are no UTF-8. */
export function readUtf8(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (to - from <= MAX_SHORT_ASCII && isAscii(bytes, from, to)) {
    return shortAscii(bytes, from, to - from);
  }
  try {
    return decoder.decode(bytes.subarray(from, to));
  } catch {
    // The only thing a fatal decoder throws for is malformed input.
    return undefined;
  }
}

function isAscii(bytes: Uint8Array, from: number, to: number): boolean {
  let bits = 0;
  for (let i = from; i < to; i++) bits |= bytes[i]!;
  return bits < 0x80;
}
