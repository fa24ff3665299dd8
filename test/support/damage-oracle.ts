/**
 * What opening must say of a log in which some bytes have changed at rest.
 *
 * Worked out from the undamaged log and the rules (D21, D24), not from the code that recovers.
 */

import { inspectLog, type InspectedItem } from '../../src/core/storage/index.js';
import { SEGMENT_HEADER_BYTES } from '../../src/core/storage/segment-header.js';
import type { MemoryFileSystem } from './memory-file-system.js';
import { DATA_PATH, texts } from './storage-bench.js';

type RecordItem = Extract<InspectedItem, { kind: 'record' }>;

/** `content`: state and entries, as `snapshot` of log-run.ts says them. */
export type Expectation =
  | { readonly kind: 'refused' }
  | { readonly kind: 'unchanged'; readonly content: string; readonly isTorn: boolean }
  /** `isResidual`: a record that had been synced is taken for a torn one (D24). */
  | { readonly kind: 'cut'; readonly content: string; readonly isResidual: boolean };

interface KnownRecord {
  readonly item: RecordItem;
  readonly end: number;
  readonly bytes: Uint8Array;
  /** Of the log before the record. */
  readonly before: string;
}

const HEADER_BYTES = 48;

export class DamageOracle {
  readonly lastFile: string;
  readonly whole: string;
  readonly #records: readonly KnownRecord[];

  constructor(fileSystem: MemoryFileSystem) {
    const records: KnownRecord[] = [];
    let entries: string[] = [];
    let before = '';
    let lastFile = '';
    for (const item of inspectLog({ fileSystem, path: DATA_PATH })) {
      if (item.kind === 'segment') lastFile = item.file;
      if (item.kind !== 'record') continue;
      const end = item.offset + ((item.sizeBytes + 7) & ~7);
      const bytes = fileSystem.bytesOf(item.file).slice(item.offset, end);
      records.push({ item, end, bytes, before });
      entries = applied(entries, item);
      before = JSON.stringify({ ...item.state, entries });
    }
    this.#records = records;
    this.whole = before;
    this.lastFile = lastFile;
  }

  /** Where the records of the last segment end. */
  get end(): number {
    return this.#records.at(-1)?.end ?? SEGMENT_HEADER_BYTES;
  }

  /** Some bytes of a segment changed. */
  expect(file: string, before: Uint8Array, after: Uint8Array): Expectation {
    const isChanged = (at: number): boolean => (before[at] ?? 0) !== (after[at] ?? 0);
    const isAnyChanged = (from: number, to: number): boolean => {
      for (let at = from; at < to; at++) if (isChanged(at)) return true;
      return false;
    };
    const inFile = this.#records.filter(({ item }) => item.file === file);
    const hit = inFile.findIndex(({ item, end }) => {
      return end > after.length || isAnyChanged(item.offset, end);
    });
    if (hit < 0 && !isAnyChanged(0, Math.max(before.length, after.length))) {
      return { kind: 'unchanged', content: this.whole, isTorn: false };
    }
    const isHeaderHit = isAnyChanged(0, SEGMENT_HEADER_BYTES);
    if (file !== this.lastFile || isHeaderHit) return { kind: 'refused' };
    const previous = (hit < 0 ? inFile : inFile.slice(0, hit)).at(-1)?.item;
    const isAfterClean = previous?.record.kind === 'mark' && previous.record.isClean;
    if (hit < 0) {
      return isAfterClean
        ? { kind: 'refused' }
        : { kind: 'unchanged', content: this.whole, isTorn: true };
    }
    const { item, before: content } = inFile[hit]!;
    // A whole record of another place: out of order, which no crash leaves.
    if (this.#records.some(({ bytes }) => isAt(after, item.offset, bytes))) {
      return { kind: 'refused' };
    }
    const isProven = inFile.slice(hit + 1).some(({ item: later }) => {
      const isIntact = !isAnyChanged(later.offset, later.offset + HEADER_BYTES);
      return isIntact && later.syncedLsn >= item.lsn;
    });
    if (isProven) return { kind: 'refused' };
    const isBlank = after.subarray(item.offset).every((byte) => byte === 0);
    if (isAfterClean && !isBlank) return { kind: 'refused' };
    return { kind: 'cut', content, isResidual: item.record.kind === 'batch' };
  }
}

function isAt(bytes: Uint8Array, offset: number, part: Uint8Array): boolean {
  return part.every((byte, i) => bytes[offset + i] === byte);
}

function applied(entries: readonly string[], item: RecordItem): string[] {
  let log = [...entries];
  if (item.record.kind !== 'batch') return log;
  for (const operation of item.record.operations) {
    if (operation.kind !== 'appendOnPrefix') continue;
    log = [...log.slice(0, operation.fromIdx), ...texts(operation.entries)];
  }
  return log;
}
