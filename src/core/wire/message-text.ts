/**
 * Text for people inside a frame: shortened rather than refused, because an explanation that is cut
 * is better than none. Never used for keys and values, which are exact (R5).
 */

import type { ByteWriter } from './byte-writer.js';

export const MAX_MESSAGE_BYTES = 2_048;
/** No character takes more than three bytes per unit of a string. */
const MAX_MESSAGE_UNITS = Math.floor(MAX_MESSAGE_BYTES / 3);

export function writeMessage(writer: ByteWriter, message: string): void {
  const text = message.length > MAX_MESSAGE_UNITS ? message.slice(0, MAX_MESSAGE_UNITS) : message;
  // The cut, or whoever wrote the message, may have left half a surrogate pair.
  writer.text(text.replace(/\p{Surrogate}/gu, '\ufffd'));
}
