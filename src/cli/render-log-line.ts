/**
 * A line of a node's log (JSON, S9) as people read it.
 *
 * A line that is no JSON object is shown as it is: the last words of a process may be anything.
 */

import { printable, toJson } from './output.js';
import type { JsonObject } from './output.js';

export interface LogLine {
  readonly pid: number;
  readonly text: string;
  readonly fields: JsonObject | undefined;
}

export function parseLogLine(pid: number, text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return { pid, text, fields: isObject ? (value as JsonObject) : undefined };
  } catch {
    return { pid, text, fields: undefined };
  }
}

/** For sorting lines of several nodes; a line without a time stays where it is. */
export function timeOf(line: LogLine): string {
  const time = line.fields?.time;
  return typeof time === 'string' ? time : '';
}

export function logLineToJson(line: LogLine): JsonObject {
  return { node: line.pid, ...(line.fields ?? { text: line.text }) };
}

export function logLineToText(line: LogLine): string {
  const prefix = `node${line.pid}`;
  if (line.fields === undefined) return `${prefix} ${printable(line.text)}`;
  const { time, level, event, ...rest } = line.fields;
  const head = [shortTime(time), prefix, word(level).padEnd(5), word(event)];
  // The node is in the prefix already.
  const shown = Object.entries(rest).filter(([name]) => name !== 'pid');
  const fields = shown.map(([name, value]) => `${name}=${word(value)}`);
  return printable([...head, ...fields].filter((part) => part !== '').join(' '));
}

function shortTime(time: unknown): string {
  const text = word(time);
  const match = /T(\d\d:\d\d:\d\d\.\d{3})Z$/.exec(text);
  return match?.[1] ?? text;
}

function word(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return /^\S+$/.test(value) ? value : JSON.stringify(value);
  return toJson(value);
}
