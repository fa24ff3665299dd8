/**
 * Between a node and the network: messages to frames and back, as the server's peer gateway does.
 *
 * One reader for each connection and end: what is left of a broken connection is never glued to the
 * next one.
 */

import { MAX_PEER_FRAME_BYTES } from '../limits.js';
import type { Message } from '../omnipaxos/messages.js';
import { decodePeerMessage, FRAME_KIND, FrameReader } from '../wire/index.js';

export class PeerReceiver {
  /** By connection. */
  readonly #readers = new Map<number, FrameReader>();
  /** The connection that is read now, by sender. */
  readonly #current = new Map<number, number>();

  /** The messages that end in this chunk. Throws where the stream is damaged. */
  receive(from: number, connection: number, bytes: Uint8Array): Message<Uint8Array>[] {
    const reader = this.#readerOf(from, connection);
    reader.push(bytes);
    const messages: Message<Uint8Array>[] = [];
    for (let result = reader.next(); result !== undefined; result = reader.next()) {
      if (result.kind === 'error') throw new Error(`from node ${from}: ${result.error.reason}`);
      if (result.frameKind !== FRAME_KIND.peerMessage) throw new Error('not a peer message');
      const decoded = decodePeerMessage(result.body);
      if (!decoded.ok) throw new Error(`from node ${from}: ${decoded.error.reason}`);
      messages.push(decoded.value);
    }
    return messages;
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
