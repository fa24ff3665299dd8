/**
 * Values and keys as people type them.
 *
 * A value is a number unless text or bytes were asked for; its kind is never guessed from its
 * look, so that 5 is always the number and 007 is never silently changed. What a node would
 * refuse is refused here, before anything is sent (R5).
 */

import { OmnikvError } from '../core/errors.js';
import { MAX_KEY_BYTES, MAX_VALUE_BYTES } from '../core/limits.js';
import type { Value } from '../core/kv/value.js';
import { MAX_U64 } from '../core/kv/value.js';
import { quoteForMessage } from './output.js';
import { commandLine } from './shell-quote.js';

/** `textCommand`: what to type where text was meant; undefined where there is no such command. */
export function parseU64(
  text: string,
  options: { readonly textCommand?: readonly string[] } = {},
): bigint {
  const isDecimal = /^(0|[1-9]\d*)$/.test(text);
  // 2^64 has 20 digits: a longer text is never parsed.
  if (isDecimal && text.length <= 20) {
    const value = BigInt(text);
    if (value <= MAX_U64) return value;
  }
  const reason = describeWrongNumber(text, isDecimal);
  const suggestions: string[] = [];
  const plain = text.replace(/^0+(?=\d)/, '');
  if (plain !== text && /^\d+$/.test(text)) suggestions.push(`write ${plain} for the number`);
  if (options.textCommand !== undefined) {
    suggestions.push(`${commandLine(options.textCommand)} stores it as text`);
  }
  throw new OmnikvError('OMNIKV_INVALID_VALUE', `${quoteForMessage(text)} ${reason}`, {
    suggestions,
  });
}

function describeWrongNumber(text: string, isDecimal: boolean): string {
  const range = `a value is a whole number from 0 to ${MAX_U64}`;
  if (isDecimal) return `is too large: ${range}`;
  if (/^-\d/.test(text)) return `is negative: ${range}`;
  if (/^0+\d+$/.test(text)) return `begins with a zero: as a number that is lost; ${range}`;
  return `is no number: ${range}, unless text is asked for with --text`;
}

export function checkKey(key: string): string {
  const sizeBytes = Buffer.byteLength(key);
  // Node puts U+FFFD in the place of argument bytes that are no UTF-8: the key would be another.
  if (key.includes('\uFFFD')) {
    throw new OmnikvError(
      'OMNIKV_INVALID_KEY',
      'the key holds U+FFFD, which stands for bytes that are no UTF-8',
    );
  }
  if (sizeBytes === 0) throw new OmnikvError('OMNIKV_INVALID_KEY', 'the key is empty');
  if (sizeBytes > MAX_KEY_BYTES) {
    throw new OmnikvError(
      'OMNIKV_INVALID_KEY',
      `the key has ${sizeBytes} bytes, and at most ${MAX_KEY_BYTES} are allowed`,
    );
  }
  return key;
}

export function textValue(text: string): Value {
  if (text.includes('\uFFFD')) {
    throw new OmnikvError('OMNIKV_INVALID_VALUE', 'the text is no valid UTF-8', {
      suggestions: ['printf … | omnikv put KEY - stores bytes as they are'],
    });
  }
  checkValueSize(Buffer.byteLength(text));
  return { kind: 'text', value: text };
}

export function bytesValue(bytes: Uint8Array): Value {
  checkValueSize(bytes.length);
  return { kind: 'bytes', value: bytes };
}

/** Text that came as bytes, from a file or standard input. */
export function decodeText(bytes: Uint8Array): Value {
  checkValueSize(bytes.length);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { kind: 'text', value: text };
  } catch (cause) {
    throw new OmnikvError('OMNIKV_INVALID_VALUE', 'the input is no valid UTF-8 text', {
      suggestions: ['without --text it is stored as bytes'],
      cause,
    });
  }
}

function checkValueSize(sizeBytes: number): void {
  if (sizeBytes <= MAX_VALUE_BYTES) return;
  throw new OmnikvError(
    'OMNIKV_VALUE_TOO_LARGE',
    `the value has more than ${MAX_VALUE_BYTES} bytes`,
  );
}
