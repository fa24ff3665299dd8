/**
 * Without faults the simulated disk answers as the real file system does, error codes included.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { afterEach, describe, expect, it } from 'vitest';

import { nodeFileSystem } from '../../src/core/platform/node-file-system.js';
import type { FileHandle, FileSystem, FileSystemError } from '../../src/core/platform/ports.js';
import { Prng } from '../../src/core/simulator/prng.js';
import { bytesOf, DiskBench } from '../support/disk-bench.js';

const NAMES = ['a', 'b', 'c'];
const root = mkdtempSync(`${tmpdir()}/omnikv-disk-`);

afterEach(() => rmSync(root, { recursive: true, force: true }));

type Call = (fileSystem: FileSystem, prefix: string, handles: Map<string, FileHandle>) => unknown;

function drawPath(prng: Prng): string {
  const depth = prng.int(1, 3);
  return Array.from({ length: depth }, () => `/${prng.pick(NAMES)}`).join('');
}

function drawCall(prng: Prng): Call {
  const path = drawPath(prng);
  const other = drawPath(prng);
  const mode = prng.pick(['read', 'readWrite', 'create'] as const);
  const [position, size] = [prng.int(0, 2_000), prng.int(0, 1_500)];
  const onHandle = (use: (handle: FileHandle) => unknown): Call => {
    return (_, __, handles) => {
      const handle = handles.get(path.slice(-1));
      return handle === undefined ? 'no handle' : use(handle);
    };
  };
  return prng.pick<Call>([
    (files, prefix) => {
      const status = files.status(prefix + path);
      if (status?.kind !== 'file') return [status?.kind, status?.mode];
      return [status.kind, status.sizeBytes, status.mode];
    },
    (files, prefix) => files.list(prefix + path).toSorted(),
    (files, prefix) => files.makeDirectory(prefix + path),
    (files, prefix) => files.makeDirectory(prefix + path),
    (files, prefix, handles) => {
      // The real one opens a directory for reading, and fails only at the first read.
      if (mode === 'read' && files.status(prefix + path)?.kind === 'directory') return 'directory';
      handles.set(path.slice(-1), files.open(prefix + path, mode));
      return undefined;
    },
    (files, prefix, handles) => {
      handles.set(path.slice(-1), files.open(prefix + path, 'create'));
    },
    (files, prefix) => [...files.readFile(prefix + path)],
    (files, prefix) => files.rename(prefix + path, prefix + other),
    (files, prefix) => files.remove(prefix + path),
    (files, prefix) => {
      if (files.status(prefix + path)?.kind !== 'file') files.syncDirectory(prefix + path);
    },
    onHandle((handle) => [...handle.read(position, size)]),
    onHandle((handle) => handle.writeSync(bytesOf(position & 0xff, size), position)),
    onHandle((handle) => handle.size()),
    onHandle((handle) => handle.syncNow()),
  ]);
}

function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (error) {
    return { code: (error as FileSystemError).code };
  }
}

describe('the simulated disk beside the real one', () => {
  it('gives the same results and errors for any calls', () => {
    const codes = new Set<unknown>();
    for (let seed = 0; seed < 25; seed++) {
      const prng = new Prng(`conformance/${seed}`);
      const realPath = `${root}/${seed}`;
      nodeFileSystem.makeDirectory(realPath);
      const { fileSystem } = new DiskBench();
      const handles = { real: new Map<string, FileHandle>(), own: new Map<string, FileHandle>() };
      for (let step = 0; step < 80; step++) {
        const call = drawCall(prng);
        const real = outcome(() => call(nodeFileSystem, realPath, handles.real));
        const own = outcome(() => call(fileSystem, '', handles.own));
        expect(own, `seed ${seed}, step ${step}`).toEqual(real);
        codes.add((own as { code?: unknown }).code);
      }
      for (const handle of handles.real.values()) handle.close();
    }
    for (const code of ['ENOENT', 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY', 'EINVAL', 'EBADF']) {
      expect(codes).toContain(code);
    }
  });
});
