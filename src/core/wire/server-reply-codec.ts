/**
 * Answers of a server as frames: one answer or many, one behind the other.
 *
 *     reply: id | kind | …
 *     kind:  1 executed, command reply | 2 value, applied index, optional versioned value
 *            3 items, applied index, (1 | key | versioned)… 0 | hasMore | 4 status, JSON
 *            5 pong | 6 refused, error id, message, leader | 7 unknown, message
 *            8 handed over, leader | 9 faults reloaded
 *
 * An answer always fits its frame: a scan that would not is ended early with `hasMore`, which means
 * the same to the client as any other end at a limit; long messages are shortened.
 */

import { isErrorId } from '../errors.js';
import { MAX_CLIENT_FRAME_BYTES, MAX_PID, MAX_SCAN_LIMIT } from '../limits.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { ScanItem, ServerReply, ServerReplyBody } from './client-messages.js';
import { readKey, writeKey } from './command-codec.js';
import { DecodeFailure } from './decode-failure.js';
import type { Decoded } from './decoded.js';
import { decodeAll, decodeEach, type ProtocolError } from './decoded.js';
import { beginFrame, endFrame, FRAME_KIND } from './frame.js';
import { FrameBatch, MAX_ITEMS_PER_FRAME } from './frame-batch.js';
import { MAX_MESSAGE_BYTES, writeMessage } from './message-text.js';
import { readCommandReply, writeCommandReply } from './reply-codec.js';
import {
  readOptionalVersioned,
  readVersioned,
  writeOptionalVersioned,
  writeVersioned,
} from './value-codec.js';

const REPLY_KIND = {
  executed: 1,
  value: 2,
  items: 3,
  status: 4,
  pong: 5,
  refused: 6,
  unknown: 7,
  handedOver: 8,
  faultsReloaded: 9,
} as const satisfies Record<ServerReplyBody['kind'], number>;

const MAX_ERROR_ID_BYTES = 64;
const TYPICAL_REPLY_BYTES = 48;
/** What stands before the first item of a scan and behind the last one, at most. */
const AROUND_ITEMS_BYTES = 32;

/** One answer as a frame of its own. */
export function encodeServerReply(reply: ServerReply): Uint8Array {
  const writer = beginFrame(TYPICAL_REPLY_BYTES);
  writeReply(writer, reply);
  return endFrame(writer, FRAME_KIND.serverReply, MAX_CLIENT_FRAME_BYTES);
}

export function serverReplyBatch(): FrameBatch<ServerReply> {
  return new FrameBatch({
    frameKind: FRAME_KIND.serverReply,
    maxBodyBytes: MAX_CLIENT_FRAME_BYTES,
    write: writeReply,
  });
}

export function decodeServerReply(body: Uint8Array): Decoded<ServerReply> {
  return decodeAll(body, readReply);
}

/** The answers of one frame, in order. */
export function decodeServerReplies(
  body: Uint8Array,
  take: (reply: ServerReply) => void,
): ProtocolError | undefined {
  return decodeEach(body, { read: readReply, maxItems: MAX_ITEMS_PER_FRAME }, take);
}

export function writeReply(writer: ByteWriter, reply: ServerReply): void {
  writer.uint(reply.id);
  writer.u8(REPLY_KIND[reply.body.kind]);
  writeBody(writer, reply.body);
}

export function readReply(reader: ByteReader): ServerReply {
  return { id: reader.uint(), body: readBody(reader) };
}

function writeBody(writer: ByteWriter, body: ServerReplyBody): void {
  switch (body.kind) {
    case 'executed':
      writeCommandReply(writer, body.reply);
      return;
    case 'value':
      writer.uint(body.appliedIdx);
      writeOptionalVersioned(writer, body.found);
      return;
    case 'items':
      writer.uint(body.appliedIdx);
      writeItems(writer, body.items, body.hasMore);
      return;
    case 'status':
      writer.text(body.json);
      return;
    case 'pong':
    case 'faultsReloaded':
      return;
    case 'refused':
      writer.text(body.code);
      writeMessage(writer, body.message);
      writer.uint(body.leader);
      return;
    case 'unknown':
      writeMessage(writer, body.message);
      return;
    case 'handedOver':
      writer.uint(body.leader);
      return;
  }
}

function readBody(reader: ByteReader): ServerReplyBody {
  const kind = reader.u8();
  switch (kind) {
    case REPLY_KIND.executed:
      return { kind: 'executed', reply: readCommandReply(reader) };
    case REPLY_KIND.value: {
      const appliedIdx = reader.uint();
      return { kind: 'value', found: readOptionalVersioned(reader), appliedIdx };
    }
    case REPLY_KIND.items: {
      const appliedIdx = reader.uint();
      const items = readItems(reader);
      return { kind: 'items', items, appliedIdx, hasMore: reader.bool() };
    }
    case REPLY_KIND.status:
      return { kind: 'status', json: reader.text(MAX_CLIENT_FRAME_BYTES, 'status') };
    case REPLY_KIND.pong:
      return { kind: 'pong' };
    case REPLY_KIND.refused: {
      const code = reader.text(MAX_ERROR_ID_BYTES, 'error id');
      if (!isErrorId(code)) throw new DecodeFailure('an error id that is not known');
      const message = reader.text(MAX_MESSAGE_BYTES, 'message');
      return { kind: 'refused', code, message, leader: reader.uintUpTo(MAX_PID, 'leader') };
    }
    case REPLY_KIND.unknown:
      return { kind: 'unknown', message: reader.text(MAX_MESSAGE_BYTES, 'message') };
    case REPLY_KIND.faultsReloaded:
      return { kind: 'faultsReloaded' };
    case REPLY_KIND.handedOver:
      return { kind: 'handedOver', leader: reader.uintUpTo(MAX_PID, 'leader') };
    default:
      throw new DecodeFailure(`reply kind ${kind} is not known`);
  }
}

function writeItems(writer: ByteWriter, items: readonly ScanItem[], hasMore: boolean): void {
  const from = writer.sizeBytes;
  let isComplete = true;
  for (const item of items) {
    const before = writer.sizeBytes;
    writer.u8(1);
    writeKey(writer, item.key);
    writeVersioned(writer, item);
    if (writer.sizeBytes - from + AROUND_ITEMS_BYTES > MAX_CLIENT_FRAME_BYTES) {
      writer.rewind(before);
      isComplete = false;
      break;
    }
  }
  writer.u8(0);
  writer.bool(hasMore || !isComplete);
}

function readItems(reader: ByteReader): readonly ScanItem[] {
  const items: ScanItem[] = [];
  while (reader.bool()) {
    if (items.length === MAX_SCAN_LIMIT) throw new DecodeFailure('too many items');
    const key = readKey(reader);
    items.push({ key, ...readVersioned(reader) });
  }
  return items;
}
