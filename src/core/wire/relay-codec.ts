/**
 * What a node asks another one for its clients, and the answers (X7): frames between peers.
 *
 *     relayed request: hops left (0 or 1) | a request as a client sends it
 *     relayed reply:   an answer as a server gives it
 *
 * The ids are the relaying node's own. The limits are those of a client's frames: nothing is relayed
 * that a client could not have asked.
 */

import { MAX_CLIENT_FRAME_BYTES } from '../limits.js';
import type { ClientRequest, ServerReply } from './client-messages.js';
import { readRequest, writeRequest, type ReceivedRequest } from './client-request-codec.js';
import { DecodeFailure } from './decode-failure.js';
import { decodeAll, type Decoded } from './decoded.js';
import { beginFrame, endFrame, FRAME_KIND } from './frame.js';
import { readReply, writeReply } from './server-reply-codec.js';

export type RelayFrameKind = typeof FRAME_KIND.relayedRequest | typeof FRAME_KIND.relayedReply;

export function isRelayFrameKind(kind: number): kind is RelayFrameKind {
  return kind === FRAME_KIND.relayedRequest || kind === FRAME_KIND.relayedReply;
}

/** 1: the receiver may pass it on to the leader. 0: it must be the leader itself. */
export type HopsLeft = 0 | 1;

export type RelayMessage =
  | { readonly kind: 'request'; readonly hopsLeft: HopsLeft; readonly request: ClientRequest }
  | { readonly kind: 'reply'; readonly reply: ServerReply };

export type ReceivedRelay =
  | { readonly kind: 'request'; readonly hopsLeft: HopsLeft; readonly request: ReceivedRequest }
  | { readonly kind: 'reply'; readonly reply: ServerReply };

const TYPICAL_BYTES = 112;
/** The hops, and an id and a deadline that may be longer than the client's own. */
const MAX_BODY_BYTES = MAX_CLIENT_FRAME_BYTES + 32;

export function encodeRelay(message: RelayMessage): Uint8Array {
  const writer = beginFrame(TYPICAL_BYTES);
  if (message.kind === 'reply') {
    writeReply(writer, message.reply);
    return endFrame(writer, FRAME_KIND.relayedReply, MAX_BODY_BYTES);
  }
  writer.u8(message.hopsLeft);
  writeRequest(writer, message.request, MAX_BODY_BYTES);
  return endFrame(writer, FRAME_KIND.relayedRequest, MAX_BODY_BYTES);
}

export function decodeRelay(frameKind: RelayFrameKind, body: Uint8Array): Decoded<ReceivedRelay> {
  return decodeAll<ReceivedRelay>(body, (reader) => {
    if (frameKind === FRAME_KIND.relayedReply) return { kind: 'reply', reply: readReply(reader) };
    const hopsLeft = reader.u8();
    if (hopsLeft !== 0 && hopsLeft !== 1) throw new DecodeFailure(`${hopsLeft} hops left`);
    const request = readRequest(reader);
    const { kind } = request.body;
    if (kind !== 'execute' && kind !== 'get' && kind !== 'scan') {
      throw new DecodeFailure(`a relayed ${kind}`);
    }
    return { kind: 'request', hopsLeft, request };
  });
}
