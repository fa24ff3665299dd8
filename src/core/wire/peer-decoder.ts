/**
 * Messages between nodes, bytes → value. Total (N10). Layout: `peer-encoder.ts`.
 *
 * Entries are views, not copies, of one buffer per message. What they keep alive: the log's tail
 * holds entries for minutes, and a view of a shared 64 KiB chunk would hold all of it. So a body
 * that is less than half of its buffer is copied first, once: whatever stays in memory is at most
 * twice the bytes of the message it came with, and entries of one message live and go together.
 */

import type { Ballot, Pid } from '../omnipaxos/ballot.js';
import type { LogSlice, Message, MessageBody } from '../omnipaxos/messages.js';
import { MAX_PID, MAX_RECORD_BYTES } from '../limits.js';
import { type ByteReader } from './byte-reader.js';
import { DecodeFailure } from './decode-failure.js';
import type { Decoded } from './decoded.js';
import { decodeAll } from './decoded.js';
import { ENTRY_KIND, MESSAGE_KIND } from './peer-kinds.js';

/** An entry takes at least a kind and a length. */
const MIN_ENTRY_BYTES = 2;

export function decodePeerMessage(body: Uint8Array): Decoded<Message<Uint8Array>> {
  return decodeAll(body, (reader) => {
    const from = readPid(reader);
    const kind = reader.u8();
    const to = readPid(reader);
    const configurationId = reader.uint();
    return { configurationId, from, to, body: readBody(reader, kind, body) };
  });
}

/** Who claims to have sent this body (N6); undefined where not even that can be read. */
export function peekPeerSender(body: Uint8Array): Pid | undefined {
  // Ten bytes hold any number: the rest of the body must not count as trailing.
  const from = decodeAll(body.subarray(0, 10), (reader) => {
    const pid = readPid(reader);
    reader.skip(reader.remainingBytes);
    return pid;
  });
  return from.ok ? from.value : undefined;
}

type BodyReader = (reader: ByteReader, source: Uint8Array) => MessageBody<Uint8Array>;

/** By kind number: the counterpart of the table in `peer-kinds.ts`. */
const BODY_READERS: Readonly<Record<number, BodyReader>> = {
  [MESSAGE_KIND.prepare]: (reader) => ({
    kind: 'prepare',
    n: readBallot(reader),
    acceptedRound: readBallot(reader),
    decidedIdx: reader.uint(),
    acceptedIdx: reader.uint(),
  }),
  [MESSAGE_KIND.promise]: (reader, source) => ({
    kind: 'promise',
    n: readBallot(reader),
    acceptedRound: readBallot(reader),
    decidedIdx: reader.uint(),
    acceptedIdx: reader.uint(),
    suffix: readSlice(reader, source),
  }),
  [MESSAGE_KIND.prepareRequest]: (reader) => ({ kind: 'prepareRequest', n: readBallot(reader) }),
  [MESSAGE_KIND.acceptSync]: (reader, source) => ({
    kind: 'acceptSync',
    n: readBallot(reader),
    decidedIdx: reader.uint(),
    ...readSlice(reader, source),
  }),
  // Most messages under load are of this kind: no slice is made for it.
  [MESSAGE_KIND.acceptDecide]: (reader, source) => ({
    kind: 'acceptDecide',
    n: readBallot(reader),
    decidedIdx: reader.uint(),
    firstIdx: reader.uint(),
    entries: readEntries(reader, source),
  }),
  [MESSAGE_KIND.decide]: (reader) => ({
    kind: 'decide',
    n: readBallot(reader),
    decidedIdx: reader.uint(),
  }),
  [MESSAGE_KIND.accepted]: (reader) => ({
    kind: 'accepted',
    n: readBallot(reader),
    acceptedIdx: reader.uint(),
  }),
  [MESSAGE_KIND.notAccepted]: (reader) => ({ kind: 'notAccepted', promise: readBallot(reader) }),
  [MESSAGE_KIND.proposalForward]: (reader, source) => ({
    kind: 'proposalForward',
    entries: readEntries(reader, source),
  }),
  [MESSAGE_KIND.decidedRequest]: (reader) => ({ kind: 'decidedRequest', fromIdx: reader.uint() }),
  [MESSAGE_KIND.decidedEntries]: (reader, source) => ({
    kind: 'decidedEntries',
    decidedIdx: reader.uint(),
    decidedRound: readBallot(reader),
    ...readSlice(reader, source),
  }),
  [MESSAGE_KIND.readRequest]: (reader) => ({
    kind: 'readRequest',
    n: readBallot(reader),
    round: reader.uint(),
  }),
  [MESSAGE_KIND.readConfirmation]: (reader) => ({
    kind: 'readConfirmation',
    n: readBallot(reader),
    round: reader.uint(),
  }),
  [MESSAGE_KIND.handOver]: (reader) => ({
    kind: 'handOver',
    n: readBallot(reader),
    acceptedIdx: reader.uint(),
  }),
  [MESSAGE_KIND.heartbeatRequest]: (reader) => ({
    kind: 'heartbeatRequest',
    round: reader.uint(),
    decidedIdx: reader.uint(),
    progress: reader.bool()
      ? { n: readBallot(reader), acceptedIdx: reader.uint(), decidedIdx: reader.uint() }
      : undefined,
  }),
  [MESSAGE_KIND.heartbeatReply]: (reader) => ({
    kind: 'heartbeatReply',
    round: reader.uint(),
    ballot: readBallot(reader),
    leader: readBallot(reader),
    isHappy: reader.bool(),
    accepted: reader.bool() ? { n: readBallot(reader), acceptedIdx: reader.uint() } : undefined,
  }),
};

function readBody(reader: ByteReader, kind: number, source: Uint8Array): MessageBody<Uint8Array> {
  const read = BODY_READERS[kind];
  if (read === undefined) throw new DecodeFailure(`message kind ${kind} is not known`);
  return read(reader, source);
}

function readPid(reader: ByteReader): Pid {
  return reader.uintUpTo(MAX_PID, 'pid');
}

function readBallot(reader: ByteReader): Ballot {
  return {
    configurationId: reader.uint(),
    n: reader.uint(),
    priority: reader.uint(),
    pid: readPid(reader),
  };
}

function readSlice(reader: ByteReader, source: Uint8Array): LogSlice<Uint8Array> {
  const firstIdx = reader.uint();
  return { firstIdx, entries: readEntries(reader, source) };
}

function readEntries(reader: ByteReader, source: Uint8Array): readonly Uint8Array[] {
  const count = reader.uint();
  // Before the array: a count is believed only as far as the bytes could hold it.
  if (count * MIN_ENTRY_BYTES > reader.remainingBytes) {
    throw new DecodeFailure(`${count} entries announced, ${reader.remainingBytes} bytes left`);
  }
  if (count === 0) return [];
  const isMostlyOurs = source.buffer.byteLength <= 2 * source.byteLength;
  const owned = isMostlyOurs ? source : Uint8Array.prototype.slice.call(source);
  const buffer = owned.buffer;
  const base = owned.byteOffset;
  const entries: Uint8Array[] = new Array<Uint8Array>(count);
  for (let i = 0; i < count; i++) {
    const kind = reader.u8();
    if (kind !== ENTRY_KIND.normal) throw new DecodeFailure(`entry kind ${kind} is not known`);
    const length = reader.uintUpTo(MAX_RECORD_BYTES, 'entry length');
    const offset = reader.offset;
    reader.skip(length);
    entries[i] = new Uint8Array(buffer, base + offset, length);
  }
  return entries;
}
