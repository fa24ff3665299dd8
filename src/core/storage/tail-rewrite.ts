/**
 * D18: the unsealed tail is written anew at every opening, before any byte of it is relied upon.
 *
 * After a failed fsync the page cache may show what the disk does not hold; a copy that was synced
 * and renamed over the old file is what it says. The copy holds the valid prefix, a Mark that
 * proves it (D10), and zeros: no stale byte can parse later (D22). The old file stays until then.
 */

import type { StoredState } from '../omnipaxos/storage-port.js';
import type { FileSystem } from '../platform/ports.js';
import { stateDraft } from './batch-codec.js';
import { parentOf, writeNewFile } from './data-directory.js';
import type { ScanPosition } from './log-scan.js';
import {
  MARK_RESERVE_BYTES,
  markDraft,
  proofDrafts,
  recordBytes,
  writeRecord,
  type LogHead,
  type RecordDraft,
} from './record.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';

export interface TailRewrite {
  readonly file: string;
  /** Segment header and valid records. */
  readonly kept: Uint8Array;
  readonly position: ScanPosition;
  readonly state: StoredState;
  readonly seed: number;
  readonly segmentBytes: number;
}

export interface RewrittenTail {
  readonly sizeBytes: number;
  readonly offset: number;
  readonly head: LogHead;
}

export function rewriteTail(fileSystem: FileSystem, rewrite: TailRewrite): RewrittenTail {
  const { file, kept, position, state, seed } = rewrite;
  const drafts: RecordDraft[] = [];
  // D7: a crash between the switch and the first record leaves a segment without its State.
  if (kept.length === SEGMENT_HEADER_BYTES) drafts.push(stateDraft(state));
  // After this Mark no clean one is last any more: what follows may be torn again.
  const endOf = (): number => drafts.reduce((end, draft) => end + recordBytes(draft), kept.length);
  drafts.push(...proofDrafts(endOf(), markDraft(state.acceptedIdx)));
  const usedBytes = endOf();
  const sizeBytes = Math.max(rewrite.segmentBytes, usedBytes + MARK_RESERVE_BYTES);
  const bytes = new Uint8Array(sizeBytes);
  bytes.set(kept);
  // All of it becomes visible by the rename, which comes after the sync: so all of it is synced.
  let head: LogHead = { ...position, syncedLsn: position.nextLsn - 1 };
  let offset = kept.length;
  for (const draft of drafts) {
    head = writeRecord(bytes, offset, draft, { head, seed });
    head = { ...head, syncedLsn: head.nextLsn - 1 };
    offset += recordBytes(draft);
  }
  writeNewFile(fileSystem, `${file}.tmp`, bytes);
  fileSystem.rename(`${file}.tmp`, file);
  fileSystem.syncDirectory(parentOf(file));
  return { sizeBytes, offset, head };
}

/** Keeps what is cut for a person to look at. Gives the name of the copy. */
export function saveTornBytes(
  fileSystem: FileSystem,
  {
    file,
    offset,
    bytes,
  }: { readonly file: string; readonly offset: number; readonly bytes: Uint8Array },
): string {
  const copy = `${file}.${offset.toString(16)}.torn`;
  // The same cut, found again because the last opening did not finish.
  if (fileSystem.status(copy) !== undefined) fileSystem.remove(copy);
  writeNewFile(fileSystem, copy, bytes);
  return copy;
}
