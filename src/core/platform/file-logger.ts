/**
 * The Logger port: one JSON object a line, appended to a file (S9).
 *
 * It never blocks the event loop: lines gather in memory and leave with one asynchronous write at
 * a time. Memory and file are capped: what does not fit is dropped and counted, and a full file
 * becomes `<path>.1`. A log that cannot be written never stops a node.
 */

import * as fs from 'node:fs';
import { dirname } from 'node:path';

import { MAX_NODE_LOG_BYTES } from '../limits.js';
import type { Logger } from './ports.js';

const MAX_WAITING_BYTES = 1024 * 1024;

type Level = 'info' | 'warn' | 'error';
type Fields = Readonly<Record<string, unknown>>;

export interface FileLoggerOptions {
  readonly path: string;
  /** Fields of every line. */
  readonly base?: Fields;
  readonly maxBytes?: number;
}

export class FileLogger implements Logger {
  readonly #path: string;
  readonly #base: Fields;
  readonly #maxBytes: number;
  #fd: number;
  #fileBytes: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #droppedCount = 0;
  #isWriting = false;

  /** Opens for append, makes the directory where it is missing. Throws where it cannot. */
  constructor(options: FileLoggerOptions) {
    this.#path = options.path;
    this.#base = options.base ?? {};
    this.#maxBytes = options.maxBytes ?? MAX_NODE_LOG_BYTES;
    fs.mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    this.#fd = fs.openSync(this.#path, 'a', 0o600);
    this.#fileBytes = fs.fstatSync(this.#fd).size;
  }

  info(event: string, fields?: Fields): void {
    this.#log('info', event, fields);
  }

  warn(event: string, fields?: Fields): void {
    this.#log('warn', event, fields);
  }

  error(event: string, fields?: Fields): void {
    this.#log('error', event, fields);
  }

  /** For the last words of a process: writes what waits, and blocks while it does. */
  flushNow(): void {
    const text = this.#takeWaiting();
    if (text.length === 0) return;
    try {
      fs.writeSync(this.#fd, text);
    } catch {
      // S9: a log that cannot be written never stops a node.
    }
  }

  #log(level: Level, event: string, fields: Fields | undefined): void {
    const line = `${formatLine(level, event, this.#base, fields)}\n`;
    if (this.#waitingBytes + line.length > MAX_WAITING_BYTES) {
      this.#droppedCount += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (!this.#isWriting) this.#writeNext();
  }

  #writeNext(): void {
    const text = this.#takeWaiting();
    if (text.length === 0) return;
    this.#isWriting = true;
    const bytes = Buffer.from(text, 'utf8');
    fs.write(this.#fd, bytes, 0, bytes.length, null, (error) => {
      this.#fileBytes += error === null ? bytes.length : 0;
      this.#rotateIfFull(() => {
        this.#isWriting = false;
        if (this.#waiting.length > 0) this.#writeNext();
      });
    });
  }

  #takeWaiting(): string {
    if (this.#droppedCount > 0) {
      const fields = { lineCount: this.#droppedCount };
      this.#waiting.push(`${formatLine('warn', 'log-lines-dropped', this.#base, fields)}\n`);
      this.#droppedCount = 0;
    }
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingBytes = 0;
    return text;
  }

  #rotateIfFull(done: () => void): void {
    if (this.#fileBytes < this.#maxBytes) {
      done();
      return;
    }
    fs.rename(this.#path, `${this.#path}.1`, () => {
      fs.open(this.#path, 'a', 0o600, (error, fd) => {
        if (error === null) {
          fs.close(this.#fd, () => undefined);
          this.#fd = fd;
        }
        this.#fileBytes = 0;
        done();
      });
    });
  }
}

function formatLine(level: Level, event: string, base: Fields, fields: Fields | undefined): string {
  const head = { time: new Date().toISOString(), level, event };
  return JSON.stringify({ ...head, ...base, ...fields }, (_key, value: unknown) => plain(value));
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack };
  return value;
}

/** Where there is no file to write to: tests, and programs that want silence. */
export const silentLogger: Logger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
