/**
 * Reads a value from a file or from standard input, and no more than a value may have.
 */

import { createReadStream } from 'node:fs';
import { OmnikvError } from '../core/errors.js';
import { MAX_VALUE_BYTES } from '../core/limits.js';
import { quoteForMessage } from './output.js';

/** `-` is standard input. The result is one byte too long where the input is longer. */
export async function readInput(path: string): Promise<Uint8Array> {
  const stream = path === '-' ? process.stdin : createReadStream(path);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      sizeBytes += (chunk as Buffer).length;
      // An endless input (a device, a pipe) is not read to its end.
      if (sizeBytes > MAX_VALUE_BYTES) break;
    }
  } catch (cause) {
    throw readError(path, cause, '--file PATH names a file, - is standard input');
  }
  return Buffer.concat(chunks).subarray(0, MAX_VALUE_BYTES + 1);
}

export function readError(path: string, cause: unknown, next: string): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EISDIR: 'it is a directory',
    ENOTDIR: 'a part of the path is no directory',
  };
  const reason = typeof code === 'string' ? reasons[code] : undefined;
  if (reason === undefined) return cause;
  return new OmnikvError('OMNIKV_USAGE', `cannot read ${quoteForMessage(path)}: ${reason}`, {
    suggestions: [next],
    cause,
  });
}
