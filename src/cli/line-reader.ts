/**
 * The lines of a stream of bytes, numbered from 1, read no faster than they are taken.
 *
 * Bytes that are no UTF-8 are never replaced: such a line is told apart, and so is one that is too
 * long, of which no more than the limit is ever held.
 */

import type { Readable } from 'node:stream';

export type NumberedLine =
  | { readonly kind: 'text'; readonly number: number; readonly text: string }
  | { readonly kind: 'notUtf8' | 'tooLong'; readonly number: number };

/** Two values of 1 MiB, every character of them as an escape, and what stands around them. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 10;

export async function* readLines(
  stream: Readable | AsyncIterable<Uint8Array>,
  limitBytes = MAX_LINE_BYTES,
): AsyncGenerator<NumberedLine, void> {
  let number = 0;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let isSkipping = false;
  const take = (): NumberedLine => {
    number += 1;
    const line = toLine(number, isSkipping ? undefined : Buffer.concat(waiting));
    waiting = [];
    waitingBytes = 0;
    isSkipping = false;
    return line;
  };
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    while (start < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline === -1 ? bytes.length : newline;
      waitingBytes += end - start;
      if (waitingBytes > limitBytes) {
        isSkipping = true;
        waiting = [];
      } else if (end > start) waiting.push(bytes.subarray(start, end));
      start = end + 1;
      if (newline !== -1) yield take();
    }
  }
  if (waitingBytes > 0) yield take();
}

function toLine(number: number, bytes: Buffer | undefined): NumberedLine {
  if (bytes === undefined) return { kind: 'tooLong', number };
  try {
    // A byte order mark may stand before the first line, and nowhere else.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: number !== 1 });
    const text = decoder.decode(bytes);
    return { kind: 'text', number, text: text.endsWith('\r') ? text.slice(0, -1) : text };
  } catch {
    return { kind: 'notUtf8', number };
  }
}
