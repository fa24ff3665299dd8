/**
 * Commands of the store as bytes: what a log entry of the server is.
 *
 *     command:   1 configure  | session limit | one-shot limit
 *                2 register   | nonce (16 bytes)
 *                3 request    | session id | sequence | operation
 *                4 oneShot    | nonce (16 bytes) | floor index | operation
 *     operation: 1 put        | key | value | condition (0 none, 1 absent, 2 version)
 *                2 delete     | key count | keys
 *                3 increment  | key | by (u64)
 *                4 compareAndSet | key | expected | replacement
 *
 * Canonical: equal commands have equal bytes, and only those bytes decode to them. R5 is checked in
 * both directions, so that no node ever applies a command that another could not have encoded.
 * Kind numbers are on disks: they are never used twice (D4).
 */

import { assert } from '../assert.js';
import { OmnikvError } from '../errors.js';
import type { Command, Condition, Operation } from '../kv/command.js';
import { MAX_KEY_BYTES, MAX_KEYS_PER_DELETE } from '../limits.js';
import type { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { DecodeFailure } from './decode-failure.js';
import type { Decoded } from './decoded.js';
import { decodeAll } from './decoded.js';
import { checkKey, checkU64 } from './entry-limits.js';
import { readValue, writeValue } from './value-codec.js';

const COMMAND_KIND = {
  configure: 1,
  register: 2,
  request: 3,
  oneShot: 4,
} as const satisfies Record<Command['kind'], number>;

const OPERATION_KIND = {
  put: 1,
  delete: 2,
  increment: 3,
  compareAndSet: 4,
} as const satisfies Record<Operation['kind'], number>;

const CONDITION_KIND = { none: 0, absent: 1, version: 2 } as const;

export const NONCE_BYTES = 16;
const SCRATCH_BYTES = 1_024;

/** Encoding is synchronous and never nested: one buffer serves all commands of usual size. */
const scratch = new Uint8Array(SCRATCH_BYTES);

/** Throws `OMNIKV_INVALID_KEY`, `OMNIKV_INVALID_VALUE` or `OMNIKV_VALUE_TOO_LARGE` (R5). */
export function encodeCommand(command: Command): Uint8Array {
  const writer = new ByteWriter(scratch);
  writeCommand(writer, command);
  // A copy without slack: the log keeps it. Up to 64 bytes V8 keeps it in its own heap.
  return writer.copy();
}

export function decodeCommand(bytes: Uint8Array): Decoded<Command> {
  return decodeAll(bytes, readCommand);
}

export function writeCommand(writer: ByteWriter, command: Command): void {
  writer.u8(COMMAND_KIND[command.kind]);
  switch (command.kind) {
    case 'configure':
      writer.uint(command.sessionLimit);
      writer.uint(command.oneShotLimit);
      return;
    case 'register':
      writeNonce(writer, command.nonce);
      return;
    case 'request':
      writer.uint(command.sessionId);
      writer.uint(command.sequence);
      writeOperation(writer, command.operation);
      return;
    case 'oneShot':
      writeNonce(writer, command.nonce);
      writer.uint(command.floorIdx);
      writeOperation(writer, command.operation);
      return;
  }
}

export function readCommand(reader: ByteReader): Command {
  const kind = reader.u8();
  switch (kind) {
    case COMMAND_KIND.configure:
      return { kind: 'configure', sessionLimit: reader.uint(), oneShotLimit: reader.uint() };
    case COMMAND_KIND.register:
      return { kind: 'register', nonce: reader.fixedBytes(NONCE_BYTES) };
    case COMMAND_KIND.request:
      return {
        kind: 'request',
        sessionId: reader.uint(),
        sequence: reader.uint(),
        operation: readOperation(reader),
      };
    case COMMAND_KIND.oneShot:
      return {
        kind: 'oneShot',
        nonce: reader.fixedBytes(NONCE_BYTES),
        floorIdx: reader.uint(),
        operation: readOperation(reader),
      };
    default:
      throw new DecodeFailure(`command kind ${kind} is not known`);
  }
}

function writeOperation(writer: ByteWriter, operation: Operation): void {
  writer.u8(OPERATION_KIND[operation.kind]);
  switch (operation.kind) {
    case 'put':
      writeKey(writer, operation.key);
      writeValue(writer, operation.value);
      writeCondition(writer, operation.condition);
      return;
    case 'delete':
      writeKeys(writer, operation.keys);
      return;
    case 'increment':
      writeKey(writer, operation.key);
      checkU64(operation.by);
      writer.u64(operation.by);
      return;
    case 'compareAndSet':
      writeKey(writer, operation.key);
      writeValue(writer, operation.expected);
      writeValue(writer, operation.replacement);
      return;
  }
}

function readOperation(reader: ByteReader): Operation {
  const kind = reader.u8();
  switch (kind) {
    case OPERATION_KIND.put: {
      const key = readKey(reader);
      const value = readValue(reader);
      return { kind: 'put', key, value, condition: readCondition(reader) };
    }
    case OPERATION_KIND.delete:
      return { kind: 'delete', keys: readKeys(reader) };
    case OPERATION_KIND.increment:
      return { kind: 'increment', key: readKey(reader), by: reader.u64() };
    case OPERATION_KIND.compareAndSet: {
      const key = readKey(reader);
      const expected = readValue(reader);
      return { kind: 'compareAndSet', key, expected, replacement: readValue(reader) };
    }
    default:
      throw new DecodeFailure(`operation kind ${kind} is not known`);
  }
}

function writeNonce(writer: ByteWriter, nonce: Uint8Array): void {
  assert(nonce.length === NONCE_BYTES, `a nonce of ${nonce.length} bytes, ${NONCE_BYTES} expected`);
  writer.fixedBytes(nonce);
}

export function writeKey(writer: ByteWriter, key: string): void {
  checkKey(key);
  writer.text(key);
}

export function readKey(reader: ByteReader): string {
  const key = reader.text(MAX_KEY_BYTES, 'key');
  if (key === '') throw new DecodeFailure('an empty key');
  return key;
}

function writeKeys(writer: ByteWriter, keys: readonly string[]): void {
  if (keys.length < 1 || keys.length > MAX_KEYS_PER_DELETE) {
    throw new OmnikvError(
      'OMNIKV_INVALID_KEY',
      `A delete names 1 to ${MAX_KEYS_PER_DELETE} keys, not ${keys.length}.`,
    );
  }
  writer.uint(keys.length);
  for (const key of keys) writeKey(writer, key);
}

function readKeys(reader: ByteReader): readonly string[] {
  const count = reader.uintUpTo(MAX_KEYS_PER_DELETE, 'key count');
  if (count === 0) throw new DecodeFailure('a delete without a key');
  const keys: string[] = [];
  for (let i = 0; i < count; i++) keys.push(readKey(reader));
  return keys;
}

function writeCondition(writer: ByteWriter, condition: Condition | undefined): void {
  writer.u8(CONDITION_KIND[condition?.kind ?? 'none']);
  if (condition?.kind === 'version') writer.uint(condition.version);
}

function readCondition(reader: ByteReader): Condition | undefined {
  const kind = reader.u8();
  switch (kind) {
    case CONDITION_KIND.none:
      return undefined;
    case CONDITION_KIND.absent:
      return { kind: 'absent' };
    case CONDITION_KIND.version:
      return { kind: 'version', version: reader.uint() };
    default:
      throw new DecodeFailure(`condition kind ${kind} is not known`);
  }
}
