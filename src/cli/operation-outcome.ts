/**
 * Runs one operation of a batch or a shell, and says how it ended: ok, failed or unknown (C4).
 *
 * A change is a one-shot where a person waits for it: what ended unknown carries a request id, and
 * a line that repeats it at most once (C5). Many changes go under sessions, so that they do not
 * push the one-shots of others out of memory (K6). Only what no operation is to blame for is thrown.
 */

import type { Client, Operation, OperationReply, VersionedValue } from '../core/client/index.js';
import type { ScanItem } from '../core/client/index.js';
import { OmnikvError, UnknownOutcomeError } from '../core/errors.js';
import { AnsweredError } from './answered-error.js';
import { formatOperation, keysOf, verbOf } from './key-operation.js';
import type { KeyOperation, ScanRequest } from './key-operation.js';
import type { JsonObject } from './output.js';
import { valueToLine, versionedToJson } from './render-value.js';
import { commandLine } from './shell-quote.js';
import { refuseUnchanged } from './store-command.js';

export type Answer =
  | { readonly kind: 'stored'; readonly version: number }
  | { readonly kind: 'value'; readonly found: VersionedValue }
  /** `get --default` of a key without a value. */
  | { readonly kind: 'fallback'; readonly text: string }
  | { readonly kind: 'count'; readonly count: number }
  | {
      readonly kind: 'items';
      readonly items: readonly ScanItem[];
      readonly isKeysOnly: boolean;
      /** There is more than one answer holds. */
      readonly hasMore: boolean;
    };

export type Outcome =
  | { readonly kind: 'ok'; readonly answer: Answer }
  /** `facts`: what the answer has beside the error. */
  | {
      readonly kind: 'failed' | 'unknown';
      readonly error: OmnikvError;
      readonly facts: JsonObject;
    };

/** One answer holds no more of a scan. */
const MAX_ITEMS = 10_000;
const MAX_ITEMS_LENGTH = 8 * 1024 * 1024;
const MAX_SHOWN_LINE = 1_000;

export interface RunOptions {
  readonly deadlineMs: number;
  readonly changesAs: 'oneShots' | 'sessions';
}

export async function runOperation(
  client: Client,
  operation: KeyOperation,
  options: RunOptions,
): Promise<Outcome> {
  try {
    return { kind: 'ok', answer: await answerOf(client, operation, options) };
  } catch (error) {
    if (error instanceof AnsweredError) {
      return { kind: 'failed', error: error.error, facts: error.answer };
    }
    if (error instanceof UnknownOutcomeError) return unknown(operation, error);
    if (error instanceof OmnikvError) return { kind: 'failed', error, facts: {} };
    throw error;
  }
}

async function answerOf(
  client: Client,
  operation: KeyOperation,
  options: RunOptions,
): Promise<Answer> {
  const { deadlineMs } = options;
  switch (operation.kind) {
    case 'change':
      return answerOfReply(operation.operation, await change(client, operation, options));
    case 'get': {
      const { key, consistency, node, fallback } = operation;
      const ask = { consistency, deadlineMs, ...(node === undefined ? {} : { node }) };
      const found = await client.get(key, ask);
      if (found !== undefined) return { kind: 'value', found };
      if (fallback !== undefined) return { kind: 'fallback', text: fallback };
      throw notFound(key);
    }
    case 'scan':
      return await scan(client, operation.request, deadlineMs);
  }
}

async function change(
  client: Client,
  { operation, requestId }: Extract<KeyOperation, { kind: 'change' }>,
  { deadlineMs, changesAs }: RunOptions,
): Promise<OperationReply> {
  if (requestId !== undefined) return await client.execute(operation, { deadlineMs, requestId });
  if (changesAs === 'oneShots') return await client.execute(operation, { deadlineMs });
  return await client.change(operation, { deadlineMs });
}

function answerOfReply(operation: Operation, reply: OperationReply): Answer {
  refuseUnchanged(reply, keyOf(operation), wantedBy(operation));
  switch (reply.kind) {
    case 'stored':
      return { kind: 'stored', version: reply.version };
    case 'deleted':
      return { kind: 'count', count: reply.count };
    case 'number': {
      const { value, version } = reply;
      return { kind: 'value', found: { value: { kind: 'u64', value }, version } };
    }
    case 'swapped':
      if (operation.kind !== 'compareAndSet') break;
      return {
        kind: 'value',
        found: { value: operation.replacement, version: reply.version },
      };
    default:
  }
  throw new OmnikvError('OMNIKV_PROTOCOL', `"${reply.kind}" is no answer to this operation`);
}

