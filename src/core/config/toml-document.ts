/**
 * A TOML file, parsed, with the line of every key.
 *
 * Numbers are taken from their spelling: the parser gives 1 for `1.0`, and wraps integers beyond
 * 2^63. Here a fraction is NaN and a large integer a bigint, which no schema takes for a number.
 */

import toml from '@iarna/toml';

import { OmnikvError } from '../errors.js';
import type { FileSystem } from '../platform/ports.js';
import { configError } from './config-problem.js';
import { scanTomlPositions, tomlPath, type TomlPosition } from './toml-positions.js';

/** A configuration file is written by hand: more than this is something else. */
const MAX_FILE_BYTES = 1024 * 1024;
const INTEGER = /^[+-]?(?:0x[0-9a-f_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*)$/i;

export type TomlTable = ReadonlyMap<string, unknown>;

export class TomlDocument {
  /** Tables are Maps, so that no key can be mistaken for a property. */
  readonly root: TomlTable;
  /** How messages name the file. */
  readonly name: string;
  readonly #positions: ReadonlyMap<string, TomlPosition>;

  constructor(text: string, name: string) {
    this.name = name;
    const parsed = parse(text, name);
    this.#positions = scanTomlPositions(text);
    this.root = this.#readTable(parsed, []);
  }

  /** `config/node1.toml:3`; without a line where the key does not stand in the file. */
  placeOf(path: readonly (string | number)[]): string {
    for (let length = path.length; length > 0; length -= 1) {
      const position = this.#positions.get(tomlPath(path.slice(0, length)));
      if (position !== undefined) return `${this.name}:${position.line}`;
    }
    return this.name;
  }

  /** The value as it is spelled, where it stands in the file. */
  rawOf(path: readonly (string | number)[]): string | undefined {
    return this.#positions.get(tomlPath(path))?.raw;
  }

  #readTable(table: object, path: readonly (string | number)[]): TomlTable {
    return new Map(
      Object.entries(table).map(([key, value]) => [key, this.#readValue(value, [...path, key])]),
    );
  }

  #readValue(value: unknown, path: readonly (string | number)[]): unknown {
    if (Array.isArray(value)) {
      return value.map((item: unknown, index) => this.#readValue(item, [...path, index]));
    }
    if (typeof value === 'number' || typeof value === 'bigint') {
      return readNumber(value, this.rawOf(path));
    }
    if (value instanceof Date || typeof value !== 'object' || value === null) return value;
    return this.#readTable(value, path);
  }
}

function readNumber(value: number | bigint, raw: string | undefined): unknown {
  if (raw === undefined) return value;
  if (!INTEGER.test(raw)) return Number.NaN;
  const digits = raw.replaceAll('_', '');
  const isNegative = digits.startsWith('-');
  const magnitude = BigInt(digits.replace(/^[+-]/, ''));
  const exact = isNegative ? -magnitude : magnitude;
  const rounded = Number(exact);
  return Number.isSafeInteger(rounded) ? rounded : exact;
}

function parse(text: string, name: string): object {
  try {
    return toml.parse(text);
  } catch (error) {
    const { line, message } = error as { line?: unknown; message?: unknown };
    // The parser counts lines from zero, and shows an excerpt below its first line.
    const place = typeof line === 'number' ? `${name}:${line + 1}` : name;
    const first = String(message).split('\n')[0] ?? '';
    const reason = first.replace(/ at row \d+, col \d+, pos \d+:?$/, '');
    throw configError(
      [{ place, message: `not TOML: ${reason}` }],
      ['Each line is key = value, a [table], or a # comment; text stands in quotes.'],
    );
  }
}

export interface ReadTomlOptions {
  readonly fileSystem: FileSystem;
  readonly path: string;
  /** How messages name the file; default: `path`. */
  readonly name?: string | undefined;
}

/** Throws `OMNIKV_INVALID_CONFIG`, or `OMNIKV_IO` where the file cannot be read. */
export function readTomlDocument(options: ReadTomlOptions): TomlDocument {
  const name = options.name ?? options.path;
  const bytes = readBytes(options, name);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new OmnikvError('OMNIKV_INVALID_CONFIG', `${name} is not UTF-8 text`, { cause: error });
  }
  return new TomlDocument(text, name);
}

function readBytes(options: ReadTomlOptions, name: string): Uint8Array {
  const { fileSystem, path } = options;
  let status;
  let bytes = new Uint8Array();
  try {
    status = fileSystem.status(path);
    if (status?.kind === 'file' && status.sizeBytes <= MAX_FILE_BYTES) {
      bytes = new Uint8Array(fileSystem.readFile(path));
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OmnikvError('OMNIKV_IO', `${name} cannot be read: ${reason}`, { cause: error });
  }
  if (status === undefined) {
    throw new OmnikvError('OMNIKV_INVALID_CONFIG', `${name} does not exist`);
  }
  if (status.kind !== 'file') {
    throw new OmnikvError('OMNIKV_INVALID_CONFIG', `${name} is not a file`);
  }
  if (status.sizeBytes > MAX_FILE_BYTES) {
    const size = `${status.sizeBytes} bytes long; at most ${MAX_FILE_BYTES} are allowed`;
    throw new OmnikvError('OMNIKV_INVALID_CONFIG', `${name} is ${size}`);
  }
  return bytes;
}
