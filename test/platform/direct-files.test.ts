/**
 * D32: a file that is written past the page cache holds what one in it would hold.
 *
 * On real files; left out where the file system of the temporary directory takes no direct writes.
 */

import fs, { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';

import { FILL_BYTES } from '../../src/core/limits.js';
import { NodeDirectFiles } from '../../src/core/platform/direct-files.js';
import type { LogFile } from '../../src/core/platform/ports.js';
import { Prng } from '../../src/core/simulator/prng.js';

const directory = mkdtempSync(join(tmpdir(), 'omnikv-direct-'));
let fileCount = 0;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A new path, with a file of `contents` where they are given. */
function newPath(contents?: Uint8Array): string {
  const path = join(directory, String(fileCount++));
  if (contents !== undefined) writeFileSync(path, contents, { mode: 0o600 });
  return path;
}

const canWriteDirectly = new NodeDirectFiles().open(newPath(new Uint8Array(8_192)), 0);
canWriteDirectly?.close();
if (canWriteDirectly === undefined) process.stdout.write('left out: no direct writes here\n');

function opened(path: string, end: number): LogFile {
  const file = new NodeDirectFiles().open(path, end);
  if (file === undefined) throw new Error(`${path} takes no direct writes`);
  return file;
}

function write(file: LogFile, bytes: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let isInline = true;
    file.write(bytes, position, (error) => {
      if (isInline) reject(new Error('said at once'));
      else if (error === undefined) resolve();
      else reject(error);
    });
    isInline = false;
  });
}

