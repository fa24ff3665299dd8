/** What a node keeps on disk. */

import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface DiskUse {
  /** Bytes of all files, each without the zeros at its end: what was set aside is not used. */
  readonly usedBytes: number;
  /** What the file system gave for them. */
  readonly allocatedBytes: number;
}

const PIECE_BYTES = 1024 * 1024;
const BLOCK_BYTES = 512;

/** Of a file, or of a directory with all that is in it. A file that goes meanwhile counts nothing. */
export async function diskUseOf(path: string): Promise<DiskUse> {
  try {
    const stats = await stat(path);
    const allocatedBytes = stats.blocks * BLOCK_BYTES;
    if (stats.isFile()) return { usedBytes: await usedBytesOf(path, stats.size), allocatedBytes };
    if (!stats.isDirectory()) return { usedBytes: 0, allocatedBytes: 0 };
    const names = await readdir(path);
    const inside = await Promise.all(names.map((name) => diskUseOf(join(path, name))));
    return sumOf([{ usedBytes: 0, allocatedBytes }, ...inside]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { usedBytes: 0, allocatedBytes: 0 };
  }
}

function sumOf(uses: readonly DiskUse[]): DiskUse {
  return {
    usedBytes: uses.reduce((sum, use) => sum + use.usedBytes, 0),
    allocatedBytes: uses.reduce((sum, use) => sum + use.allocatedBytes, 0),
  };
}

/** Reads from the end until a byte is not zero. */
async function usedBytesOf(path: string, sizeBytes: number): Promise<number> {
  const file = await open(path);
  try {
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, sizeBytes));
    for (let end = sizeBytes; end > 0; end -= piece.length) {
      const begin = Math.max(0, end - piece.length);
      const { bytesRead } = await file.read(piece, 0, end - begin, begin);
      for (let i = bytesRead - 1; i >= 0; i--) if (piece[i] !== 0) return begin + i + 1;
    }
    return 0;
  } finally {
    await file.close();
  }
}
