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
