/**
 * Damage at rest: bytes that were synced long ago and come back different.
 *
 * It strikes where a log must notice it: anywhere in a sealed segment, and in the header of the
 * last one. Whoever damages the last records of the last segment gets what D24 says, a cut that
 * looks like a torn write; that is a stated risk, not something a simulation may demand.
 */

import type { Prng } from '../prng.js';
import type { FileNode } from './directory.js';
import { SECTOR_BYTES } from './sectors.js';
import { visit, type Volume } from './volume.js';

/** Of the last segment nothing behind it is touched. */
const HEADER_BYTES = 64;

interface Damageable {
  readonly path: string;
  readonly file: FileNode;
  readonly sizeBytes: number;
}

/** Says what it did; undefined where there is nothing to damage. Call it on a disk at rest. */
export function damageAtRest(volume: Volume, prng: Prng): string | undefined {
  const found = damageableFiles(volume);
  if (found.length === 0) return undefined;
  const target = prng.pick(found);
  const isMisdirected = target.sizeBytes >= 2 * SECTOR_BYTES && prng.chance(0.3);
  return (isMisdirected ? misdirect(target, prng) : undefined) ?? flipBits(target, prng);
}

function damageableFiles(volume: Volume): readonly Damageable[] {
  const byDirectory = new Map<string, Damageable[]>();
  visit(volume.root, '', (node, path) => {
    if (node.kind === 'directory' || !path.endsWith('.seg')) return;
    const directory = path.slice(0, path.lastIndexOf('/'));
    const siblings = byDirectory.get(directory) ?? [];
    siblings.push({ path, file: node, sizeBytes: node.contents.durableSizeBytes });
    byDirectory.set(directory, siblings);
  });
  return [...byDirectory.values()].flatMap((segments) => {
    segments.sort((a, b) => (a.path < b.path ? -1 : 1));
    const last = segments.length - 1;
    return segments
      .map((segment, i) => {
        const sizeBytes = Math.min(segment.sizeBytes, i === last ? HEADER_BYTES : Infinity);
        return { ...segment, sizeBytes };
      })
      .filter(({ sizeBytes }) => sizeBytes > 0);
  });
}

function flipBits({ path, file, sizeBytes }: Damageable, prng: Prng): string {
  const at = prng.int(0, sizeBytes - 1);
  const mask = 1 << prng.int(0, 7);
  const bytes = file.contents.sectorBytes(Math.floor(at / SECTOR_BYTES));
  const offset = at % SECTOR_BYTES;
  bytes[offset] = bytes[offset]! ^ mask;
  return `bit flipped at ${at} of ${path}`;
}

/** A whole sector lands on another of the same file. Undefined where both hold the same. */
function misdirect({ path, file, sizeBytes }: Damageable, prng: Prng): string | undefined {
  const sectors = Math.floor(sizeBytes / SECTOR_BYTES);
  const from = prng.int(0, sectors - 1);
  const to = prng.int(0, sectors - 1);
  const source = file.contents.sectorBytes(from);
  const target = file.contents.sectorBytes(to);
  if (source.every((byte, i) => byte === target[i])) return undefined;
  target.set(source);
  return `sector ${from} written over sector ${to} of ${path}`;
}
