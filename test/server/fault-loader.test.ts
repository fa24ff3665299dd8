/** N11: from `run/links.json` to the links of one node. */

import { beforeEach, describe, expect, it } from 'vitest';

import { encodeLinksFile, type LinksFile } from '../../src/core/config/links-file.js';
import { silentLogger } from '../../src/core/platform/file-logger.js';
import type { FileSystem } from '../../src/core/platform/ports.js';
import { FaultLoader } from '../../src/core/server/fault-loader.js';
import { CUT } from '../../src/core/wire/link-fault.js';

let file: LinksFile | undefined;
let set: { from: number; to: number; remainingMs: number | undefined }[][];
let resets: number[];
let loader: FaultLoader;

beforeEach(() => {
  file = undefined;
  set = [];
  resets = [];
  const readFile = (): Uint8Array => {
    if (file === undefined) throw Object.assign(new Error('denied'), { code: 'EACCES' });
    return encodeLinksFile(file);
  };
  loader = new FaultLoader({
    pid: 1,
    path: '/links.json',
    fileSystem: { readFile } as unknown as FileSystem,
    links: {
      setFaults: (faults) => {
        set.push(faults.map(({ from, to, remainingMs }) => ({ from, to, remainingMs })));
      },
      reset: (peer) => resets.push(peer),
    },
    logger: silentLogger,
    epochMs: () => 1_000,
  });
});

describe('the faults of a node (N11)', () => {
  it('come with the time that is left of them', () => {
    file = {
      faults: [
        { from: 1, to: 2, fault: CUT, expiresAtEpochMs: 1_500 },
        { from: 2, to: 1, fault: CUT, expiresAtEpochMs: undefined },
      ],
      resets: [],
    };
    loader.reload();
    expect(set).toEqual([
      [
        { from: 1, to: 2, remainingMs: 500 },
        { from: 2, to: 1, remainingMs: undefined },
      ],
    ]);
  });

  it('stay as they are where the file cannot be read', () => {
    loader.reload();
    expect(set).toEqual([]);
  });

  it('a reset is obeyed once, and one from before the start never', () => {
    file = { faults: [], resets: [{ from: 1, to: 2, count: 3 }] };
    loader.reload();
    expect(resets).toEqual([]);
    file = {
      faults: [],
      resets: [
        { from: 1, to: 2, count: 4 },
        { from: 2, to: 3, count: 1 },
      ],
    };
    loader.reload();
    loader.reload();
    expect(resets).toEqual([2]);
  });
});
