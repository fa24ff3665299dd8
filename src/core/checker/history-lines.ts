/**
 * A history as lines of JSON (docs/formats.md): a header, then events or whole operations.
 *
 * A recorder writes the beginning of each operation before it sends anything, so that a file that
 * ends early is a history too. By hand, one line an operation is easier.
 */

import type { HistoryEntry, HistoryEvent } from './history.js';
import { HistoryBook } from './history-book.js';
import {
  operationFromJson,
  operationToJson,
  resultFromJson,
  resultToJson,
} from './history-json.js';
import {
  fieldsOf,
  MalformedHistoryError,
  refuse,
  timeOf,
  wholeNumberOf,
  type JsonFields,
} from './json-fields.js';

const FORMAT = 'omnikv-history';
const VERSION = 1;

/** The first line of every history. */
export const HISTORY_HEADER = JSON.stringify({ format: FORMAT, version: VERSION });

export type ParsedHistory =
  | { readonly ok: true; readonly entries: readonly HistoryEntry[] }
  | { readonly ok: false; readonly error: HistoryLineError };

export interface HistoryLineError {
  /** The first line is 1. */
  readonly line: number;
  readonly reason: string;
}

/** One line, without its end. */
export function formatHistoryEvent(event: HistoryEvent): string {
  switch (event.kind) {
    case 'began': {
      const { id, client, call, operation } = event;
      return JSON.stringify({ id, client, call, operation: operationToJson(operation) });
    }
    case 'ended':
      return JSON.stringify({ id: event.id, return: event.return, ...resultField(event.result) });
    case 'failed':
      return JSON.stringify({ id: event.id, failed: true });
  }
}

/** One line, without its end: the whole operation. */
export function formatHistoryEntry(entry: HistoryEntry): string {
  const { client, call, operation, result } = entry;
  return JSON.stringify({
    client,
    call,
    ...(entry.return === undefined ? {} : { return: entry.return }),
    operation: operationToJson(operation),
    ...resultField(result),
  });
}

/** The entries in the order in which they began in the file. Empty lines are passed over. */
export function parseHistory(text: string): ParsedHistory {
  const parser = new HistoryParser();
  for (const line of text.split('\n')) {
    const error = parser.add(line);
    if (error !== undefined) return { ok: false, error };
  }
  return parser.finish();
}

/** For files that are read piece by piece. */
export class HistoryParser {
  readonly #book = new HistoryBook();
  #line = 0;
  #hasHeader = false;
  /** Whole operations have no id in the file; theirs are negative. */
  #wholeCount = 0;

  /** One line, without its end. What is wrong with it; undefined: nothing. */
  add(text: string): HistoryLineError | undefined {
    this.#line += 1;
    if (text.trim() === '') return undefined;
    try {
      const json = parseJson(text);
      if (this.#hasHeader) this.#read(json);
      else this.#readHeader(json);
      return undefined;
    } catch (error) {
      if (!(error instanceof MalformedHistoryError)) throw error;
      return { line: this.#line, reason: error.message };
    }
  }

  finish(): ParsedHistory {
    if (this.#hasHeader) return { ok: true, entries: this.#book.entries() };
    return {
      ok: false,
      error: { line: 1, reason: `it is empty; the first line is ${HISTORY_HEADER}` },
    };
  }

  #readHeader(json: unknown): void {
    const isObject = typeof json === 'object' && json !== null;
    if (!isObject || !('format' in json) || json.format !== FORMAT) {
      refuse(`this is not a history: its first line is not ${HISTORY_HEADER}`);
    }
    const { version } = fieldsOf(json, 'the header', ['format', 'version']);
    if (version !== VERSION) refuse(`format version ${JSON.stringify(version)}; known: ${VERSION}`);
    this.#hasHeader = true;
  }

  #read(json: unknown): void {
    const all = ['id', 'client', 'call', 'return', 'operation', 'result', 'failed'];
    const fields = fieldsOf(json, 'the line', all);
    if (!('id' in fields)) this.#readWhole(fields);
    else if ('operation' in fields) this.#readBeginning(fields);
    else this.#readEnd(fields);
  }

  #readWhole(fields: JsonFields): void {
    if ('failed' in fields) refuse('"failed" needs an id; leave the whole operation out instead');
    this.#wholeCount += 1;
    this.#begin(-this.#wholeCount, fields);
    if ('return' in fields) this.#end(-this.#wholeCount, fields);
    else if ('result' in fields) refuse('a result needs a "return": when was it told?');
  }

  #readBeginning(fields: JsonFields): void {
    const id = idOf(fields);
    if (this.#book.has(id)) refuse(`operation ${id} began before`);
    if ('return' in fields || 'result' in fields || 'failed' in fields) {
      refuse('a line with id and operation is a beginning; its end has a line of its own');
    }
    this.#begin(id, fields);
  }

  #readEnd(fields: JsonFields): void {
    const id = idOf(fields);
    if (!this.#book.isOpen(id)) refuse(`operation ${id} has not begun, or has ended before`);
    if ('client' in fields || 'call' in fields) refuse('an end has id, return and result only');
    if (!('failed' in fields)) this.#end(id, fields);
    else if (fields.failed !== true) refuse('"failed" is true or left out');
    else if ('return' in fields || 'result' in fields)
      refuse('what failed has no return and no result');
    else this.#book.add({ kind: 'failed', id });
  }

  #begin(id: number, fields: JsonFields): void {
    this.#book.add({
      kind: 'began',
      id,
      client: wholeNumberOf(fields.client, 'client'),
      call: timeOf(fields.call, 'call'),
      operation: operationFromJson(fields.operation),
    });
  }

  #end(id: number, fields: JsonFields): void {
    const end = timeOf(fields.return, 'return');
    const { call, operation } = this.#book.get(id);
    if (end < call) refuse(`return ${end} lies before the call at ${call}`);
    const result = 'result' in fields ? resultFromJson(fields.result, operation) : undefined;
    this.#book.add({ kind: 'ended', id, return: end, result });
  }
}

function idOf(fields: JsonFields): number {
  const id = wholeNumberOf(fields.id, 'id');
  return id >= 0 ? id : refuse('id is below 0');
}

function resultField(result: HistoryEntry['result']): { readonly result?: unknown } {
  return result === undefined ? {} : { result: resultToJson(result) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return refuse(text.length < 80 ? `this is no JSON: ${text}` : 'this is no JSON');
  }
}