function fill(file: LogFile, position: number, length: number): Promise<void> {
  return new Promise((resolve, reject) => {
    file.fill(position, length, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

/** As a limit of the user's does. */
function refuseMemory(): never {
  throw new RangeError('could not allocate memory');
}

/** No zeros, so that a byte that is missing shows. */
function drawBytes(prng: Prng, length: number): Uint8Array {
  return new Uint8Array(length).fill(prng.int(1, 255));
}

describe.runIf(canWriteDirectly !== undefined)('a direct log file', () => {
  it('holds what was written in any pieces, with zeros behind it, also when it is opened again', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const prng = new Prng(`direct/${seed}`);
      const expected = new Uint8Array(FILL_BYTES);
      const path = newPath(expected);
      let end = 0;
      let file = opened(path, end);
      for (let step = 0; step < 25; step++) {
        const bytes = drawBytes(prng, prng.pick([8, 80, 4_096, 8_192, prng.int(1, 30_000)]));
        if (prng.int(0, 1) === 0) file.writeNow(bytes, end);
        else await write(file, bytes, end);
        expected.set(bytes, end);
        end += bytes.length;
        if (prng.int(0, 5) > 0) continue;
        file.close();
        file = opened(path, end);
      }
      file.close();
      expect(readFileSync(path).equals(expected), `seed ${seed}`).toBe(true);
    }
  });

  it('takes a write larger than its memory', async () => {
    for (const isNow of [false, true]) {
      const path = newPath(new Uint8Array(4 * FILL_BYTES));
      const file = opened(path, 0);
      const prng = new Prng('large');
      const [first, large] = [drawBytes(prng, 5_000), drawBytes(prng, 3 * FILL_BYTES + 11)];
      await write(file, first, 0);
      if (isNow) file.writeNow(large, first.length);
      else await write(file, large, first.length);
      file.close();
      const end = first.length + large.length;
      const expected = new Uint8Array(4 * FILL_BYTES);
      expected.set(first);
      expected.set(large, first.length);
      expect(readFileSync(path).equals(expected), `up to ${end}`).toBe(true);
    }
  });

  it('is filled with zeros piece by piece, also in pieces that are no blocks, and then written', async () => {
    const files = new NodeDirectFiles();
    const first = files.open(newPath(new Uint8Array(4_096)), 0);
    await write(first!, new Uint8Array(700).fill(7), 0);
    const path = newPath();
    const file = files.create(path);
    let length = 0;
    for (const pieceBytes of [FILL_BYTES, 5_000, 8, FILL_BYTES]) {
      await fill(file, length, pieceBytes);
      length += pieceBytes;
    }
    const filled = readFileSync(path);
    expect(filled.length).toBe(Math.ceil(length / 4_096) * 4_096);
    expect(filled.equals(new Uint8Array(filled.length))).toBe(true);
    file.writeNow(new Uint8Array(80).fill(1), 0);
    expect(() => first?.writeNow(new Uint8Array(8), 700)).toThrow('another file');
    first?.close();
    file.writeNow(new Uint8Array(80).fill(2), 80);
    file.close();
    expect([...readFileSync(path).subarray(0, 161)]).toEqual([
      ...new Uint8Array(80).fill(1),
      ...new Uint8Array(80).fill(2),
      0,
    ]);
  });

  it('D14: takes one write at a time, and only where the last one ended', async () => {
    const file = opened(newPath(new Uint8Array(8_192)), 100);
    expect(() => file.writeNow(new Uint8Array(8), 0)).toThrow('where the last one ended');
    const done = write(file, new Uint8Array(8), 100);
    expect(() => file.writeNow(new Uint8Array(8), 100)).toThrow('two writes at a time');
    await done;
    expect(() => file.fill(0, 8, () => undefined)).toThrow('behind what was written');
    file.close();
  });

  it('says what the disk says: a closed file is an error, to the caller or to done', async () => {
    const file = opened(newPath(new Uint8Array(8_192)), 0);
    file.close();
    await expect(write(file, new Uint8Array(8), 0)).rejects.toMatchObject({ code: 'EBADF' });
    const other = opened(newPath(new Uint8Array(8_192)), 0);
    other.close();
    expect(() => other.writeNow(new Uint8Array(8), 0)).toThrow('EBADF');
  });

  it('is left to the page cache where its last block cannot be read up to its end', () => {
    expect(new NodeDirectFiles().open(newPath(new Uint8Array(100)), 200)).toBeUndefined();
    expect(new NodeDirectFiles().open(newPath(new Uint8Array(4_096)), 5_000)).toBeUndefined();
  });

  it('D1: is made for its user alone, and never over another', () => {
    const files = new NodeDirectFiles();
    files.open(newPath(new Uint8Array(8)), 0)?.close();
    const path = newPath();
    files.create(path).close();
    expect(() => files.create(path)).toThrow('EEXIST');
  });
});

describe('where direct writes are refused', () => {
  it('a file system that knows none is left to the page cache', () => {
    expect(new NodeDirectFiles().open('/proc/self/comm', 0)).toBeUndefined();
  });

  it.each(['openSync', 'readSync'] as const)(
    'so is one that says at %s that it does not support them; no descriptor is left behind',
    (call) => {
      const path = newPath(new Uint8Array(8_192));
      const before = openSync(directory, 'r');
      closeSync(before);
      for (const code of ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']) {
        vi.spyOn(fs, call).mockImplementationOnce(() => {
          throw Object.assign(new Error(code), { code });
        });
        syncBuiltinESMExports();
        expect(new NodeDirectFiles().open(path, 0)).toBeUndefined();
      }
      const after = openSync(directory, 'r');
      closeSync(after);
      expect(after).toBe(before);
    },
  );

  it('so is a Node that gives no aligned memory', () => {
    const path = newPath(new Uint8Array(8_192));
    vi.stubGlobal('WebAssembly', undefined);
    expect(new NodeDirectFiles().open(path, 0)).toBeUndefined();
    vi.stubGlobal('WebAssembly', { Memory: refuseMemory });
    expect(new NodeDirectFiles().open(path, 0)).toBeUndefined();
  });

  it('any other error is the caller’s, and no descriptor is left behind', () => {
    const before = openSync(directory, 'r');
    closeSync(before);
    expect(() => new NodeDirectFiles().open(join(directory, 'none'), 0)).toThrow('ENOENT');
    expect(new NodeDirectFiles().open('/proc/self/comm', 0)).toBeUndefined();
    const after = openSync(directory, 'r');
    closeSync(after);
    expect(after).toBe(before);
  });
});
