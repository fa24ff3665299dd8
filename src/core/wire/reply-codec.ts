/**
 * What the state machine answers, as bytes: part of a server's reply to a client.
 *
 *     command reply:   1 configured | 2 registered, session id | 3 executed, operation reply
 *                      4 stale | 5 gap | 6 sessionExpired | 7 requestExpired
 *     operation reply: 1 stored, version | 2 deleted, count | 3 number, u64, version
 *                      4 swapped, version | 5 conditionFailed, optional versioned value
 *                      6 notANumber | 7 overflow
 *
 * Kind numbers are never used twice. Canonical, like every codec of this room.
 */

import type { CommandReply, OperationReply } from '../kv/command.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { DecodeFailure } from './decode-failure.js';
import { readOptionalVersioned, writeOptionalVersioned } from './value-codec.js';

const REPLY_KIND = {
  configured: 1,
  registered: 2,
  executed: 3,
  stale: 4,
  gap: 5,
  sessionExpired: 6,
  requestExpired: 7,
} as const satisfies Record<CommandReply['kind'], number>;

const OPERATION_REPLY_KIND = {
  stored: 1,
  deleted: 2,
  number: 3,
  swapped: 4,
  conditionFailed: 5,
  notANumber: 6,
  overflow: 7,
} as const satisfies Record<OperationReply['kind'], number>;

export function writeCommandReply(writer: ByteWriter, reply: CommandReply): void {
  writer.u8(REPLY_KIND[reply.kind]);
  if (reply.kind === 'registered') writer.uint(reply.sessionId);
  else if (reply.kind === 'executed') writeOperationReply(writer, reply.reply);
}

export function readCommandReply(reader: ByteReader): CommandReply {
  const kind = reader.u8();
  switch (kind) {
    case REPLY_KIND.configured:
      return { kind: 'configured' };
    case REPLY_KIND.registered:
      return { kind: 'registered', sessionId: reader.uint() };
    case REPLY_KIND.executed:
      return { kind: 'executed', reply: readOperationReply(reader) };
    case REPLY_KIND.stale:
      return { kind: 'stale' };
    case REPLY_KIND.gap:
      return { kind: 'gap' };
    case REPLY_KIND.sessionExpired:
      return { kind: 'sessionExpired' };
    case REPLY_KIND.requestExpired:
      return { kind: 'requestExpired' };
    default:
      throw new DecodeFailure(`reply kind ${kind} is not known`);
  }
}

function writeOperationReply(writer: ByteWriter, reply: OperationReply): void {
  writer.u8(OPERATION_REPLY_KIND[reply.kind]);
  switch (reply.kind) {
    case 'stored':
    case 'swapped':
      writer.uint(reply.version);
      return;
    case 'deleted':
      writer.uint(reply.count);
      return;
    case 'number':
      writer.u64(reply.value);
      writer.uint(reply.version);
      return;
    case 'conditionFailed':
      writeOptionalVersioned(writer, reply.actual);
      return;
    case 'notANumber':
    case 'overflow':
      return;
  }
}

function readOperationReply(reader: ByteReader): OperationReply {
  const kind = reader.u8();
  switch (kind) {
    case OPERATION_REPLY_KIND.stored:
      return { kind: 'stored', version: reader.uint() };
    case OPERATION_REPLY_KIND.deleted:
      return { kind: 'deleted', count: reader.uint() };
    case OPERATION_REPLY_KIND.number:
      return { kind: 'number', value: reader.u64(), version: reader.uint() };
    case OPERATION_REPLY_KIND.swapped:
      return { kind: 'swapped', version: reader.uint() };
    case OPERATION_REPLY_KIND.conditionFailed:
      return { kind: 'conditionFailed', actual: readOptionalVersioned(reader) };
    case OPERATION_REPLY_KIND.notANumber:
      return { kind: 'notANumber' };
    case OPERATION_REPLY_KIND.overflow:
      return { kind: 'overflow' };
    default:
      throw new DecodeFailure(`operation reply kind ${kind} is not known`);
  }
}