function keyOf(operation: Operation): string {
  return operation.kind === 'delete' ? (operation.keys[0] ?? '') : operation.key;
}

function wantedBy(operation: Operation): string {
  if (operation.kind === 'compareAndSet') return valueToLine(operation.expected);
  if (operation.kind !== 'put') return 'a number';
  const { condition } = operation;
  return condition?.kind === 'version' ? `version ${condition.version}` : 'no value';
}

function notFound(key: string): OmnikvError {
  const suggestions = [
    commandLine(['omnikv', 'put', key, '5']),
    commandLine(['omnikv', 'get', key, '--default', '0']),
  ];
  return new OmnikvError('OMNIKV_KEY_NOT_FOUND', `${JSON.stringify(key)} has no value`, {
    suggestions,
  });
}

async function scan(client: Client, request: ScanRequest, deadlineMs: number): Promise<Answer> {
  const { prefix, from, to, limit = Infinity, isReverse, isKeysOnly } = request;
  const wanted = Math.min(limit, MAX_ITEMS);
  const options = {
    prefix,
    isReverse,
    isKeysOnly,
    deadlineMs,
    // One more says that there is more.
    limit: wanted + (limit > wanted ? 1 : 0),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  const items: ScanItem[] = [];
  let length = 0;
  for await (const page of client.scanPages(options)) {
    for (const item of page.items) {
      const isFull = items.length === wanted || length > MAX_ITEMS_LENGTH;
      if (isFull) return { kind: 'items', items, isKeysOnly, hasMore: true };
      items.push(item);
      length += item.key.length + (item.value.kind === 'u64' ? 8 : item.value.value.length);
    }
  }
  return { kind: 'items', items, isKeysOnly, hasMore: false };
}

function unknown(operation: KeyOperation, error: UnknownOutcomeError): Outcome {
  const { requestId } = error;
  if (requestId === undefined || operation.kind !== 'change') {
    return { kind: 'unknown', error: withReads(error, operation), facts: {} };
  }
  const line = formatOperation({ ...operation, requestId });
  const isShort = line.length <= MAX_SHOWN_LINE;
  const next = isShort ? line : `the same operation with the request id ${requestId}`;
  const message = `${error.message}; request id ${requestId}`;
  return {
    kind: 'unknown',
    error: new OmnikvError(error.code, message, { suggestions: [next], cause: error }),
    facts: { requestId },
  };
}

/** Without a request id, only reading tells. */
function withReads(error: UnknownOutcomeError, operation: KeyOperation): OmnikvError {
  const suggestions = keysOf(operation).map((key) => commandLine(['omnikv', 'get', key]));
  return new OmnikvError(error.code, error.message, {
    suggestions: suggestions.slice(0, 3),
    cause: error,
  });
}

/** The object of one operation in a stream of answers. */
export function outcomeToJson(operation: KeyOperation | undefined, outcome: Outcome): JsonObject {
  const head = {
    ok: outcome.kind === 'ok',
    outcome: outcome.kind,
    ...(operation === undefined ? {} : { op: verbOf(operation), ...named(operation) }),
  };
  if (outcome.kind === 'ok') return { ...head, ...answerToJson(outcome.answer) };
  const { code, message, exit, suggestions } = outcome.error;
  return { ...head, error: { code, message, exit, suggestions }, ...outcome.facts };
}

function named(operation: KeyOperation): JsonObject {
  if (operation.kind === 'scan') return {};
  const keys = keysOf(operation);
  return keys.length === 1 ? { key: keys[0] } : { keys };
}

function answerToJson(answer: Answer): JsonObject {
  switch (answer.kind) {
    case 'stored':
      return { version: answer.version };
    case 'value':
      return { value: versionedToJson(answer.found) };
    case 'fallback':
      return { value: null, default: answer.text };
    case 'count':
      return { count: answer.count };
    case 'items':
      return {
        items: answer.items.map((item) => {
          if (answer.isKeysOnly) return { key: item.key, version: item.version };
          return { key: item.key, value: versionedToJson(item) };
        }),
        ...(answer.hasMore ? { hasMore: true } : {}),
      };
  }
}
