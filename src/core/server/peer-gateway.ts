/**
 * The peers' side of a node: messages of the protocol to frames and back.
 *
 * Messages of one turn leave in one write per peer. A body that is no message closes the connection
 * it came over (N5); the replica never sees it.
 */

import type { Message } from '../omnipaxos/messages.js';
import type { Replica } from '../replica/index.js';
import type { PeerLinks } from '../transport/index.js';
import {
  decodePeerMessage,
  encodePeerMessage,
  HAND_OVER_VERSION,
  WrittenEntries,
} from '../wire/index.js';

type Links = Pick<PeerLinks, 'send' | 'flush' | 'rejectFrame' | 'versionOf'>;

/** Written at once: the followers' disks should start before the leader's own (P5). */
export function sendToPeers(links: Links, messages: readonly Message<Uint8Array>[]): void {
  const written = new WrittenEntries();
  for (const message of messages) {
    if (isUnderstood(links, message)) links.send(message.to, encodePeerMessage(message, written));
  }
  links.flush();
}

/** An older peer would close the connection over a kind that it does not know (N5). */
function isUnderstood(links: Links, { to, body }: Message<Uint8Array>): boolean {
  return body.kind !== 'handOver' || links.versionOf(to) >= HAND_OVER_VERSION;
}

export function receiveFromPeer(
  { links, replica }: { readonly links: Links; readonly replica: Pick<Replica, 'handleIncoming'> },
  from: number,
  body: Uint8Array,
): void {
  const message = decodePeerMessage(body);
  if (message.ok) replica.handleIncoming(message.value);
  else links.rejectFrame(from, message.error.reason);
}
