/**
 * How a decoder gives up in the middle: thrown by `ByteReader` and the codecs, caught by
 * `decodeAll`. Never leaves the wire room (N10).
 */

export class DecodeFailure extends Error {
  override readonly name = 'DecodeFailure';
}
