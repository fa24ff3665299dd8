/**
 * The small files around a node: members, run file, last words.
 */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ClusterLayout, parseFailureFile, parseRunFile } from '../../src/core/config/index.js';
import { nodeFileSystem } from '../../src/core/platform/node-file-system.js';
import { checkMembership } from '../../src/core/server/membership-file.js';
import { RunDirectory } from '../../src/core/server/run-directory.js';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'omnikv-files-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('the members file', () => {
  const membership = { configurationId: 1, pid: 1, peers: [2, 3] };
  const check = (change: Partial<typeof membership>): void => {
    const path = join(directory, 'node1.members.json');
    checkMembership({ fileSystem: nodeFileSystem, path, membership: { ...membership, ...change } });
  };

  it('is written at the first start, and holds every later start to it', () => {
    check({});
    check({});
    check({ peers: [3, 2] });
    expect(readdirSync(directory)).toEqual(['node1.members.json']);
    expect(statSync(join(directory, 'node1.members.json')).mode & 0o777).toBe(0o600);
  });

  it.each([[{ peers: [2] }], [{ peers: [2, 3, 4] }], [{ configurationId: 2 }], [{ pid: 4 }]])(
    'refuses %j over data that was written under other members (P10)',
    (change) => {
      check({});
      expect(() => check(change)).toThrow(
        expect.objectContaining({ code: 'OMNIKV_CONFIG_CHANGED', exit: 78 }),
      );
      check({});
    },
  );
});

describe('the run directory of a node', () => {
  it('holds its run file while it runs and its last words after a failure (S5)', () => {
    const layout = new ClusterLayout({ directory, fileSystem: nodeFileSystem });
    const run = new RunDirectory(layout, 2);
    const file = {
      pid: 2,
      osPid: 4_242,
      startTime: 17,
      bootId: 'boot',
      dirId: 'ab'.repeat(16),
      dataIdentity: '1:2',
      startedAt: '2026-01-01T00:00:00.000Z',
      version: '0.1.0',
      configDigest: 'c0ffee',
    };
    run.writeRunFile(file);
    expect(parseRunFile(readFileSync(layout.runFile(2)))).toEqual(file);
    const failure = { code: 'OMNIKV_IO', message: 'EIO', exit: 74, suggestions: ['x'] } as const;
    run.writeFailure(failure);
    expect(parseFailureFile(readFileSync(layout.failureFile(2)))).toEqual(failure);
    expect(readdirSync(layout.runDirectory).sort()).toEqual(['node2.failure.json', 'node2.json']);
    run.removeRunFile();
    run.removeFailure();
    run.removeRunFile();
    expect(existsSync(layout.runFile(2))).toBe(false);
    expect(statSync(layout.runDirectory).mode & 0o777).toBe(0o700);
  });
});
