/**
 * Reads a history of any size, line by line, from a file or from standard input (`-`).
 *
 * A recorder that was killed may leave half a line at the end: it is left out, and that is told.
 * What it began stays open then, which is what is known of it.
 */

import { createReadStream } from 'node:fs';
import { HistoryParser, type HistoryEntry } from '../core/checker/index.js';
import { OmnikvError } from '../core/errors.js';
import { quoteForMessage } from './output.js';
import { readError } from './read-input.js';

export interface ReadHistory {
  readonly entries: readonly HistoryEntry[];
  readonly isLastLineCut: boolean;
}

/** Beyond it the file is something else than lines. */
const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

/** Throws `OMNIKV_INVALID_HISTORY`, naming the line. */
export async function readHistory(path: string): Promise<ReadHistory> {
  const parser = new HistoryParser();
  let rest = '';
  const add = (line: string): void => {
    const error = parser.add(line);
    if (error !== undefined) throw invalid(path, error.line, error.reason);
  };
  for await (const chunk of textOf(path)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) add(line);
    if (rest.length > MAX_LINE_CHARACTERS) throw invalid(path, 1, 'it is not made of lines');
  }
  const isLastLineCut = rest.trim() !== '' && !isJson(rest);
  if (!isLastLineCut) add(rest);
  const parsed = parser.finish();
  if (!parsed.ok) throw invalid(path, parsed.error.line, parsed.error.reason);
  return { entries: parsed.entries, isLastLineCut };
}

async function* textOf(path: string): AsyncGenerator<string> {
  const stream = path === '-' ? process.stdin : createReadStream(path);
  stream.setEncoding('utf8');
  try {
    for await (const chunk of stream) yield chunk as string;
  } catch (cause) {
    if (cause instanceof OmnikvError) throw cause;
    throw readError(path, cause, 'omnikv bench --record FILE writes a history');
  }
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function invalid(path: string, line: number, reason: string): OmnikvError {
  const where = `${path === '-' ? 'standard input' : quoteForMessage(path)}, line ${line}`;
  return new OmnikvError('OMNIKV_INVALID_HISTORY', `${where}: ${reason}`);
}
