/**
 * Where each key of a TOML text stands, and how its value is spelled.
 *
 * The parser tells neither: it has no positions for values, and wraps integers beyond 2^63
 * silently. This scanner only ever sees text that the parser has accepted, so it need not judge;
 * on anything else it stops early and knows fewer keys. It never throws and never recurses deeper
 * than MAX_DECODE_DEPTH.
 */

import { MAX_DECODE_DEPTH } from '../limits.js';

export interface TomlPosition {
  /** One-based. */
  readonly line: number;
  /** The value as it is spelled; empty for a table header. */
  readonly raw: string;
}

/** Keyed by path: `server_config.pid`, `peers.0`. A key that stands twice keeps its first place. */
export type TomlPositions = ReadonlyMap<string, TomlPosition>;

export function scanTomlPositions(text: string): TomlPositions {
  const scanner = new Scanner(text);
  scanner.scanDocument();
  return scanner.positions;
}

export function tomlPath(keys: readonly (string | number)[]): string {
  return keys.join('.');
}

class Scanner {
  readonly positions = new Map<string, TomlPosition>();
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  scanDocument(): void {
    let table: readonly string[] = [];
    for (;;) {
      this.#skipBlank();
      if (this.#at >= this.#text.length) return;
      const before = this.#at;
      if (this.#peek() === '[') table = this.#scanHeader();
      else this.#scanPair(table, 0);
      if (this.#at === before) return;
    }
  }

  #scanHeader(): readonly string[] {
    const line = this.#line;
    while (this.#peek() === '[') this.#advance();
    const keys = this.#scanKeys();
    while (this.#peek() === ']') this.#advance();
    this.#record(keys, { line, raw: '' });
    return keys;
  }

  #scanPair(table: readonly (string | number)[], depth: number): void {
    const keys = [...table, ...this.#scanKeys()];
    if (this.#peek() !== '=') return;
    this.#advance();
    this.#skipSpaces();
    this.#scanValue(keys, depth);
  }

  #scanKeys(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.#skipSpaces();
      const quote = this.#peek();
      if (quote === '"' || quote === "'") {
        const raw = this.#scanString(quote);
        keys.push(quote === '"' ? unquote(raw) : raw.slice(1, -1));
      } else {
        keys.push(this.#take(/[A-Za-z0-9_-]*/y));
      }
      this.#skipSpaces();
      if (this.#peek() !== '.') return keys;
      this.#advance();
    }
  }

  #scanValue(keys: readonly (string | number)[], depth: number): void {
    const line = this.#line;
    const start = this.#at;
    const first = this.#peek();
    if (first === '[' || first === '{') {
      if (depth >= MAX_DECODE_DEPTH) this.#at = this.#text.length;
      else if (first === '[') this.#scanArray(keys, depth + 1);
      else this.#scanInlineTable(keys, depth + 1);
    } else if (first === '"' || first === "'") {
      this.#scanString(first);
    } else {
      this.#take(/[^,\]}#\r\n]*/y);
    }
    this.#record(keys, { line, raw: this.#text.slice(start, this.#at).trim() });
  }

  #scanArray(keys: readonly (string | number)[], depth: number): void {
    this.#advance();
    for (let index = 0; ; index += 1) {
      this.#skipBlank();
      if (this.#peek() === ',') this.#advance();
      this.#skipBlank();
      if (this.#peek() === ']' || this.#at >= this.#text.length) break;
      const before = this.#at;
      this.#scanValue([...keys, index], depth);
      if (this.#at === before) return;
    }
    this.#advance();
  }

  #scanInlineTable(keys: readonly (string | number)[], depth: number): void {
    this.#advance();
    for (;;) {
      this.#skipBlank();
      if (this.#peek() === ',') this.#advance();
      this.#skipBlank();
      if (this.#peek() === '}' || this.#at >= this.#text.length) break;
      const before = this.#at;
      this.#scanPair(keys, depth);
      if (this.#at === before) return;
    }
    this.#advance();
  }

  /** The string with its quotes; three quotes span lines. */
  #scanString(quote: string): string {
    const start = this.#at;
    const triple = quote.repeat(3);
    const end = this.#text.startsWith(triple, this.#at) ? triple : quote;
    this.#advance(end.length);
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      this.#advance(quote === '"' && this.#peek() === '\\' ? 2 : 1);
    }
    this.#advance(end.length);
    return this.#text.slice(start, this.#at);
  }

  #record(keys: readonly (string | number)[], position: TomlPosition): void {
    const path = tomlPath(keys);
    if (!this.positions.has(path)) this.positions.set(path, position);
  }

  #skipBlank(): void {
    for (;;) {
      this.#take(/[ \t\r\n]*/y);
      if (this.#peek() !== '#') return;
      this.#take(/[^\n]*/y);
    }
  }

  #skipSpaces(): void {
    this.#take(/[ \t]*/y);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? '';
    this.#advance(taken.length);
    return taken;
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #advance(count = 1): void {
    for (let step = 0; step < count; step += 1) {
      if (this.#text[this.#at + step] === '\n') this.#line += 1;
    }
    this.#at += count;
  }
}

function unquote(raw: string): string {
  try {
    return String(JSON.parse(raw));
  } catch {
    return raw.slice(1, -1);
  }
}
