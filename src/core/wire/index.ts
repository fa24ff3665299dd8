/**
 * The door of the wire room: bytes ↔ values. Any bytes in, a value or a typed error out (N10).
 *
 * Encoders give whole frames (or, for a command, the bytes of a log entry) and refuse what breaks
 * a limit; decoders take the body of a frame and never throw.
 */

export type { ByteReader } from './byte-reader.js';
export { ByteWriter } from './byte-writer.js';
export { checkChecksum, crc32, crc32OfRange } from './checksum.js';
export type {
  ClientRequest,
  ClientRequestBody,
  ScanRange,
  ServerReply,
  ServerReplyBody,
} from './client-messages.js';
export type { ReceivedRequest } from './client-request-codec.js';
export {
  clientRequestBatch,
  decodeClientRequest,
  decodeClientRequests,
  encodeClientRequest,
} from './client-request-codec.js';
export { decodeCommand, encodeCommand } from './command-codec.js';
export type { Decoded } from './decoded.js';
export { decodeAll } from './decoded.js';
export type { FrameKind } from './frame.js';
export { FRAME_KIND } from './frame.js';
export { MAX_ITEMS_PER_FRAME } from './frame-batch.js';
export type { FrameResult } from './frame-reader.js';
export { FrameReader } from './frame-reader.js';
export type {
  Acceptance,
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
  HAND_OVER_VERSION,
  PROTOCOL_VERSIONS,
  RELAY_VERSION,
} from './handshake-codec.js';
export type { LinkFault } from './link-fault.js';
export type { RecoveredStatus } from './node-status.js';
export { decodePeerMessage, peekPeerSender } from './peer-decoder.js';
export { encodePeerMessage, WrittenEntries } from './peer-encoder.js';
export type { ReceivedRelay, RelayFrameKind, RelayMessage } from './relay-codec.js';
export { decodeRelay, encodeRelay, isRelayFrameKind } from './relay-codec.js';
export {
  decodeServerReplies,
  decodeServerReply,
  encodeServerReply,
  serverReplyBatch,
} from './server-reply-codec.js';
