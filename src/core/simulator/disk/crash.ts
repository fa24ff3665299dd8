/**
 * A power cut: what becomes of everything that no sync had covered.
 *
 * Sectors and names are drawn one by one, in any mixture, as a disk that reorders and tears would
 * leave them. Bytes of a sector that were not being written stay as they are: a disk that destroys
 * its neighbours breaks every log, and is damage, not a power cut.
 *
 * Pages that a failed sync left behind were never written and are always gone.
 */

import type { CrashWeights, DiskPlan } from '../plan.js';
import type { Prng } from '../prng.js';
import { setName, type DirectoryNode, type NameChange, type Node } from './directory.js';
import { SECTOR_BYTES, type SectorFile, type UnsyncedSector } from './sectors.js';
import type { Volume } from './volume.js';

/** How many of the unsynced sectors and names met which fate. */
export interface CrashSummary {
  kept: number;
  dropped: number;
  torn: number;
  garbage: number;
  entriesKept: number;
  entriesLost: number;
}

type Fate = keyof CrashWeights;
type CrashPlan = Pick<DiskPlan, 'crash' | 'entryLossProbability'>;

const FATES: readonly Fate[] = ['keep', 'drop', 'tear', 'garbage'];

export function cutPower(volume: Volume, plan: CrashPlan, prng: Prng): CrashSummary {
  const summary = { kept: 0, dropped: 0, torn: 0, garbage: 0, entriesKept: 0, entriesLost: 0 };
  const seen = new Set<Node>();
  const crashDirectory = (directory: DirectoryNode): void => {
    crashNames(directory, plan.entryLossProbability, { prng, summary });
    for (const node of directory.entries.values()) {
      if (seen.has(node)) continue;
      seen.add(node);
      if (node.kind === 'directory') crashDirectory(node);
      else {
        node.isBeingWritten = false;
        crashFile(node.contents, plan.crash, { prng, summary });
      }
    }
  };
  crashDirectory(volume.root);
  volume.recount();
  return summary;
}

interface Crash {
  readonly prng: Prng;
  readonly summary: CrashSummary;
}

function crashNames(directory: DirectoryNode, lossProbability: number, crash: Crash): void {
  if (directory.changes.length === 0) return;
  const { durable, changes } = directory;
  const stopped = new Set<string>();
  for (const change of changes) {
    const isKept = !stopped.has(change.name) && isNameKept(change, lossProbability, crash.prng);
    change.isKept = isKept;
    if (isKept) {
      crash.summary.entriesKept += 1;
      setName(durable, change.name, change.node);
    } else {
      crash.summary.entriesLost += 1;
      // Of one name a later change never without the earlier one.
      stopped.add(change.name);
    }
  }
  directory.changes = [];
  directory.entries.clear();
  for (const [name, node] of durable) directory.entries.set(name, node);
}

/** A rename may leave both names of a file, never none. */
function isNameKept(change: NameChange, lossProbability: number, prng: Prng): boolean {
  const target = change.target;
  if (target?.isKept === false) return false;
  if (target?.node?.kind === 'directory' && target.isKept === true) return true;
  return !prng.chance(lossProbability);
}

function crashFile(file: SectorFile, weights: CrashWeights, crash: Crash): void {
  if (file.isSynced) return;
  for (const sector of file.unsynced()) {
    const fate = sector.isLost ? 'drop' : drawFate(weights, crash.prng);
    crashSector(file.sectorBytes(sector.sector), sector, fate, crash);
  }
  const { sizeBytes, durableSizeBytes } = file;
  file.settle(drawSize(durableSizeBytes, sizeBytes, drawFate(weights, crash.prng), crash.prng));
}

function crashSector(
  bytes: Uint8Array,
  { versions, from, to, isLost }: UnsyncedSector,
  fate: Fate,
  { prng, summary }: Crash,
): void {
  switch (fate) {
    case 'keep':
      summary.kept += 1;
      return;
    case 'drop':
      summary.dropped += 1;
      // Between two syncs under way the disk may hold any of the versions.
      bytes.set(isLost || versions.length === 1 ? versions[0]! : prng.pick(versions));
      return;
    case 'tear': {
      summary.torn += 1;
      const old = versions[0]!;
      const at = prng.int(1, SECTOR_BYTES - 1);
      if (prng.chance(0.5)) bytes.set(old.subarray(0, at));
      else bytes.set(old.subarray(at), at);
      return;
    }
    case 'garbage':
      summary.garbage += 1;
      for (let i = from; i < to; i++) bytes[i] = prng.next() & 0xff;
  }
}

/** The size is metadata of its own: it may be there without the bytes, or the bytes without it. */
function drawSize(durableBytes: number, sizeBytes: number, fate: Fate, prng: Prng): number {
  if (durableBytes === sizeBytes || fate === 'keep') return sizeBytes;
  return fate === 'drop' ? durableBytes : prng.int(durableBytes, sizeBytes);
}

function drawFate(weights: CrashWeights, prng: Prng): Fate {
  const total = FATES.reduce((sum, fate) => sum + weights[fate], 0);
  let draw = prng.fraction() * total;
  for (const fate of FATES) {
    draw -= weights[fate];
    if (draw < 0) return fate;
  }
  return 'keep';
}
