/** Space that was set aside and not written counts as allocated, not as used. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { diskUseOf } from '../../bench/disk.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'omnikv-disk-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

it('a file is used up to its last byte that is not zero', async () => {
  const bytes = Buffer.alloc(3 * 1024 * 1024);
  bytes[1_234] = 1;
  await writeFile(join(directory, 'segment'), bytes);
  await writeFile(join(directory, 'spare'), Buffer.alloc(1024 * 1024));
  const use = await diskUseOf(directory);
  expect(use.usedBytes).toBe(1_235);
  expect(use.allocatedBytes).toBeGreaterThanOrEqual(4 * 1024 * 1024);
});

it('adds up what is in directories, and an empty file is nothing', async () => {
  await mkdir(join(directory, 'log'));
  await writeFile(join(directory, 'log', 'a'), 'abc');
  await writeFile(join(directory, 'b'), 'de');
  await writeFile(join(directory, 'empty'), '');
  expect((await diskUseOf(directory)).usedBytes).toBe(5);
  expect((await diskUseOf(join(directory, 'b'))).usedBytes).toBe(2);
});

it('what is not there uses nothing', async () => {
  const use = await diskUseOf(join(directory, 'gone'));
  expect(use).toEqual({ usedBytes: 0, allocatedBytes: 0 });
});
