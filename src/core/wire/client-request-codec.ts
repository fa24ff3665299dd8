/**
 * Requests of a client as frames: what may be asked, and the limits of an asker. A frame holds one
 * request or many, one behind the other.
 *
 *     request: id | deadline in ms | (8, where it may be relayed) | kind | …
 *     kind:    1 execute, command | 2 get, consistency, key | 3 scan, consistency, range
 *              4 status | 5 ping | 6 hand over, to (0: anybody) | 7 reload faults
 *     range:   prefix | from? | to? | limit | isReverse | isKeysOnly
 *
 * The command comes last in its request, so that its bytes, which are canonical, can go to the log as they are:
 * an entry is encoded once, by the client. A client may not configure the cluster (C3).
 */

import { assert } from '../assert.js';
import { OmnikvError } from '../errors.js';
import { MAX_CLIENT_FRAME_BYTES, MAX_KEY_BYTES, MAX_PID, MAX_SCAN_LIMIT } from '../limits.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type {
  ClientRequest,
  ClientRequestBody,
  Consistency,
  ScanRange,
} from './client-messages.js';
import { readCommand, readKey, writeCommand, writeKey } from './command-codec.js';
import { DecodeFailure } from './decode-failure.js';
import type { Decoded } from './decoded.js';
import { decodeAll, decodeEach, type ProtocolError } from './decoded.js';
import { beginFrame, endFrame, FRAME_KIND } from './frame.js';
import { FrameBatch, MAX_ITEMS_PER_FRAME } from './frame-batch.js';
import { SlabCopies } from './slab-copies.js';
import { utf8ByteLength } from './utf8.js';

const REQUEST_KIND = {
  execute: 1,
  get: 2,
  scan: 3,
  status: 4,
  ping: 5,
  handOver: 6,
  reloadFaults: 7,
} as const satisfies Record<ClientRequestBody['kind'], number>;

/** X7: stands before the kind. */
const RELAYABLE = 8;

const CONSISTENCY = { linearizable: 1, local: 2 } as const satisfies Record<Consistency, number>;

/** The key after the longest key is that key and a zero byte: a bound may be a little longer. */
const MAX_BOUND_BYTES = MAX_KEY_BYTES + 4;
const TYPICAL_REQUEST_BYTES = 112;

/** They live until their entry is laid out in a record, or is answered: they go together. */
const copies = new SlabCopies();

/** A request as a server got it. */
export interface ReceivedRequest extends ClientRequest {
  /** `execute` only: what `encodeCommand` would give; a copy, it may be kept. */
  readonly commandBytes: Uint8Array | undefined;
}

/** One request as a frame of its own. Throws what the batch throws. */
export function encodeClientRequest(request: ClientRequest): Uint8Array {
  const writer = beginFrame(TYPICAL_REQUEST_BYTES);
  writeRequest(writer, request);
  return endFrame(writer, FRAME_KIND.clientRequest, MAX_CLIENT_FRAME_BYTES);
}

/** `add` throws the errors of `encodeCommand`, and `OMNIKV_VALUE_TOO_LARGE` (N5). */
export function clientRequestBatch(): FrameBatch<ClientRequest> {
  return new FrameBatch({
    frameKind: FRAME_KIND.clientRequest,
    maxBodyBytes: MAX_CLIENT_FRAME_BYTES,
    write: (writer, request) => writeRequest(writer, request),
  });
}

export function decodeClientRequest(body: Uint8Array): Decoded<ReceivedRequest> {
  return decodeAll(body, readRequest);
}

/** The requests of one frame, in order. */
export function decodeClientRequests(
  body: Uint8Array,
  take: (request: ReceivedRequest) => void,
): ProtocolError | undefined {
  return decodeEach(body, { read: readRequest, maxItems: MAX_ITEMS_PER_FRAME }, take);
}

/** `maxBytes`: more than a client's where another id than the client's own stands before it (X7). */
export function writeRequest(
  writer: ByteWriter,
  request: ClientRequest,
  maxBytes = MAX_CLIENT_FRAME_BYTES,
): void {
  const from = writer.sizeBytes;
  writer.uint(request.id);
  writer.uint(Math.min(Math.max(0, Math.ceil(request.deadlineMs)), Number.MAX_SAFE_INTEGER));
  if (request.isRelayable === true) writer.u8(RELAYABLE);
  writeBody(writer, request.body);
  const sizeBytes = writer.sizeBytes - from;
  if (sizeBytes <= maxBytes) return;
  // compareAndSet carries two values, a delete many keys.
  throw new OmnikvError(
    'OMNIKV_VALUE_TOO_LARGE',
    `The request has ${sizeBytes} bytes; ${MAX_CLIENT_FRAME_BYTES} are allowed.`,
  );
}

