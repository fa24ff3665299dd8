/**
 * Values and keys as people type them.
 *
 * A value is a number unless text or bytes were asked for; its kind is never guessed from its
 * look, so that 5 is always the number and 007 is never silently changed. What a node would
 * refuse is refused here, before anything is sent (R5).
 */

import { MAX_U64, checkKey, checkValue, parseU64 } from '../core/client/index.js';
import type { Value } from '../core/client/index.js';
import { OmnikvError } from '../core/errors.js';
import { quoteForMessage } from './output.js';
import { commandLine } from './shell-quote.js';

/** `textCommand`: what to type where text was meant; undefined where no such command exists. */
export function numberArgument(
  text: string,
  options: { readonly textCommand?: readonly string[] } = {},
): bigint {
  const value = parseU64(text);
  if (value !== undefined) return value;
  const isDecimal = /^(0|[1-9]\d*)$/.test(text);
  const reason = describeWrongNumber(text, isDecimal);
  const suggestions: string[] = [];
  const plain = text.replace(/^0+(?=\d)/, '');
  if (plain !== text && /^\d+$/.test(text)) suggestions.push(`write ${plain} for the number`);
  if (options.textCommand !== undefined) {
    suggestions.push(commandLine(options.textCommand));
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

export function keyArgument(key: string): string {
  // Node puts U+FFFD in the place of argument bytes that are no UTF-8: the key would be another.
  if (key.includes('\uFFFD')) {
    throw new OmnikvError(
      'OMNIKV_INVALID_KEY',
      'the key holds U+FFFD, which stands for bytes that are no UTF-8',
    );
  }
  const violation = checkKey(key);
  if (violation !== undefined) throw new OmnikvError(violation.code, violation.message);
  return key;
}

export function textArgument(text: string): Value {
  if (text.includes('\uFFFD')) {
    throw new OmnikvError('OMNIKV_INVALID_VALUE', 'the text is no valid UTF-8', {
      suggestions: ['printf … | omnikv put KEY - stores bytes as they are'],
    });
  }
  return checked({ kind: 'text', value: text });
}

/** Text that came as bytes, from a file or standard input. */
export function decodeText(bytes: Uint8Array): Value {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return checked({ kind: 'text', value: text });
  } catch (cause) {
    if (cause instanceof OmnikvError) throw cause;
    throw new OmnikvError('OMNIKV_INVALID_VALUE', 'the input is no valid UTF-8 text', {
      suggestions: ['without --text it is stored as bytes'],
      cause,
    });
  }
}

export function checked(value: Value): Value {
  const violation = checkValue(value);
  if (violation !== undefined) throw new OmnikvError(violation.code, violation.message);
  return value;
}
