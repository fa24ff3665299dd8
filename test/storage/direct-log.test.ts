/**
 * A log that is written past the page cache, on a real disk, gives back what was put into it: over
 * many segments whose size is no multiple of a block, with entries of any size, opened again and again.
 */

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { PersistentStorage } from '../../src/core/library.js';
import { Prng } from '../../src/core/simulator/prng.js';
import { bytesCodec } from '../../src/core/storage/index.js';

const directory = mkdtempSync(join(tmpdir(), 'omnikv-direct-log-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function named(entries: readonly Uint8Array[]): string[] {
  return entries.map(
    (bytes) => `${bytes.length} ${createHash('sha1').update(bytes).digest('hex')}`,
  );
}

it.each([4_096, 4_104, 10_000, 65_536])('with segments of %i bytes', async (segmentBytes) => {
  const prng = new Prng(`direct-log/${segmentBytes}`);
  const config = {
    path: join(directory, String(segmentBytes)),
    logOptions: { segmentBytes },
    codec: bytesCodec,
  };
  const expected: Uint8Array[] = [];
  for (let opening = 0; opening < 6; opening++) {
    const { storage } = await PersistentStorage.openOrCreate<Uint8Array>(config);
    expect(named(storage.entries(0, storage.state().acceptedIdx))).toEqual(named(expected));
    for (let step = 0; step < 25; step++) {
      const size = step === 7 ? 1_500_000 : prng.pick([1, 8, 40, 700, 5_000]);
      const entries = Array.from({ length: prng.int(1, 4) }, () =>
        new Uint8Array(size).fill(prng.int(1, 255)),
      );
      const fromIdx = Math.max(0, expected.length - prng.int(0, 2));
      storage.submit([{ kind: 'appendOnPrefix', fromIdx, entries }]);
      expected.splice(fromIdx, Infinity, ...entries);
      await storage.flush();
    }
    await storage.close();
  }
});
