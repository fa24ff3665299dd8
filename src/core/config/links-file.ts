/**
 * `run/links.json`: what is wrong on purpose with the links, set by commands, obeyed by the nodes.
 *
 * In the directory and not in the nodes, so that it outlives a crash. Expired faults may still stand
 * in it: a reader compares with its own clock. The parser is total: a file that somebody damaged
 * reads as empty, as does one that is not there. No counter of `resets` is ever lowered.
 */

import { MAX_PID } from '../limits.js';
import type { FileSystem } from '../platform/ports.js';
import { NO_FAULT, type DirectedFault, type LinkFault } from '../wire/link-fault.js';

/** How often `from` was told to close its connection with `to`. */
export interface LinkReset {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface LinksFile {
  /** At most one of each direction. */
  readonly faults: readonly DirectedFault[];
  readonly resets: readonly LinkReset[];
}

export const NO_LINKS: LinksFile = { faults: [], resets: [] };

const MAX_DELAY_MS = 24 * 3_600_000;

/** What is at its default is left out, so that a person sees what is wrong. */
export function encodeLinksFile(file: LinksFile): Uint8Array {
  const faults = file.faults.map(({ from, to, fault, expiresAtEpochMs }) => {
    const fields = Object.entries(fault).filter(
      ([name, value]) => value !== NO_FAULT[name as keyof LinkFault],
    );
    return { from, to, ...Object.fromEntries(fields), expiresAtEpochMs };
  });
  return new TextEncoder().encode(
    `${JSON.stringify({ faults, resets: file.resets }, undefined, 2)}\n`,
  );
}

export function parseLinksFile(bytes: Uint8Array): LinksFile {
  try {
    const fields = objectOf(JSON.parse(new TextDecoder().decode(bytes)));
    const faults = listOf(fields.faults).map(readFault);
    const resets = listOf(fields.resets).map(readReset);
    for (const list of [faults, resets]) {
      const directions = new Set(list.map(({ from, to }) => `${from}>${to}`));
      if (directions.size !== list.length) throw new Damaged();
    }
    return { faults, resets };
  } catch (error) {
    if (error instanceof Damaged || error instanceof SyntaxError) return NO_LINKS;
    throw error;
  }
}

/** Throws only what the file system does, for a file that is there and cannot be read. */
export function readLinksFile(options: {
  readonly fileSystem: FileSystem;
  readonly path: string;
}): LinksFile {
  const { fileSystem, path } = options;
  try {
    return parseLinksFile(fileSystem.readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NO_LINKS;
    throw error;
  }
}

/** Never leaves this file. */
class Damaged extends Error {}

type Fields = Readonly<Record<string, unknown>>;

function readFault(value: unknown): DirectedFault {
  const fields = objectOf(value);
  const { isCut = false } = fields;
  if (typeof isCut !== 'boolean') throw new Damaged();
  return {
    ...readDirection(fields),
    fault: {
      isCut,
      delayMs: numberOf(fields.delayMs ?? 0, { min: 0, max: MAX_DELAY_MS }),
      jitterMs: numberOf(fields.jitterMs ?? 0, { min: 0, max: MAX_DELAY_MS }),
      dropProbability: numberOf(fields.dropProbability ?? 0, { min: 0, max: 1 }),
      duplicateProbability: numberOf(fields.duplicateProbability ?? 0, { min: 0, max: 1 }),
      reorderProbability: numberOf(fields.reorderProbability ?? 0, { min: 0, max: 1 }),
      bytesPerSecond: optional(fields.bytesPerSecond, (rate) =>
        numberOf(rate, { min: 1, max: Number.MAX_SAFE_INTEGER }),
      ),
    },
    expiresAtEpochMs: optional(fields.expiresAtEpochMs, (time) => integerOf(time, 0)),
  };
}

function readReset(value: unknown): LinkReset {
  const fields = objectOf(value);
  return { ...readDirection(fields), count: integerOf(fields.count, 1) };
}

function readDirection(fields: Fields): { readonly from: number; readonly to: number } {
  const from = integerOf(fields.from, 1, MAX_PID);
  const to = integerOf(fields.to, 1, MAX_PID);
  if (from === to) throw new Damaged();
  return { from, to };
}

function optional(value: unknown, read: (value: unknown) => number): number | undefined {
  return value === undefined || value === null ? undefined : read(value);
}

function numberOf(value: unknown, range: { readonly min: number; readonly max: number }): number {
  // NaN is in no range.
  if (typeof value === 'number' && value >= range.min && value <= range.max) return value;
  throw new Damaged();
}

function integerOf(value: unknown, min: number, max = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value)) return numberOf(value, { min, max });
  throw new Damaged();
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new Damaged();
}

function objectOf(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Damaged();
}
