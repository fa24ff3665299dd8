/**
 * An entry of a node's log as people read it, and as JSON.
 *
 * The only place of the face that decodes: the log holds encoded commands. An entry that does not
 * decode is shown as bytes; judging the log is the work of the storage's inspection.
 */

import type { Command, Operation } from '../core/kv/command.js';
import { decodeCommand } from '../core/wire/index.js';
import { quoteForMessage } from './output.js';
import type { JsonObject } from './output.js';
import { valueToJson, valueToLine } from './render-value.js';

export interface LogEntry {
  readonly index: number;
  readonly bytes: Uint8Array;
}

const MAX_SHOWN = 200;

export function entryToLine(entry: LogEntry): string {
  const decoded = decodeCommand(entry.bytes);
  if (!decoded.ok) return `${entry.bytes.length} bytes that are no command`;
  const line = describeCommand(decoded.value);
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
}

export function entryToJson(entry: LogEntry): JsonObject {
  const decoded = decodeCommand(entry.bytes);
  if (!decoded.ok) return { index: entry.index, base64: base64(entry.bytes) };
  return { index: entry.index, command: commandToJson(decoded.value) };
}

function describeCommand(command: Command): string {
  switch (command.kind) {
    case 'configure':
      return `configure ${command.sessionLimit} sessions, ${command.oneShotLimit} one-shots`;
    case 'register':
      return 'register a session';
    case 'request':
      return `${describeOperation(command.operation)}  (${command.sessionId}:${command.sequence})`;
    case 'oneShot':
      return `${describeOperation(command.operation)}  (one-shot)`;
  }
}

function describeOperation(operation: Operation): string {
  switch (operation.kind) {
    case 'put': {
      const condition = operation.condition;
      const only = condition === undefined ? '' : ` if ${condition.kind}`;
      const version = condition?.kind === 'version' ? ` ${condition.version}` : '';
      return `put ${name(operation.key)} = ${valueToLine(operation.value)}${only}${version}`;
    }
    case 'delete':
      return `del ${operation.keys.map(name).join(' ')}`;
    case 'increment':
      return `incr ${name(operation.key)} by ${operation.by}`;
    case 'compareAndSet': {
      const { expected, replacement } = operation;
      return `cas ${name(operation.key)} ${valueToLine(expected)} → ${valueToLine(replacement)}`;
    }
  }
}

function name(key: string): string {
  return quoteForMessage(key);
}

function commandToJson(command: Command): JsonObject {
  switch (command.kind) {
    case 'configure':
      return { ...command };
    case 'register':
      return { kind: command.kind, nonce: hex(command.nonce) };
    case 'request':
      return { ...command, operation: operationToJson(command.operation) };
    case 'oneShot':
      return {
        ...command,
        nonce: hex(command.nonce),
        operation: operationToJson(command.operation),
      };
  }
}

function operationToJson(operation: Operation): JsonObject {
  switch (operation.kind) {
    case 'put':
      return {
        ...operation,
        value: valueToJson(operation.value),
        condition: operation.condition ?? null,
      };
    case 'compareAndSet':
      return {
        ...operation,
        expected: valueToJson(operation.expected),
        replacement: valueToJson(operation.replacement),
      };
    default:
      return { ...operation };
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
