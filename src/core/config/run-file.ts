/**
 * The files in `run/` by which nodes and commands know of each other (S5).
 *
 * A run file names a process by pid, start time and boot id together, and its data by dirId: a
 * reader checks all four before it believes that the process is this node. Parsers are total: a
 * file that somebody damaged reads as absent.
 */

import { EXIT, isErrorId } from '../errors.js';
import type { ErrorId } from '../errors.js';

export interface RunFile {
  readonly pid: number;
  readonly osPid: number;
  /** Field 22 of /proc/PID/stat. */
  readonly startTime: number;
  readonly bootId: string;
  /** 32 hex digits, from IDENTITY in the data directory. */
  readonly dirId: string;
  /** `dev:inode` of the data directory: a copied cluster directory has others. */
  readonly dataIdentity: string;
  /** ISO 8601. For people. */
  readonly startedAt: string;
  readonly version: string;
  /** Of the configuration that runs, as `nodeConfigDigest` tells it. */
  readonly configDigest: string;
}

/** What a command leaves behind between spawning a node and the node's own run file. */
export interface SpawnFile {
  readonly pid: number;
  readonly osPid: number;
  readonly startTime: number;
  readonly bootId: string;
}

/** What a node leaves behind that could not start. */
export interface FailureFile {
  readonly code: ErrorId;
  readonly message: string;
  readonly exit: number;
  readonly suggestions: readonly string[];
}

export function encodeRunDirectoryFile(file: RunFile | SpawnFile | FailureFile): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(file, null, 2)}\n`);
}

export function parseRunFile(bytes: Uint8Array): RunFile | undefined {
  const fields = parseObject(bytes);
  const spawned = fields === undefined ? undefined : readProcess(fields);
  if (fields === undefined || spawned === undefined) return undefined;
  if (typeof fields.dirId !== 'string') return undefined;
  return {
    ...spawned,
    dirId: fields.dirId,
    dataIdentity: text(fields.dataIdentity),
    startedAt: text(fields.startedAt),
    version: text(fields.version),
    configDigest: text(fields.configDigest),
  };
}

export function parseSpawnFile(bytes: Uint8Array): SpawnFile | undefined {
  const fields = parseObject(bytes);
  return fields === undefined ? undefined : readProcess(fields);
}

export function parseFailureFile(bytes: Uint8Array): FailureFile | undefined {
  const fields = parseObject(bytes);
  const code = fields?.code;
  if (fields === undefined || typeof code !== 'string' || !isErrorId(code)) return undefined;
  const exit = fields.exit;
  const suggestions = fields.suggestions;
  return {
    code,
    message: text(fields.message),
    exit: typeof exit === 'number' ? exit : EXIT.failed,
    suggestions: Array.isArray(suggestions) ? suggestions.map(text) : [],
  };
}

function readProcess(fields: Readonly<Record<string, unknown>>): SpawnFile | undefined {
  const { pid, osPid, startTime, bootId } = fields;
  // A pid of 0 or 1 would signal our own process group or init.
  if (!isNumber(pid, 1) || !isNumber(osPid, 2) || !isNumber(startTime, 0)) return undefined;
  if (typeof bootId !== 'string') return undefined;
  return { pid, osPid, startTime, bootId };
}

function isNumber(value: unknown, min: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
