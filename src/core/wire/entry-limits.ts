/**
 * R5: what a key and a value may be, checked where they are encoded and where they are decoded.
 *
 * The same test runs at the client, before anything is sent, and at the server, before anything is
 * proposed. What does not fit is refused, never cut.
 */

import { OmnikvError } from '../errors.js';
import type { Value } from '../kv/value.js';
import { MAX_KEY_BYTES, MAX_VALUE_BYTES } from '../limits.js';
import { utf8ByteLength } from './utf8.js';

const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/** Throws `OMNIKV_INVALID_KEY`. */
export function checkKey(key: string): void {
  // A string has at least as many bytes as units: a huge key is refused without a scan.
  const sizeBytes = key.length > MAX_KEY_BYTES ? key.length : utf8ByteLength(key);
  if (sizeBytes >= 1 && sizeBytes <= MAX_KEY_BYTES) return;
  if (sizeBytes < 0) {
    throw new OmnikvError('OMNIKV_INVALID_KEY', 'The key is not well-formed Unicode text.');
  }
  throw new OmnikvError(
    'OMNIKV_INVALID_KEY',
    sizeBytes === 0
      ? 'The key is empty.'
      : `The key has at least ${sizeBytes} bytes; ${MAX_KEY_BYTES} are allowed.`,
  );
}

/** Throws `OMNIKV_INVALID_VALUE` or `OMNIKV_VALUE_TOO_LARGE`. */
export function checkValue(value: Value): void {
  switch (value.kind) {
    case 'u64':
      checkU64(value.value);
      return;
    case 'text':
      checkText(value.value);
      return;
    case 'bytes':
      checkValueBytes(value.value.length);
      return;
  }
}

export function checkU64(value: bigint): void {
  if (value < 0n || value > MAX_U64) {
    throw new OmnikvError('OMNIKV_INVALID_VALUE', `${value} is not between 0 and ${MAX_U64}.`);
  }
}

function checkText(text: string): void {
  if (text.length > MAX_VALUE_BYTES) checkValueBytes(text.length);
  const sizeBytes = utf8ByteLength(text);
  if (sizeBytes < 0) {
    throw new OmnikvError('OMNIKV_INVALID_VALUE', 'The text is not well-formed Unicode.');
  }
  checkValueBytes(sizeBytes);
}

function checkValueBytes(sizeBytes: number): void {
  if (sizeBytes > MAX_VALUE_BYTES) {
    throw new OmnikvError(
      'OMNIKV_VALUE_TOO_LARGE',
      `The value has at least ${sizeBytes} bytes; ${MAX_VALUE_BYTES} are allowed.`,
    );
  }
}
