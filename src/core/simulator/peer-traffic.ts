/**
 * Between a node and the network: messages to frames and back, as the server's peer gateway does.
 *
 * One reader for each connection and end: what is left of a broken connection is never glued to the
 * next one.
 */

import { MAX_PEER_FRAME_BYTES } from '../limits.js';
import type { Message } from '../omnipaxos/messages.js';
import {
  decodePeerMessage,
  decodeRelay,
  FRAME_KIND,
  FrameReader,
  isRelayFrameKind,
  type FrameKind,
  type ReceivedRelay,
} from '../wire/index.js';

export type FromPeer =
  | { readonly kind: 'message'; readonly message: Message<Uint8Array> }
  | { readonly kind: 'relay'; readonly relay: ReceivedRelay };

export class PeerReceiver {
  /** By connection. */
  readonly #readers = new Map<number, FrameReader>();
  /** The connection that is read now, by sender. */
  readonly #current = new Map<number, number>();

  /** What ends in this chunk. Throws where the stream is damaged. */
  receive(from: number, connection: number, bytes: Uint8Array): FromPeer[] {
    const reader = this.#readerOf(from, connection);
    reader.push(bytes);
    const received: FromPeer[] = [];
    for (let result = reader.next(); result !== undefined; result = reader.next()) {
      if (result.kind === 'error') throw new Error(`from node ${from}: ${result.error.reason}`);
      received.push(decode(from, result.frameKind, result.body));
    }
    return received;
  }

  #readerOf(from: number, connection: number): FrameReader {
    let reader = this.#readers.get(connection);
    if (reader !== undefined) return reader;
    const previous = this.#current.get(from);
    if (previous !== undefined) this.#readers.delete(previous);
    this.#current.set(from, connection);
    reader = new FrameReader(MAX_PEER_FRAME_BYTES);
    this.#readers.set(connection, reader);
    return reader;
  }
}

function decode(from: number, kind: FrameKind, body: Uint8Array): FromPeer {
  if (isRelayFrameKind(kind)) {
    const relay = decodeRelay(kind, body);
    if (!relay.ok) throw new Error(`from node ${from}: ${relay.error.reason}`);
    return { kind: 'relay', relay: relay.value };
  }
  if (kind !== FRAME_KIND.peerMessage) throw new Error('not of a peer');
  const message = decodePeerMessage(body);
  if (!message.ok) throw new Error(`from node ${from}: ${message.error.reason}`);
  return { kind: 'message', message: message.value };
}
