/**
 * The peers' side of a node: messages of the protocol to frames and back.
 *
 * Messages of one turn leave in one write per peer. A body that is no message closes the connection
 * it came over (N5); the replica never sees it.
 */

import type { Message } from '../omnipaxos/messages.js';
import { MAX_PEER_SEND_BUFFER_BYTES } from '../limits.js';
import type { Replica } from '../replica/index.js';
import type { PeerLinks } from '../transport/index.js';
import {
  decodePeerMessage,
  decodeRelay,
  encodePeerMessage,
  encodeRelay,
  HAND_OVER_VERSION,
  RELAY_VERSION,
  WrittenEntries,
  type RelayFrameKind,
  type RelayMessage,
} from '../wire/index.js';

type Links = Pick<
  PeerLinks,
  'send' | 'queue' | 'flush' | 'rejectFrame' | 'versionOf' | 'waitingBytes'
>;

/** Written at once: the followers' disks should start before the leader's own (P5). */
export function sendToPeers(links: Links, messages: readonly Message<Uint8Array>[]): void {
  const written = new WrittenEntries();
  for (const message of messages) {
    if (isUnderstood(links, message)) links.queue(message.to, encodePeerMessage(message, written));
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

/**
 * R3: below this a relayed answer leaves whatever waits: refusing it costs as much. Of a change only
 * the failed condition is longer, and that changed nothing: the refusal is true.
 */
const SMALL_ANSWER_BYTES = 4 * 1024;
/** R3: what is relayed never ends the link that carries the protocol. */
const RELAY_SHARE_BYTES = MAX_PEER_SEND_BUFFER_BYTES / 4;

/** X7: written with what else leaves in this turn. */
export function sendRelay(links: Links, to: number, message: RelayMessage): void {
  const frame = encodeRelay(message);
  const isHeldUp = frame.length > SMALL_ANSWER_BYTES && links.waitingBytes(to) > RELAY_SHARE_BYTES;
  const isAnswer = message.kind === 'reply';
  links.send(to, isAnswer && isHeldUp ? encodeRelay(askAgain(message.reply.id)) : frame);
}

export function canRelayTo(links: Links, to: number): boolean {
  return links.versionOf(to) >= RELAY_VERSION && links.waitingBytes(to) <= RELAY_SHARE_BYTES;
}

export function receiveRelay(
  { links, replica }: { readonly links: Links; readonly replica: Pick<Replica, 'handleRelay'> },
  from: number,
  { kind, body }: { readonly kind: RelayFrameKind; readonly body: Uint8Array },
): void {
  const message = decodeRelay(kind, body);
  if (message.ok) replica.handleRelay(from, message.value);
  else links.rejectFrame(from, message.error.reason);
}

function askAgain(id: number): RelayMessage {
  const refusal = {
    code: 'OMNIKV_OVERLOADED',
    message: 'earlier answers wait',
    leader: 0,
  } as const;
  return { kind: 'reply', reply: { id, body: { kind: 'refused', ...refusal } } };
}
