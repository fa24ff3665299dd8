/**
 * The real file system behind the port: modes, exclusivity, positions, errors with their errno.
 */

import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { nodeFileSystem as fileSystem } from '../../src/core/platform/node-file-system.js';
import { writeFully, writeFullySync } from '../../src/core/platform/write-fully.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(`${tmpdir()}/omnikv-fs-`);
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

type Start = (done: (error: Error | undefined) => void) => void;

/** Calls back later, never from inside the call. */
function completion(start: Start): Promise<Error | undefined> {
  return new Promise((resolve) => {
    let isInside = true;
    start((error) => {
      expect(isInside).toBe(false);
      resolve(error);
    });
    isInside = false;
  });
}

describe('nodeFileSystem', () => {
  it('D1: makes files 0600 and directories 0700 whatever the umask', () => {
    const umask = process.umask(0);
    try {
      fileSystem.makeDirectory(`${directory}/made`);
      fileSystem.open(`${directory}/made/file`, 'create').close();
    } finally {
      process.umask(umask);
    }
    expect(statSync(`${directory}/made`).mode & 0o777).toBe(0o700);
    expect(statSync(`${directory}/made/file`).mode & 0o777).toBe(0o600);
    expect(fileSystem.status(`${directory}/made`)).toMatchObject({
      kind: 'directory',
      mode: 0o700,
    });
  });

  it('writes and reads at positions, and says when a file ends', async () => {
    const path = `${directory}/file`;
    const handle = fileSystem.open(path, 'create');
    handle.writeSync(Uint8Array.of(1, 2, 3), 2);
    const wrote = await completion((done) => {
      handle.write(Uint8Array.of(9), 0, done);
    });
    const synced = await completion((done) => {
      handle.sync(done);
    });
    expect([wrote, synced]).toEqual([undefined, undefined]);
    expect(handle.size()).toBe(5);
    expect([...handle.read(0, 100)]).toEqual([9, 0, 1, 2, 3]);
    expect(handle.read(5, 4)).toHaveLength(0);
    handle.syncNow();
    handle.close();
    expect(fileSystem.readFile(path)).toEqual(Uint8Array.of(9, 0, 1, 2, 3));
    expect(fileSystem.readFile(path).constructor).toBe(Uint8Array);
    expect(() => fileSystem.open(path, 'create')).toThrow(
      expect.objectContaining({ code: 'EEXIST' }),
    );
  });

  it('says what is there: status, list, identity', () => {
    writeFileSync(`${directory}/a`, 'abc');
    expect(fileSystem.status(`${directory}/none`)).toBeUndefined();
    expect(fileSystem.status(`${directory}/a`)).toMatchObject({ kind: 'file', sizeBytes: 3 });
    expect(fileSystem.status('/dev/null')).toMatchObject({ kind: 'other' });
    expect(fileSystem.list(directory)).toEqual(['a']);
    expect(fileSystem.status(`${directory}/.`)?.identity).toBe(
      fileSystem.status(directory)?.identity,
    );
    expect(fileSystem.freeBytes(directory)).toBeGreaterThan(0);
  });

  it('renames, removes and syncs directories', async () => {
    fileSystem.makeDirectory(`${directory}/d`);
    writeFileSync(`${directory}/d/a`, '');
    fileSystem.rename(`${directory}/d/a`, `${directory}/d/b`);
    fileSystem.syncDirectory(`${directory}/d`);
    const synced = await completion((done) => {
      fileSystem.startDirectorySync(`${directory}/d`, done);
    });
    expect(synced).toBeUndefined();
    expect(() => {
      fileSystem.remove(`${directory}/d`);
    }).toThrow(expect.objectContaining({ code: 'ENOTEMPTY' }));
    fileSystem.remove(`${directory}/d/b`);
    fileSystem.remove(`${directory}/d`);
    expect(existsSync(`${directory}/d`)).toBe(false);
    const failed = await completion((done) => {
      fileSystem.startDirectorySync(`${directory}/d`, done);
    });
    expect(failed).toMatchObject({ code: 'ENOENT' });
  });

  it('a full disk is ENOSPC, synchronously and not', async () => {
    if (!existsSync('/dev/full')) {
      console.log('left out: there is no /dev/full here');
      return;
    }
    const handle = fileSystem.open('/dev/full', 'readWrite');
    expect(() => {
      handle.writeSync(Uint8Array.of(1), 0);
    }).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    const error = await completion((done) => {
      handle.write(Uint8Array.of(1), 0, done);
    });
    expect(error).toMatchObject({ code: 'ENOSPC' });
    handle.close();
  });
});

describe('short writes (mutant 14)', () => {
  /** A disk that takes at most three bytes a call, and `capacity` in all. */
  function shortDisk(capacity: number): {
    readonly content: number[];
    write(bytes: Uint8Array, from: number, position: number): number;
  } {
    const content: number[] = [];
    return {
      content,
      write(bytes, from, position) {
        if (position >= capacity) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        const part = bytes.subarray(from, Math.min(from + 3, from + capacity - position));
        part.forEach((byte, i) => (content[position + i] = byte));
        return part.length;
      },
    };
  }
  const bytes = Uint8Array.from({ length: 10 }, (_, i) => i + 1);

  it('are continued where they stopped', async () => {
    const disk = shortDisk(100);
    writeFullySync((...call) => disk.write(...call), bytes, 0);
    expect(disk.content).toEqual([...bytes]);
    const later = shortDisk(100);
    const error = await completion((done) => {
      writeFully(
        (from, offset, position, wrote) =>
          setImmediate(() => {
            wrote(undefined, later.write(from, offset, position));
          }),
        bytes,
        5,
        done,
      );
    });
    expect(error).toBeUndefined();
    expect(later.content.slice(5)).toEqual([...bytes]);
  });

  it('that end in ENOSPC, or make no progress, are errors and never success', async () => {
    const disk = shortDisk(7);
    expect(() => {
      writeFullySync((...call) => disk.write(...call), bytes, 0);
    }).toThrow('full');
    expect(() => {
      writeFullySync(() => 0, bytes, 0);
    }).toThrow(expect.objectContaining({ code: 'EIO' }));
    const stuck = await completion((done) => {
      writeFully(
        (_from, _offset, _position, wrote) => setImmediate(wrote, undefined, 0),
        bytes,
        0,
        done,
      );
    });
    expect(stuck).toMatchObject({ code: 'EIO' });
  });
});