function writeBody(writer: ByteWriter, body: ClientRequestBody): void {
  writer.u8(REQUEST_KIND[body.kind]);
  switch (body.kind) {
    case 'execute':
      writeCommand(writer, body.command);
      return;
    case 'get':
      writer.u8(CONSISTENCY[body.consistency]);
      writeKey(writer, body.key);
      return;
    case 'scan':
      writer.u8(CONSISTENCY[body.consistency]);
      writeRange(writer, body.range);
      return;
    case 'handOver':
      writer.uint(body.to);
      return;
    case 'status':
    case 'ping':
    case 'reloadFaults':
      return;
  }
}

export function readRequest(reader: ByteReader): ReceivedRequest {
  const id = reader.uint();
  const deadlineMs = reader.uint();
  const first = reader.u8();
  const isRelayable = first === RELAYABLE;
  const kind = isRelayable ? reader.u8() : first;
  if (kind === REQUEST_KIND.execute) {
    const from = reader.offset;
    const command = readCommand(reader);
    if (command.kind === 'configure') throw new DecodeFailure('a client may not configure');
    // Not a view: one put among many gets would keep a whole chunk alive in the log's tail.
    const commandBytes = copies.copy(reader.source, from, reader.offset);
    return { id, deadlineMs, body: { kind: 'execute', command }, isRelayable, commandBytes };
  }
  const body = readOtherBody(reader, kind);
  return { id, deadlineMs, body, isRelayable, commandBytes: undefined };
}

function readOtherBody(reader: ByteReader, kind: number): ClientRequestBody {
  switch (kind) {
    case REQUEST_KIND.get: {
      const consistency = readConsistency(reader);
      return { kind: 'get', key: readKey(reader), consistency };
    }
    case REQUEST_KIND.scan: {
      const consistency = readConsistency(reader);
      return { kind: 'scan', range: readRange(reader), consistency };
    }
    case REQUEST_KIND.status:
      return { kind: 'status' };
    case REQUEST_KIND.handOver:
      return { kind: 'handOver', to: reader.uintUpTo(MAX_PID, 'pid') };
    case REQUEST_KIND.ping:
      return { kind: 'ping' };
    case REQUEST_KIND.reloadFaults:
      return { kind: 'reloadFaults' };
    default:
      throw new DecodeFailure(`request kind ${kind} is not known`);
  }
}

function readConsistency(reader: ByteReader): Consistency {
  const kind = reader.u8();
  if (kind === CONSISTENCY.linearizable) return 'linearizable';
  if (kind === CONSISTENCY.local) return 'local';
  throw new DecodeFailure(`consistency ${kind} is not known`);
}

function writeRange(writer: ByteWriter, range: ScanRange): void {
  writeBound(writer, range.prefix);
  writeOptionalBound(writer, range.from);
  writeOptionalBound(writer, range.to);
  assert(range.limit <= MAX_SCAN_LIMIT, `a scan of ${range.limit}, ${MAX_SCAN_LIMIT} allowed`);
  writer.uint(range.limit);
  writer.bool(range.isReverse);
  writer.bool(range.isKeysOnly);
}

function readRange(reader: ByteReader): ScanRange {
  return {
    prefix: reader.text(MAX_BOUND_BYTES, 'prefix'),
    from: reader.bool() ? reader.text(MAX_BOUND_BYTES, 'bound') : undefined,
    to: reader.bool() ? reader.text(MAX_BOUND_BYTES, 'bound') : undefined,
    limit: reader.uintUpTo(MAX_SCAN_LIMIT, 'scan limit'),
    isReverse: reader.bool(),
    isKeysOnly: reader.bool(),
  };
}

function writeOptionalBound(writer: ByteWriter, bound: string | undefined): void {
  writer.bool(bound !== undefined);
  if (bound !== undefined) writeBound(writer, bound);
}

/** A bound may be empty, and longer than a key by a character. */
function writeBound(writer: ByteWriter, bound: string): void {
  const sizeBytes = bound.length > MAX_BOUND_BYTES ? bound.length : utf8ByteLength(bound);
  if (sizeBytes < 0 || sizeBytes > MAX_BOUND_BYTES) {
    throw new OmnikvError(
      'OMNIKV_INVALID_KEY',
      'A bound of a scan is well-formed text of at most the length of a key.',
    );
  }
  writer.text(bound);
}
