/**
 * Messages between nodes, value → frame, written into one buffer of exactly the right size order:
 * an AcceptDecide of a thousand entries is one allocation and one pass.
 *
 *     message: from | kind | to | configuration id | the fields in the order of messages.ts
 *     ballot:  configuration id | n | priority | pid
 *     entries: count, then per entry: entry kind (0 normal) | length | bytes
 *
 * `from` comes first so that the link can compare it with the handshake without decoding (N6).
 * Entries are opaque here.
 */

import type { Ballot } from '../omnipaxos/ballot.js';
import type { LogSlice, Message, MessageBody } from '../omnipaxos/messages.js';
import { MAX_PEER_FRAME_BYTES } from '../limits.js';
import type { ByteWriter } from './byte-writer.js';
import { crc32 } from './checksum.js';
import { beginFrame, endFrame, FRAME_KIND, type CheckedTail } from './frame.js';
import { ENTRY_KIND, MESSAGE_KIND } from './peer-kinds.js';

/** Envelope and fields of any message without entries, in all but absurd cases. */
const FIELDS_BYTES = 96;
/** Entry kind and a length of up to 2 MiB. */
const ENTRY_OVERHEAD_BYTES = 4;

/** Below this the checksum of the whole is sooner made than one of parts. */
const MIN_TAIL_BYTES = 1_024;

/**
 * The entries that were written last. Followers in step are sent the same array: its bytes are copied
 * for the next one, not written again, and their checksum is made once. For the messages of one turn.
 */
export class WrittenEntries {
  #entries: readonly Uint8Array[] | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #crc = 0;

  write(writer: ByteWriter, entries: readonly Uint8Array[]): void {
    if (this.#entries === entries) {
      writer.fixedBytes(this.#bytes);
      return;
    }
    const from = writer.sizeBytes;
    writeEntries(writer, entries);
    if (entries.length === 0) return;
    this.#entries = entries;
    this.#bytes = writer.view(from);
    if (this.#bytes.length >= MIN_TAIL_BYTES) this.#crc = crc32(this.#bytes);
  }

  /** What these entries take, or at most so much. */
  sizeOf(entries: readonly Uint8Array[]): number {
    return this.#entries === entries ? this.#bytes.length : entriesBytes(entries);
  }

  /** Of the body that these entries were written to the end of. */
  tailOf(entries: readonly Uint8Array[]): CheckedTail | undefined {
    const sizeBytes = this.#bytes.length;
    if (this.#entries !== entries || sizeBytes < MIN_TAIL_BYTES) return undefined;
    return { sizeBytes, crc: this.#crc };
  }
}

/** The whole frame. */
export function encodePeerMessage(
  message: Message<Uint8Array>,
  written = new WrittenEntries(),
): Uint8Array {
  const { body } = message;
  const entries = entriesOf(body);
  const writer = beginFrame(FIELDS_BYTES + (entries === undefined ? 0 : written.sizeOf(entries)));
  writer.uint(message.from);
  writer.u8(MESSAGE_KIND[body.kind]);
  writer.uint(message.to);
  writer.uint(message.configurationId);
  if ('entries' in body || body.kind === 'promise') writeWithEntries(writer, body, written);
  else writeWithoutEntries(writer, body);
  const tail = entries && written.tailOf(entries);
  return endFrame(writer, FRAME_KIND.peerMessage, MAX_PEER_FRAME_BYTES, tail);
}

type WithEntries = Extract<
  MessageBody<Uint8Array>,
  { kind: 'promise' | 'acceptSync' | 'acceptDecide' | 'proposalForward' | 'decidedEntries' }
>;
type WithoutEntries = Exclude<MessageBody<Uint8Array>, WithEntries>;

function writeWithEntries(writer: ByteWriter, body: WithEntries, written: WrittenEntries): void {
  switch (body.kind) {
    case 'promise':
      writeBallot(writer, body.n);
      writeBallot(writer, body.acceptedRound);
      writer.uint(body.decidedIdx);
      writer.uint(body.acceptedIdx);
      writeSlice(writer, body.suffix, written);
      return;
    case 'acceptSync':
    case 'acceptDecide':
      writeBallot(writer, body.n);
      writer.uint(body.decidedIdx);
      writeSlice(writer, body, written);
      return;
    case 'proposalForward':
      written.write(writer, body.entries);
      return;
    case 'decidedEntries':
      writer.uint(body.decidedIdx);
      writeBallot(writer, body.decidedRound);
      writeSlice(writer, body, written);
      return;
  }
}

function writeWithoutEntries(writer: ByteWriter, body: WithoutEntries): void {
  switch (body.kind) {
    case 'prepare':
      writeBallot(writer, body.n);
      writeBallot(writer, body.acceptedRound);
      writer.uint(body.decidedIdx);
      writer.uint(body.acceptedIdx);
      return;
    case 'prepareRequest':
      writeBallot(writer, body.n);
      return;
    case 'decide':
      writeBallot(writer, body.n);
      writer.uint(body.decidedIdx);
      return;
    case 'accepted':
    case 'handOver':
      writeBallot(writer, body.n);
      writer.uint(body.acceptedIdx);
      return;
    case 'notAccepted':
      writeBallot(writer, body.promise);
      return;
    case 'decidedRequest':
      writer.uint(body.fromIdx);
      return;
    case 'readRequest':
    case 'readConfirmation':
      writeBallot(writer, body.n);
      writer.uint(body.round);
      return;
    case 'heartbeatRequest':
    case 'heartbeatReply':
      writeHeartbeat(writer, body);
      return;
  }
}

function writeHeartbeat(
  writer: ByteWriter,
  body: Extract<WithoutEntries, { kind: 'heartbeatRequest' | 'heartbeatReply' }>,
): void {
  writer.uint(body.round);
  if (body.kind === 'heartbeatRequest') {
    writer.uint(body.decidedIdx);
    writer.bool(body.progress !== undefined);
    if (body.progress === undefined) return;
    writeBallot(writer, body.progress.n);
    writer.uint(body.progress.acceptedIdx);
    writer.uint(body.progress.decidedIdx);
  } else {
    writeBallot(writer, body.ballot);
    writeBallot(writer, body.leader);
    writer.bool(body.isHappy);
    writer.bool(body.accepted !== undefined);
    if (body.accepted === undefined) return;
    writeBallot(writer, body.accepted.n);
    writer.uint(body.accepted.acceptedIdx);
  }
}

function writeBallot(writer: ByteWriter, ballot: Ballot): void {
  writer.uint(ballot.configurationId);
  writer.uint(ballot.n);
  writer.uint(ballot.priority);
  writer.uint(ballot.pid);
}

function writeSlice(
  writer: ByteWriter,
  slice: LogSlice<Uint8Array>,
  written: WrittenEntries,
): void {
  writer.uint(slice.firstIdx);
  written.write(writer, slice.entries);
}

function writeEntries(writer: ByteWriter, entries: readonly Uint8Array[]): void {
  writer.uint(entries.length);
  for (const entry of entries) {
    writer.u8(ENTRY_KIND.normal);
    writer.bytes(entry);
  }
}

/** They are the last field of every message that has them. */
function entriesOf(body: MessageBody<Uint8Array>): readonly Uint8Array[] | undefined {
  if (body.kind === 'promise') return body.suffix.entries;
  return 'entries' in body ? body.entries : undefined;
}

function entriesBytes(entries: readonly Uint8Array[]): number {
  let sizeBytes = 0;
  for (const entry of entries) sizeBytes += entry.length + ENTRY_OVERHEAD_BYTES;
  return sizeBytes;
}
