/**
 * The one place where commands write.
 *
 * Standard output carries the answer and nothing else; notes, progress and errors go to standard
 * error. Under --json there is exactly one envelope on standard output: {"ok":true,…} or
 * {"ok":false,"error":{code,message,exit,suggestions},…}, and notes are part of it. u64 values are
 * strings in JSON. Colour is an addition, never the only sign, and is off unless a terminal reads.
 */

import type { OmnikvError } from '../core/errors.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(chunk: string | Uint8Array): unknown;
  once?(event: 'drain' | 'close', listener: () => void): unknown;
}

export interface OutputOptions {
  readonly isJson: boolean;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const COLOURS = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof COLOURS;

export class Output {
  readonly isJson: boolean;
  readonly #options: OutputOptions;
  readonly #notes: string[] = [];

  constructor(options: OutputOptions) {
    this.#options = options;
    this.isJson = options.isJson;
  }

  get isTerminal(): boolean {
    return this.#options.stdout.isTTY === true;
  }

  /** True where a picture may be drawn over the last one. */
  get canRedraw(): boolean {
    return this.isTerminal && !this.isJson && this.#options.environment.TERM !== 'dumb';
  }

  get stderr(): OutputStream {
    return this.#options.stderr;
  }

  /** True where a spinner and colours may be drawn on standard error. */
  get isStderrTerminal(): boolean {
    return this.#options.stderr.isTTY === true && this.#options.environment.TERM !== 'dumb';
  }

  /** One line of the answer in its text form; nothing under --json. */
  line(text: string): void {
    if (!this.isJson) this.#options.stdout.write(`${text}\n`);
  }

  /** Bytes of the answer, exactly. */
  bytes(bytes: Uint8Array): void {
    if (!this.isJson) this.#options.stdout.write(bytes);
  }

  /** The answer under --json. */
  success(answer: JsonObject): void {
    if (this.isJson) this.#json({ ok: true, ...answer, ...this.#notesField() });
  }

  /** One object of a stream: only streams (logs) write more than one line of JSON. */
  streamItem(item: JsonObject): void {
    if (this.isJson) this.#json(item);
  }

  /**
   * Whole lines of a stream that is NDJSON with and without --json. A promise where the reader is
   * behind: it ends when there is room again, or when nobody reads any more.
   */
  lines(text: string): Promise<void> | undefined {
    const { stdout } = this.#options;
    if (stdout.write(text) !== false || stdout.once === undefined) return undefined;
    return new Promise((resolve) => {
      for (const event of ['drain', 'close'] as const) stdout.once?.(event, resolve);
    });
  }

  note(text: string): void {
    if (this.isJson) this.#notes.push(text);
    else this.#options.stderr.write(`${this.paint(text, 'dim', this.#options.stderr)}\n`);
  }

  failure(error: OmnikvError, answer: JsonObject = {}): void {
    if (this.isJson) {
      const { code, message, exit, suggestions } = error;
      const described = { code, message, exit, suggestions };
      this.#json({ ok: false, error: described, ...answer, ...this.#notesField() });
      return;
    }
    const stderr = this.#options.stderr;
    const lines = [`${this.paint(error.code, 'red', stderr)} ${printable(error.message)}`];
    for (const suggestion of error.suggestions) lines.push(`  try: ${printable(suggestion)}`);
    stderr.write(`${lines.join('\n')}\n`);
  }

  /** A spinner's line must not run into what follows. */
  endLine(): void {
    if (this.isStderrTerminal && !this.isJson) this.#options.stderr.write('\r\u001b[K');
  }

  /** The stack, for those who ask for it. */
  debug(thrown: Error): void {
    if (!this.#options.environment.OMNIKV_DEBUG) return;
    this.#options.stderr.write(`${thrown.stack ?? ''}\n`);
  }

  paint(text: string, colour: Colour, stream: OutputStream = this.#options.stdout): string {
    const environment = this.#options.environment;
    // NO_COLOR: any value but the empty one (no-color.org).
    const isPlain = Boolean(environment.NO_COLOR) || environment.TERM === 'dumb';
    if (stream.isTTY !== true || isPlain) return text;
    return `\u001b[${COLOURS[colour]}m${text}\u001b[0m`;
  }

  #json(value: JsonObject): void {
    this.#options.stdout.write(`${toJson(value)}\n`);
  }

  #notesField(): JsonObject {
    return this.#notes.length === 0 ? {} : { notes: this.#notes };
  }
}

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? item.toString() : item,
  );
}

/** Control characters of keys and file names must not reach a terminal. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => {
      const code = character.codePointAt(0) ?? 0;
      return code < 0x100
        ? `\\x${code.toString(16).padStart(2, '0')}`
        : `\\u${code.toString(16).padStart(4, '0')}`;
    },
  );
}

export function quoteForMessage(text: string, limit = 60): string {
  const characters = Array.from(text.slice(0, limit * 2));
  const isCut = characters.length > limit || text.length > limit * 2;
  const shown = isCut ? `${characters.slice(0, limit).join('')}…` : text;
  return JSON.stringify(shown);
}

/** Columns aligned by two spaces; the last column may be as long as it likes. */
export function renderTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
