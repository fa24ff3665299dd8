/**
 * The door of the wire room: bytes ↔ values. Any bytes in, a value or a typed error out (N10).
 *
 * Encoders give whole frames (or, for a command, the bytes of a log entry) and refuse what breaks
 * a limit; decoders take the body of a frame and never throw.
 */

export { ByteReader, readU32 } from './byte-reader.js';
export { ByteWriter, writeU32 } from './byte-writer.js';
export { checkChecksum, crc32, crc32OfRange } from './checksum.js';
export type {
  ClientRequest,
  ClientRequestBody,
  Consistency,
  ScanItem,
  ScanRange,
  ServerReply,
  ServerReplyBody,
} from './client-messages.js';
export type { ReceivedRequest } from './client-request-codec.js';
export { decodeClientRequest, encodeClientRequest } from './client-request-codec.js';
export { decodeCommand, encodeCommand, NONCE_BYTES } from './command-codec.js';
export type { Decoded, ProtocolError } from './decoded.js';
export { decodeAll, protocolError } from './decoded.js';
export { checkKey, checkU64, checkValue } from './entry-limits.js';
export type { FrameKind } from './frame.js';
export { FRAME_HEADER_BYTES, FRAME_KIND, FRAME_TRAILER_BYTES } from './frame.js';
export type { FrameResult } from './frame-reader.js';
export { FrameReader } from './frame-reader.js';
export type {
  Acceptance,
  ConnectionRole,
  Hello,
  HelloReply,
  Rejection,
  RejectionReason,
} from './handshake-codec.js';
export {
  CLUSTER_ID_BYTES,
  decodeHello,
  decodeHelloReply,
  encodeHello,
  encodeHelloReply,
  PROTOCOL_VERSIONS,
} from './handshake-codec.js';
export type { LinkStatus, NodeStatus, RecoveredStatus } from './node-status.js';
export { decodePeerMessage, peekPeerSender } from './peer-decoder.js';
export { encodePeerMessage } from './peer-encoder.js';
export { decodeServerReply, encodeServerReply } from './server-reply-codec.js';
