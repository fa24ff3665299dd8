/**
 * A line in, operations out: words (`put a 5`) or one JSON object. `batch` and `shell` share it.
 */

import type { OmnikvError } from '../core/errors.js';
import type { KeyOperation } from './key-operation.js';
import { LineError } from './line-error.js';
import { columnOf, splitLine } from './line-syntax.js';
import type { Statement } from './line-syntax.js';
import { parseObject } from './operation-object.js';
import { parseStatement } from './verb-syntax.js';

export type ParsedOperation =
  | { readonly kind: 'operation'; readonly operation: KeyOperation }
  /** `column`: in characters, from 1. */
  | { readonly kind: 'bad'; readonly column: number; readonly error: OmnikvError };

/** One operation; undefined where the line is blank or a comment. */
export function parseOperationLine(line: string): ParsedOperation | undefined {
  if (isObject(line)) return attempt(line, () => parseObject(line));
  const split = splitLine(line);
  if (split.kind === 'fault') return badLine(line, split.fault);
  const [statement, second] = split.statements;
  if (statement === undefined) return undefined;
  if (second === undefined) return attempt(line, () => parseStatement(statement));
  return badLine(line, {
    at: line.lastIndexOf(';', second[0]?.at ?? 0),
    message: 'a line has one operation, and ; ends it',
    next: 'a line of its own for each operation; quotes around a ; that is meant',
  });
}

export type SplitOperations =
  | { readonly kind: 'statements'; readonly statements: readonly (Statement | 'object')[] }
  | Extract<ParsedOperation, { kind: 'bad' }>;

/** The statements of a line of the shell, which may have words of their own there. */
export function splitOperations(line: string): SplitOperations {
  if (isObject(line)) return { kind: 'statements', statements: ['object'] };
  const split = splitLine(line);
  return split.kind === 'fault' ? badLine(line, split.fault) : split;
}

export function parseOperation(line: string, statement: Statement | 'object'): ParsedOperation {
  return attempt(line, () => {
    return statement === 'object' ? parseObject(line) : parseStatement(statement);
  });
}

/** No word of ours begins with a brace. */
function isObject(line: string): boolean {
  return /^[ \t]*\{/.test(line);
}

function attempt(line: string, parse: () => KeyOperation): ParsedOperation {
  try {
    return { kind: 'operation', operation: parse() };
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    return { kind: 'bad', column: columnOf(line, error.at), error };
  }
}

function badLine(
  line: string,
  fault: { readonly at: number; readonly message: string; readonly next: string },
): Extract<ParsedOperation, { kind: 'bad' }> {
  const error = new LineError(fault.at, fault.message, [fault.next]);
  return { kind: 'bad', column: columnOf(line, fault.at), error };
}
