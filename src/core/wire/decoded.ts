/**
 * What a decoder answers: a value, or a typed error. Decoders are total (N10).
 *
 * Inside a decoder a violation is thrown as `DecodeFailure`; `decodeAll` is the boundary that
 * turns it into an answer. Nothing else is caught there: any other exception is a bug of ours, and
 * the mutation tests would show it.
 */

import { ByteReader } from './byte-reader.js';
import { DecodeFailure } from './decode-failure.js';

export interface ProtocolError {
  readonly code: 'OMNIKV_PROTOCOL';
  readonly reason: string;
}

export type Decoded<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ProtocolError };

export function protocolError(reason: string): ProtocolError {
  return { code: 'OMNIKV_PROTOCOL', reason };
}

/**
 * Decodes item after item to the end of `bytes`, at least one, and hands each on as soon as it is whole:
 * those before a violation have been taken when the error comes back.
 */
export function decodeEach<T>(
  bytes: Uint8Array,
  { read, maxItems }: { readonly read: (reader: ByteReader) => T; readonly maxItems: number },
  take: (item: T) => void,
): ProtocolError | undefined {
  const reader = new ByteReader(bytes);
  let count = 0;
  do {
    let item: T;
    try {
      count += 1;
      if (count > maxItems) throw new DecodeFailure(`more than ${maxItems} items in a frame`);
      item = read(reader);
    } catch (error) {
      if (error instanceof DecodeFailure) return protocolError(error.message);
      throw error;
    }
    take(item);
  } while (reader.remainingBytes > 0);
  return undefined;
}

/** Decodes the whole of `bytes`: trailing bytes are an error (N10). */
export function decodeAll<T>(bytes: Uint8Array, read: (reader: ByteReader) => T): Decoded<T> {
  try {
    const reader = new ByteReader(bytes);
    const value = read(reader);
    reader.expectEnd();
    return { ok: true, value };
  } catch (error) {
    if (error instanceof DecodeFailure) return { ok: false, error: protocolError(error.message) };
    throw error;
  }
}
